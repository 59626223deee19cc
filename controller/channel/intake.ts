import type { Socket } from 'node:net';

/**
 * What comes in on one connection. The event loop would read on from one that always has more, while all others wait: after
 * so many bytes it is their turn.
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
