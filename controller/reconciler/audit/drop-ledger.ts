import { type FlowStatsView, METER } from 'openflow-codec';
import { type Direction, FACT_KINDS, type Facts } from '#apps';
import { type Flow, type Pipeline, parseCookie } from '#pipeline';
import type { MeterDrops } from '../install/meters.ts';
import { counterOf } from '../reading/walk-flows.ts';
import type { DroppedPackets } from './dropped-packets.ts';

/** What one look at a switch's flows has told of those that drop: packets by flow, of all that have dropped any. */
export type DropReading = Map<Flow['key'], { readonly flow: Flow; readonly packets: number }>;

/** Takes a flow into a reading, if it is one that has dropped something. */
export function readDrop(
  reading: DropReading,
  flow: Flow,
  { packetCountHi, packetCountLo }: FlowStatsView,
): void {
  if (flow.content !== '') return;
  const packets = counterOf(packetCountHi, packetCountLo);
  if (packets > 0) reading.set(flow.key, { flow, packets });
}

/**
 * What one switch has dropped since the controller first saw it, summed up at each audit, because a flow's counters begin at 0
 * with the flow and are lost with it.
 */
export class DropLedger {
  readonly #pipeline: Pipeline<Facts>;
  readonly #sums: DroppedPackets;
  readonly #denied = { egress: 0, ingress: 0 };
  #last: ReadonlyMap<Flow['key'], { readonly packets: number }> | undefined;
  #lastOfMeters: MeterDrops | undefined;

  constructor(pipeline: Pipeline<Facts>, sums: DroppedPackets) {
    this.#pipeline = pipeline;
    this.#sums = sums;
  }

  /** Packets that security groups have denied, as the port sees them. */
  get denied(): Readonly<Record<Direction, number>> {
    return this.#denied;
  }

  /** Enters a reading. The first only tells where counting begins: what was before, nobody knows when. */
  enter(reading: DropReading): void {
    const last = this.#last;
    this.#last = reading;
    if (last === undefined) return;
    for (const [key, { flow, packets }] of reading) {
      const more = moreThan(last.get(key)?.packets, packets);
      if (more > 0) this.#count(flow, more);
    }
  }

  /** Enters what meters have dropped, likewise. */
  enterMeters(reading: MeterDrops): void {
    const last = this.#lastOfMeters;
    this.#lastOfMeters = reading;
    if (last === undefined) return;
    for (const [number, { packets }] of reading) {
      const reason = this.#pipeline.meterDropOf(number);
      const more = moreThan(last.get(number)?.packets, packets);
      if (reason && more > 0) this.#sums.add(reason, more);
      if (number === METER.controller) this.#sums.unshown += more;
    }
  }

  #count(flow: Flow, packets: number): void {
    const reason = this.#pipeline.dropReasonOf(flow);
    if (!reason) return;
    this.#sums.add(reason, packets);
    const cookie = parseCookie(flow.cookieHi, flow.cookieLo);
    const direction = this.#directionOf(flow);
    if (reason.name !== DENIED || cookie?.kind !== FACT_KINDS.policy || direction === undefined) return;
    this.#denied[direction] += packets;
    this.#sums.addDenied(cookie.key, direction, packets);
  }

  #directionOf({ tableId }: Flow): Direction | undefined {
    const stage = this.#pipeline.layout.tables.find(({ id }) => id === tableId)?.table.stage;
    if (stage === 'egressFirewall') return 'egress';
    return stage === 'ingressFirewall' ? 'ingress' : undefined;
  }
}

/** A counter that shows less than before has begun anew. */
function moreThan(before: number | undefined, packets: number): number {
  return before !== undefined && packets >= before ? packets - before : packets;
}

/** The reason that apps/security-groups declares. */
const DENIED = 'denied';
