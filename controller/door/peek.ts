import type { Socket } from 'node:net';

/** A handshake record: what every TLS connection begins with (RFC 8446, 5.1), and neither OpenFlow nor JSON does. */
const TLS_HANDSHAKE = 22;

/** Calls `told` if the first that the peer says is TLS. Who listens to the socket's data hears it, too. */
export function tellOfTls(socket: Socket, told: () => void): void {
  socket.once('data', (chunk: Buffer) => {
    if (chunk[0] === TLS_HANDSHAKE) told();
  });
}

/**
 * Resolves with whether the peer speaks TLS, or with undefined when it ends before that is known. One that sends nothing for
 * `patienceMs` does not: a TLS client speaks first, a database server waits to be asked. What was read is put back,
 * and the socket is left paused.
 */
export function speaksTls(socket: Socket, patienceMs: number): Promise<boolean | undefined> {
  return new Promise((resolve) => {
    const decide = (answer: boolean | undefined): void => {
      clearTimeout(timer);
      socket.off('data', first).off('close', gone).off('end', gone).off('error', gone);
      socket.pause();
      resolve(answer);
    };
    const first = (chunk: Buffer): void => {
      decide(chunk[0] === TLS_HANDSHAKE);
      socket.unshift(chunk);
    };
    const gone = (): void => decide(undefined);
    const timer = setTimeout(() => decide(false), patienceMs);
    socket.on('data', first).on('close', gone).on('end', gone).on('error', gone);
  });
}
