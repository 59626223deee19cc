import type { Logger } from 'pino';
import { tooMany } from '#controller/base/crowd';
import { ThrottledLog } from '#controller/base/throttled-log';
import type { ListenAddress } from '#controller/config/address';
import { Door, type DoorIdentity, type Guest } from '#controller/door/door';
import { Connection, type ConnectionEvents } from './connection.ts';
import { type ChannelCode, ChannelError } from './errors.ts';
import { CHANNEL_LIMITS, type ChannelLimits } from './limits.ts';

export interface ChannelOptions {
  /** TLS towards switches; without an identity there is none. */
  readonly identity?: DoorIdentity | undefined;
  readonly requireTls?: boolean;
  readonly limits?: ChannelLimits;
}

/** The server that switches connect to (OF 1.3.5, 6.3; IANA port 6653). */
export class ChannelServer {
  readonly #door: Door;
  readonly #log: Logger;
  readonly #throttled: ThrottledLog;
  readonly #events: ConnectionEvents;
  readonly #limits: ChannelLimits;
  readonly #connections = new Set<Connection>();
  readonly #handshakes = new Set<Connection>();

  constructor(
    log: Logger,
    events: ConnectionEvents,
    { limits = CHANNEL_LIMITS, ...tls }: ChannelOptions = {},
  ) {
    this.#log = log;
    this.#throttled = new ThrottledLog(log.child({ what: 'openflow' }));
    this.#events = events;
    this.#limits = limits;
    this.#door = new Door({
      ...tls,
      welcome: (guest) => this.welcome(guest),
      turnedAway: (peer, address, reason) =>
        this.#throttled.note(address, () => log.warn({ peer, reason }, 'switch turned away')),
      onError: (error) => log.error({ err: error }, 'openflow server'),
    });
  }

  /** How many connections have not finished their handshake. */
  get handshakeCount(): number {
    return this.#handshakes.size;
  }

  /** Every open connection, also those in their handshake. */
  get connections(): ReadonlySet<Connection> {
    return this.#connections;
  }

  /** Starts to listen; resolves with the address, the port chosen when it was 0. Rejects when it is taken. */
  listen(address: ListenAddress): Promise<string> {
    return this.#door.listen(address);
  }

  /** Other certificates, for those who come from now on. */
  change(identity: DoorIdentity): void {
    this.#door.change(identity);
  }

  /** Takes a connection that was let in by the door, or that goes to a switch which we have called. */
  welcome(guest: Guest): void {
    const connection = new Connection(
      guest,
      this.#log,
      {
        ready: (ready) => {
          this.#handshakes.delete(ready);
          this.#events.ready(ready);
        },
        message: (from, message) => this.#events.message(from, message),
        barrier: (seconds) => this.#events.barrier?.(seconds),
        unasked: (from, count) => this.#unasked(from, count),
        pulse: (from) => this.#events.pulse?.(from),
        closed: (ended, reason) => this.#closed(ended, reason),
      },
      this.#limits,
    );
    this.#connections.add(connection);
    this.#handshakes.add(connection);
    connection.log.debug('openflow connection');
    this.#events.opened?.(connection);
    this.#makeRoom(connection);
  }

  /** Takes no more connections and ends those there are. */
  async close(): Promise<void> {
    const closed = this.#door.close();
    for (const connection of this.#connections)
      connection.close(new ChannelError('OFCH_CLOSED', 'by the controller'));
    await closed;
    this.#throttled.close();
  }

  #makeRoom(newest: Connection): void {
    const { handshakes, connections } = this.#limits;
    let surplus = this.#connections.size > connections ? newest : undefined;
    if (this.#handshakes.size > handshakes)
      surplus = tooMany(this.#handshakes, { all: handshakes, each: handshakes });
    surplus?.close(new ChannelError('OFCH_LIMIT'));
  }

  #unasked(from: Connection, messages: number): void {
    const { floodMessages, tickMs: ms } = this.#limits;
    if (messages >= floodMessages)
      this.#throttled.note(from.address, () =>
        from.log.warn({ datapath: from.datapathId, messages, ms }, 'openflow flood'),
      );
    this.#events.unasked?.(from, messages);
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
