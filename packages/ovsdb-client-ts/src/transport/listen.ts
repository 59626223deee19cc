import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { OvsdbError } from '../errors.ts';
import { Session, type SessionOptions } from '../session/session.ts';
import { formatEndpoint, parsePassiveTarget } from './target.ts';

export interface ListenOptions extends Partial<SessionOptions> {
  /** For `pssl:` targets: ca, cert, key. A peer without a certificate of that CA is refused. */
  readonly tls?: TlsOptions;
  /** Connections at a time; more are refused. Default 4096. */
  readonly maxSessions?: number;
  /** Milliseconds a TLS handshake may take. Default 10 000. */
  readonly handshakeTimeout?: number;
  /** Failures that belong to no session, such as a TLS handshake that did not succeed. */
  readonly onError?: (error: OvsdbError) => void;
}

/** Database servers dial this one (`ovs-vsctl set-manager`); each connection becomes a session. */
export interface Listener {
  /** `HOST:PORT` or the socket's path, with the port that was chosen for port 0. */
  readonly address: string;
  /** The chosen port; 0 for a unix socket. */
  readonly port: number;
  /** Stops listening and closes all sessions. */
  close(): Promise<void>;
}

/**
 * Waits for servers at `ptcp:PORT:HOST`, `pssl:PORT:HOST` or `punix:PATH`. `accept` runs before the session reads
 * anything. Rejects with OVSDB_ADDRESS or OVSDB_CONNECT.
 */
export function listen(
  target: string,
  accept: (session: Session) => void,
  options: ListenOptions = {},
): Promise<Listener> {
  const { tls, maxSessions = 4096, handshakeTimeout = 10_000, onError, ...sessionOptions } = options;
  const at = parsePassiveTarget(target);
  const sessions = new Set<Session>();
  const begin = (socket: Socket): void => {
    socket.setNoDelay(true);
    const session = new Session(socket, sessionOptions);
    sessions.add(session);
    session.onClose(() => sessions.delete(session));
    accept(session);
  };
  const server: Server =
    at.transport === 'ssl'
      ? createTlsServer({ ...tls, handshakeTimeout, requestCert: true, rejectUnauthorized: true }, begin)
      : createTcpServer(begin);
  server.maxConnections = maxSessions;
  server.on('tlsClientError', (cause: Error, socket: Socket) => {
    socket.destroy();
    onError?.(new OvsdbError('OVSDB_CONNECT', { peer: peerOf(socket), reason: cause.message }, cause));
  });
  return new Promise((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new OvsdbError('OVSDB_CONNECT', { target, reason: cause.message }, cause)),
    );
    const listening = (): void => {
      server.on('error', (cause) =>
        onError?.(new OvsdbError('OVSDB_CONNECT', { target, reason: cause.message }, cause)),
      );
      const bound = server.address();
      const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
      resolve({
        address: at.transport === 'unix' ? at.path : formatEndpoint(at.host, port),
        port,
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            for (const session of [...sessions]) session.close();
          }),
      });
    };
    if (at.transport === 'unix') server.listen(at.path, listening);
    else server.listen(at.port, at.host, listening);
  });
}

function peerOf(socket: Socket): string {
  return formatEndpoint(socket.remoteAddress ?? 'unknown', socket.remotePort ?? 0);
}
