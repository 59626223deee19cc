import { createServer, type Server, type Socket } from 'node:net';
import type { Logger } from 'pino';
import { formatAddress, type ListenAddress } from '#controller/config/address';
import { tooMany } from '#controller/crowd';
import { ThrottledLog } from '#controller/throttled-log';
import { Connection, type ConnectionEvents } from './connection.ts';
import { type ChannelCode, ChannelError } from './errors.ts';
import { CHANNEL_LIMITS, type ChannelLimits } from './limits.ts';

/** The TCP server that switches connect to (OF 1.3.5, 6.3; IANA port 6653). */
export class ChannelServer {
  readonly #server: Server;
  readonly #log: Logger;
  readonly #throttled: ThrottledLog;
  readonly #events: ConnectionEvents;
  readonly #limits: ChannelLimits;
  readonly #connections = new Set<Connection>();
  readonly #handshakes = new Set<Connection>();

  constructor(log: Logger, events: ConnectionEvents, limits: ChannelLimits = CHANNEL_LIMITS) {
    this.#log = log;
    this.#throttled = new ThrottledLog(log.child({ what: 'openflow' }));
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
    this.#throttled.close();
  }

  #accept(socket: Socket): void {
    // A socket that is gone already has no address, and no peer to talk to.
    if (socket.remoteAddress === undefined) {
      socket.destroy();
      return;
    }
    const connection = new Connection(
      socket,
      this.#log,
      {
        ready: (ready) => {
          this.#handshakes.delete(ready);
          this.#events.ready(ready);
        },
        message: (from, message) => this.#events.message(from, message),
        closed: (ended, reason) => this.#closed(ended, reason),
      },
      this.#limits,
    );
    this.#connections.add(connection);
    this.#handshakes.add(connection);
    connection.log.debug('openflow connection');
    this.#makeRoom(connection);
  }

  #makeRoom(newest: Connection): void {
    const { handshakes, connections } = this.#limits;
    let surplus = this.#connections.size > connections ? newest : undefined;
    if (this.#handshakes.size > handshakes)
      surplus = tooMany(this.#handshakes, { all: handshakes, each: handshakes });
    surplus?.close(new ChannelError('OFCH_LIMIT'));
  }

  #closed(ended: Connection, reason: ChannelError): void {
    this.#connections.delete(ended);
    this.#handshakes.delete(ended);
    const fields = { code: reason.code, reason: reason.message, datapath: ended.datapathId };
    const err = reason.code === 'OFCH_FAULT' ? { err: reason.cause } : {};
    this.#throttled.note(ended.address, () =>
      ended.log[LEVELS[reason.code] ?? 'warn']({ ...fields, ...err }, 'openflow closed'),
    );
    this.#events.closed(ended, reason);
  }
}

const LEVELS: { readonly [code in ChannelCode]?: 'info' | 'error' } = {
  OFCH_CLOSED: 'info',
  OFCH_REPLACED: 'info',
  OFCH_FAULT: 'error',
};
