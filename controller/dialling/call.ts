import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { commonName, type DoorIdentity, type Guest } from '#controller/door/door';
import type { DialTarget } from './target.ts';

/**
 * Calls once. Resolves with an open connection, of TLS after its handshake; rejects with an error whose message is for the
 * operator. A peer by TLS has to show a certificate that our CA has signed; whose it is says its common name, and not the
 * address, which certificates of ovs-pki(8) don't have.
 */
export function call(
  { transport, host, port }: DialTarget,
  identity: DoorIdentity | undefined,
  timeoutMs: number,
): Promise<Guest> {
  if (transport === 'tcp')
    return opened(connectTcp({ host, port }), 'connect', timeoutMs).then((socket) => ({ socket }));
  if (identity === undefined) return Promise.reject(new Error('there is no certificate of our own to show'));
  const socket = connectTls({
    ...{ ...identity, host, port, minVersion: 'TLSv1.2', rejectUnauthorized: true },
    checkServerIdentity: () => undefined,
  });
  return opened(socket, 'secureConnect', timeoutMs).then(() => {
    const certificate = commonName(socket);
    if (certificate !== undefined) return { socket, certificate };
    socket.destroy();
    throw new Error('its certificate has no common name, or several');
  });
}

/** What went wrong with a call or a connection, in one line. */
export function reasonOf(error: unknown): string {
  // Of a name with several addresses each attempt has an error of its own.
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ');
  if (!(error instanceof Error)) return String(error);
  // OpenSSL's messages begin with numbers and places in its source.
  const alert = /SSL routines:[^:]*:([^:]+)/.exec(error.message)?.[1];
  return alert === undefined ? error.message : `TLS: ${alert.trim()}`;
}

function opened<S extends Socket>(socket: S, event: string, timeoutMs: number): Promise<S> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      clearTimeout(timer);
      socket.off('close', closed);
      socket.destroy();
      reject(error);
    };
    const closed = (): void => fail(new Error('it hangs up before the connection is made'));
    const timer = setTimeout(() => fail(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    socket.once('error', fail);
    socket.once('close', closed);
    socket.once(event, () => {
      clearTimeout(timer);
      socket.off('error', fail).off('close', closed);
      socket.setNoDelay(true);
      resolve(socket);
    });
  });
}
