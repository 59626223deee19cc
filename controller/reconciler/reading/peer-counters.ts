import type { FlowStatsView } from 'openflow-codec';
import { FACT_KINDS, type Facts } from '#apps';
import type { Connection } from '#controller/channel/connection';
import { COOKIE_SPACE_MASK_HI, cookieHi, type Pipeline } from '#pipeline';
import { type CookieRange, counterOf, walkFlows } from './walk-flows.ts';

/** Packets that a switch has exchanged with another hypervisor by one type of tunnel, since their flows are there. */
export interface PeerCounters {
  readonly sent: number;
  readonly received: number;
}

/** The flows of peers, of whatever app. */
const OF_PEERS: CookieRange = {
  hi: cookieHi(0, FACT_KINDS.peer),
  maskHi: (COOKIE_SPACE_MASK_HI | 0xff00) >>> 0,
};

const underWay = new WeakMap<Connection, Promise<ReadonlyMap<number, PeerCounters>>>();

/**
 * Asks a switch for the counters of its peers' flows, by peer key. Whoever asks while an answer is due gets that answer, so that
 * nobody can use up the requests that the reconciler needs. The switch ought to have `expected` flows.
 * Rejects as walkFlows does.
 */
export function readPeerCounters(
  connection: Connection,
  pipeline: Pipeline<Facts>,
  expected: number,
): Promise<ReadonlyMap<number, PeerCounters>> {
  const asked = underWay.get(connection);
  if (asked) return asked;
  const reading = read(connection, pipeline, expected).finally(() => underWay.delete(connection));
  underWay.set(connection, reading);
  return reading;
}

async function read(
  connection: Connection,
  { layout }: Pipeline<Facts>,
  expected: number,
): Promise<ReadonlyMap<number, PeerCounters>> {
  const counters = new Map<number, PeerCounters>();
  const count = (flow: FlowStatsView) => {
    const before = counters.get(flow.cookieLo) ?? { sent: 0, received: 0 };
    const packets = counterOf(flow.packetCountHi, flow.packetCountLo);
    // A peer's flows are of two kinds: those that admit what comes from it, and the one that delivers to it.
    const isDelivery = layout.nameOf(flow.tableId) === 'deliver';
    counters.set(flow.cookieLo, {
      sent: before.sent + (isDelivery ? packets : 0),
      received: before.received + (isDelivery ? 0 : packets),
    });
  };
  await walkFlows(connection, () => expected, count, OF_PEERS);
  return counters;
}
