import { connect as connectTcp, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { OvsdbError } from '../errors.ts';
import { Session, type SessionOptions } from '../session/session.ts';
import { parseActiveTarget } from './target.ts';

export interface ConnectOptions extends Partial<SessionOptions> {
  /** For `ssl:` targets: ca, cert, key. The server's certificate is always verified. */
  readonly tls?: ConnectionOptions;
  /** Milliseconds, TLS handshake included. Default 10 000. */
  readonly connectTimeout?: number;
}

/** Dials a server: `tcp:HOST:PORT`, `ssl:HOST:PORT`, `unix:PATH`. Rejects with OVSDB_ADDRESS or OVSDB_CONNECT. */
export async function connect(target: string, options: ConnectOptions = {}): Promise<Session> {
  const { tls, connectTimeout = 10_000, ...session } = options;
  const to = parseActiveTarget(target);
  if (to.transport === 'unix') {
    return new Session(
      await ready(connectTcp({ path: to.path }), 'connect', target, connectTimeout),
      session,
    );
  }
  const { host, port } = to;
  const socket =
    to.transport === 'tcp'
      ? await ready(connectTcp({ host, port }), 'connect', target, connectTimeout)
      : await ready(
          connectTls({ ...tls, host, port, rejectUnauthorized: true }),
          'secureConnect',
          target,
          connectTimeout,
        );
  socket.setNoDelay(true);
  return new Session(socket, session);
}

function ready<S extends Socket>(socket: S, event: string, target: string, timeout: number): Promise<S> {
  return new Promise((resolve, reject) => {
    const fail = (cause?: Error): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(new OvsdbError('OVSDB_CONNECT', { target, reason: cause?.message ?? 'timed out' }, cause));
    };
    const timer = setTimeout(fail, timeout);
    socket.once('error', fail);
    socket.once(event, () => {
      clearTimeout(timer);
      socket.off('error', fail);
      resolve(socket);
    });
  });
}
