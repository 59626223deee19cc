import type { Socket } from 'node:net';

/**
 * Reads from one connection in turns: without them the event loop would go on reading from a peer that always has more, while all
 * others wait. After `turnBytes` bytes it is their turn.
 */
export function takeInTurns(socket: Socket, turnBytes: number, take: (chunk: Uint8Array) => void): void {
  let taken = 0;
  socket.on('data', (chunk: Uint8Array) => {
    taken += chunk.length;
    if (taken >= turnBytes) {
      taken = 0;
      socket.pause();
      setImmediate(() => socket.resume());
    }
    take(chunk);
  });
}
