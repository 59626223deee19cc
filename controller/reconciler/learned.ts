import type { FlowStatsView } from 'openflow-codec';
import { FACT_KINDS } from '#apps';
import type { Connection } from '#controller/channel/connection';
import { LEARNED_SPACE_HI, LEARNED_SPACE_MASK_HI } from '#pipeline';
import { type CookieRange, walkOurFlows } from './walk-flows.ts';

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
  /** Some of them. */
  readonly flows: readonly LearnedFlow[];
}

/** All that is learned for ports: but for the first byte, the cookies of the flows that learn it. */
const OF_PORTS: CookieRange = {
  hi: (LEARNED_SPACE_HI | (FACT_KINDS.firewallPort << 8)) >>> 0,
  maskHi: (LEARNED_SPACE_MASK_HI | 0xff00) >>> 0,
};
/** Flows that a switch may learn, whatever the settings say. */
export const MOST_LEARNED = 1_000_000;

/** Reads what a switch has learned for a port, `most` flows of it at most. Rejects as `walkOurFlows` does. */
export async function readLearned(
  connection: Connection,
  portKey: number,
  most: number,
): Promise<LearnedFlows> {
  const flows: LearnedFlow[] = [];
  let count = 0;
  const take = (entry: FlowStatsView) => {
    count += 1;
    if (flows.length < most) flows.push(learnedFlow(entry));
  };
  await walkOurFlows(connection, () => MOST_LEARNED, take, { ...OF_PORTS, lo: portKey });
  return { count, flows };
}

function learnedFlow(entry: FlowStatsView): LearnedFlow {
  return {
    match: entry.match().slice(),
    packets: entry.packetCountHi * 2 ** 32 + entry.packetCountLo,
    bytes: entry.byteCountHi * 2 ** 32 + entry.byteCountLo,
    age: entry.durationSec,
  };
}
