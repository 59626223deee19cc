import { evictionOf } from 'openflow-codec';
import type { Logger } from 'pino';
import { FACT_KINDS } from '#apps';
import type { Connection } from '#controller/channel/connection';
import { OFPT } from '#controller/channel/raw-message';
import { LEARNED_SPACE_HI, LEARNED_SPACE_MASK_HI } from '#pipeline';

/**
 * What a switch is to tell unasked (OF 1.3.5, 7.3.10), a bit for each reason: of flows that are gone only those that a full table
 * has evicted (OpenFlow 1.4's OFPRR_EVICTION), not each connection that ends; of packets those that flows show (OFPR_ACTION).
 */
const WANTED = {
  ...{ packetInMaster: 1 << 1, packetInSlave: 0, portStatusMaster: 0b111, portStatusSlave: 0b111 },
  ...{ flowRemovedMaster: 1 << 5, flowRemovedSlave: 0 },
};
/** Ports that are told apart on one switch, those that lost something last. */
const MOST_PORTS = 1_000;
const LOG_MS = 60_000;
const KIND_MASK = 0xff00;

/** Flows that one switch has learned and forgotten for want of room, which it tells one by one, and only these. */
export class Evictions {
  readonly #log: Logger;
  readonly #ports = new Map<number, number>();
  #count = 0;
  #logged = { at: Number.NEGATIVE_INFINITY, count: 0 };

  constructor(log: Logger) {
    this.#log = log;
  }

  /** How many there were, since the controller has known the switch. */
  get count(): number {
    return this.#count;
  }

  /** Of them, those of the ports that lost some last, by their keys. */
  get ports(): ReadonlyMap<number, number> {
    return this.#ports;
  }

  /** Has a switch tell of them on this connection. A switch that knows no such reason tells of none. */
  hear(connection: Connection): void {
    connection.listen(({ type, bytes }) => {
      if (type !== OFPT.flowRemoved) return false;
      const flow = evictionOf(bytes);
      if (flow && isOfPort(flow.cookieHi)) this.#add(flow.cookieLo);
      return true;
    });
    connection.send({ type: 'setAsync', ...WANTED });
  }

  #add(port: number): void {
    this.#count += 1;
    const before = this.#ports.get(port) ?? 0;
    // Those that come again stand behind all others.
    this.#ports.delete(port);
    this.#ports.set(port, before + 1);
    const [oldest] = this.#ports.size > MOST_PORTS ? this.#ports.keys() : [];
    if (oldest !== undefined) this.#ports.delete(oldest);
    const now = performance.now();
    if (now - this.#logged.at < LOG_MS) return;
    this.#log.warn({ flows: this.#count - this.#logged.count, port }, 'learned flows forgotten at the limit');
    this.#logged = { at: now, count: this.#count };
  }
}

function isOfPort(cookieHi: number): boolean {
  const [space, kind] = [cookieHi & LEARNED_SPACE_MASK_HI, cookieHi & KIND_MASK];
  return space >>> 0 === LEARNED_SPACE_HI && kind >>> 8 === FACT_KINDS.firewallPort;
}
