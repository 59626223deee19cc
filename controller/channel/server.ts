import { createServer, type Server, type Socket } from 'node:net';
import type { Logger } from 'pino';
import { formatAddress, type ListenAddress } from '../config/address.ts';
import { Connection, type ConnectionEvents } from './connection.ts';
import { ChannelError } from './errors.ts';
import { CHANNEL_LIMITS, type ChannelLimits } from './limits.ts';

/** The TCP server that switches connect to (OF 1.3.5, 6.3; IANA port 6653). */
export class ChannelServer {
  readonly #server: Server;
  readonly #log: Logger;
  readonly #events: ConnectionEvents;
  readonly #limits: ChannelLimits;
  readonly #connections = new Set<Connection>();

  constructor(log: Logger, events: ConnectionEvents, limits: ChannelLimits = CHANNEL_LIMITS) {
    this.#log = log;
    this.#events = events;
    this.#limits = limits;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  /** Every open connection, also those in their handshake. */
  get connections(): ReadonlySet<Connection> {
    return this.#connections;
  }

  /** Starts to listen; resolves with the address, the port chosen when it was 0. Rejects when it is taken. */
  listen(address: ListenAddress): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host: address.host, port: address.port }, () => {
        this.#server.off('error', reject);
        this.#server.on('error', (error) => this.#log.error({ err: error }, 'openflow server'));
        resolve(formatAddress(this.#server.address()));
      });
    });
  }

  /** Takes no more connections and ends those there are. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const connection of this.#connections)
      connection.close(new ChannelError('OFCH_CLOSED', 'by the controller'));
    await closed;
  }

  #accept(socket: Socket): void {
    const waiting = [...this.#connections].filter((each) => each.datapathId === '').length;
    if (this.#connections.size >= this.#limits.connections || waiting >= this.#limits.handshakes) {
      this.#log.warn({ peer: socket.remoteAddress, code: 'OFCH_LIMIT' }, 'connection refused');
      socket.destroy();
      return;
    }
    const connection: Connection = new Connection(
      socket,
      this.#log,
      {
        ready: (ready) => this.#events.ready(ready),
        message: (from, message) => this.#events.message(from, message),
        closed: (ended, reason) => {
          this.#connections.delete(ended);
          const level = reason.code === 'OFCH_CLOSED' ? 'info' : 'warn';
          ended.log[level](
            { code: reason.code, reason: reason.message, datapath: ended.datapathId },
            'openflow closed',
          );
          this.#events.closed(ended, reason);
        },
      },
      this.#limits,
    );
    this.#connections.add(connection);
    connection.log.debug('openflow connection');
  }
}
