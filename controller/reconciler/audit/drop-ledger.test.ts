import { METER } from 'openflow-codec';
import { describe, expect, it } from 'vitest';
import { type AnyFact, edgePipeline } from '#apps';
import type { Flow } from '#pipeline';
import { DropLedger, type DropReading, readDrop } from './drop-ledger.ts';
import { DroppedPackets } from './dropped-packets.ts';

const pipeline = edgePipeline();
const POLICY: AnyFact = { kind: 'policy', key: 9, rules: [] };
const denying = pipeline.compile(POLICY).filter((flow) => pipeline.dropReasonOf(flow)?.name === 'denied') as [
  Flow,
  Flow,
];
const revoking = pipeline.base.filter((flow) => pipeline.dropReasonOf(flow)?.name === 'revoked') as [Flow];
const other = pipeline.base.find((flow) => flow.content !== '') as Flow;

function reading(...counts: readonly (readonly [Flow, number])[]): DropReading {
  const drops: DropReading = new Map();
  for (const [flow, packets] of counts)
    readDrop(drops, flow, {
      packetCountHi: Math.floor(packets / 2 ** 32),
      packetCountLo: packets % 2 ** 32,
    } as never);
  return drops;
}

const byReason = (sums: DroppedPackets) =>
  Object.fromEntries(Array.from(sums.byReason, ({ reason, packets }) => [reason.name, packets]));

describe('DropLedger', () => {
  it('counts from the first reading on, by direction and policy, through counters that begin anew', () => {
    const sums = new DroppedPackets();
    const ledger = new DropLedger(pipeline, sums);
    const [egress, ingress] = denying;
    ledger.enter(reading([egress, 100], [ingress, 5], [other, 1_000]));
    expect(byReason(sums)).toEqual({});
    ledger.enter(reading([egress, 103], [ingress, 5], [revoking[0], 2]));
    expect(ledger.denied).toEqual({ egress: 3, ingress: 0 });
    // The switch has been restarted, and its counters with it.
    ledger.enter(reading([egress, 4], [revoking[0], 1]));
    expect(ledger.denied).toEqual({ egress: 7, ingress: 0 });
    // This flow was gone meanwhile.
    ledger.enter(reading([ingress, 2 ** 33], [revoking[0], 1]));
    expect(ledger.denied).toEqual({ egress: 7, ingress: 2 ** 33 });
    expect(byReason(sums)).toEqual({ denied: 7 + 2 ** 33, revoked: 3 });
    expect([...sums.byPolicy(() => true)]).toEqual([[9, { egress: 7, ingress: 2 ** 33 }]]);
  });

  it('counts what meters have dropped, of each from its beginning', () => {
    const sums = new DroppedPackets();
    const ledger = new DropLedger(pipeline, sums);
    const meters = (...counts: readonly (readonly [number, number])[]) =>
      ledger.enterMeters(new Map(counts.map(([key, packets]) => [(10 << 24) + key, { packets, bytes: 0 }])));
    meters([1, 100]);
    meters([1, 103], [2, 5]);
    meters([1, 2], [2, 5]);
    expect(byReason(sums)).toEqual({ 'broadcast-limit': 3 + 5 + 2 });
    expect(sums.unshown).toBe(0);
  });

  it('counts what the controller’s meter has held back, though that was denied anyway', () => {
    const sums = new DroppedPackets();
    const ledger = new DropLedger(pipeline, sums);
    for (const packets of [100, 130, 7])
      ledger.enterMeters(new Map([[METER.controller, { packets, bytes: 0 }]]));
    expect(sums.unshown).toBe(30 + 7);
    expect(byReason(sums)).toEqual({});
  });
});
