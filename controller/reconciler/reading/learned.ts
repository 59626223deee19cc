import type { FlowStatsView } from 'openflow-codec';
import { FACT_KINDS } from '#apps';
import type { Connection } from '#controller/channel/connection';
import { LEARNED_SPACE_HI, LEARNED_SPACE_MASK_HI } from '#pipeline';
import { type CookieRange, counterOf, walkFlows } from './walk-flows.ts';

/** A flow that a switch has learned. */
export interface LearnedFlow {
  /** The bytes of its ofp_match, as the switch sent them. */
  readonly match: Uint8Array;
  readonly packets: number;
  readonly bytes: number;
  /** Seconds since it was learned. */
  readonly age: number;
}

/** What a switch has learned for one port. */
export interface LearnedFlows {
  /** How many there are. */
  readonly count: number;
  /** The newest of them, the newest first. */
  readonly flows: readonly LearnedFlow[];
}

/** All that is learned for ports: but for the first byte, the cookies of the flows that learn it. */
export const OF_PORTS: CookieRange = {
  hi: (LEARNED_SPACE_HI | (FACT_KINDS.firewallPort << 8)) >>> 0,
  maskHi: (LEARNED_SPACE_MASK_HI | 0xff00) >>> 0,
};
/** Flows that a switch may learn, whatever the settings say. */
export const MOST_LEARNED = 1_000_000;

/** Reads what a switch has learned for a port, the `most` newest flows of it. Rejects as `walkFlows` does. */
export async function readLearned(
  connection: Connection,
  portKey: number,
  most: number,
): Promise<LearnedFlows> {
  const newest = new Newest(most);
  let count = 0;
  const take = (entry: FlowStatsView) => {
    count += 1;
    newest.offer(entry);
  };
  await walkFlows(connection, () => MOST_LEARNED, take, { ...OF_PORTS, lo: portKey });
  return { count, flows: newest.flows };
}

/** The newest of any number of flows, of which at most twice as many are held at once. */
class Newest {
  readonly #most: number;
  #flows: LearnedFlow[] = [];
  /** The age from which on nothing is taken. */
  #tooOld = Number.POSITIVE_INFINITY;

  constructor(most: number) {
    this.#most = most;
  }

  /** The newest first. */
  get flows(): readonly LearnedFlow[] {
    this.#prune();
    return this.#flows;
  }

  offer(entry: FlowStatsView): void {
    if (entry.durationSec >= this.#tooOld) return;
    this.#flows.push(learnedFlow(entry));
    if (this.#flows.length >= 2 * this.#most) this.#prune();
  }

  #prune(): void {
    this.#flows = this.#flows.sort((a, b) => a.age - b.age).slice(0, this.#most);
    if (this.#flows.length === this.#most) this.#tooOld = this.#flows.at(-1)?.age ?? this.#tooOld;
  }
}

function learnedFlow(entry: FlowStatsView): LearnedFlow {
  return {
    match: entry.match().slice(),
    packets: counterOf(entry.packetCountHi, entry.packetCountLo),
    bytes: counterOf(entry.byteCountHi, entry.byteCountLo),
    age: entry.durationSec,
  };
}
