import { expect, it, vi } from 'vitest';
import { edgePipeline } from '#apps';
import type { Connection } from '#controller/channel/connection';
import type { FactDelta } from '#controller/model/fact-delta';
import { DenyLog, MOST_WATCHERS } from './deny-log.ts';

const PACKET_IN = 10;
const pipeline = edgePipeline();
const MIRROR = pipeline.layout.tables.find(({ table }) => table.name === 'ingress-mirror')?.id ?? 0;
const connection = {} as Connection;

function logOf(log?: { readonly rate: number; readonly hear: () => void }) {
  const told: FactDelta[] = [];
  const audit = vi.fn();
  const switches = new Map([['hv1', { connection, audit }]]);
  const reconciler = {
    switchOf: (id: string) => switches.get(id),
    factsChanged: (_id: string, delta: FactDelta) => told.push(delta),
    unshownOf: async () => 7,
  };
  const options = { reconciler, pipeline, ...(log && { log }) };
  return { denyLog: new DenyLog(options as never), told, audit, switches };
}

/** A packet to the port with this key, cut to its head: its addresses count as zeros. */
function packetTo(port: number): Uint8Array {
  const key = port.toString(16).padStart(8, '0');
  const head = `040a002a00000000ffffffff006a01${MIRROR.toString(16)}0000000000000000`;
  return Buffer.from(`${head}0001000c00010c04${key}000000000000`, 'hex');
}

it('has a switch show what its watchers ask for together, and nothing when there are none', () => {
  const { denyLog, told } = logOf();
  const hear = () => undefined;
  const stops = [
    denyLog.watch('hv1', { port: 9, rate: 5, hear }),
    denyLog.watch('hv1', { port: 2, rate: 5, hear }),
    denyLog.watch('hv1', { port: 9, rate: 5, hear }),
    denyLog.watch('hv1', { rate: 2_000, hear }),
  ];
  const shown = (index: number) => told[index]?.come;
  expect(shown(0)).toEqual([{ kind: 'denyLog', key: 0, ports: [9], rate: 5, burst: 10 }]);
  expect(shown(1)).toEqual([{ kind: 'denyLog', key: 0, ports: [2, 9], rate: 10, burst: 20 }]);
  expect(shown(2)).toEqual([{ kind: 'denyLog', key: 0, ports: [2, 9], rate: 15, burst: 30 }]);
  expect(shown(3)).toEqual([{ kind: 'denyLog', key: 0, rate: 1_000, burst: 2_000 }]);
  for (const stop of stops.reverse()) stop?.();
  expect(told.at(-1)).toEqual({ gone: [shown(0)?.[0]], come: [] });
  // What comes is what goes next.
  for (const [at, { gone }] of told.slice(1).entries()) expect(gone).toEqual(told[at]?.come);
});

it('counts who watches, streams and the log apart', () => {
  const { denyLog } = logOf({ rate: 1, hear: () => undefined });
  denyLog.chassisChanged('hv1');
  const stop = denyLog.watch('hv1', { rate: 1, hear: () => undefined });
  expect(denyLog.watchers).toEqual({ streams: 1, logs: 1 });
  stop?.();
  expect(denyLog.watchers).toEqual({ streams: 0, logs: 1 });
});

it('takes no more watchers than it can serve', () => {
  const { denyLog } = logOf();
  const stops = Array.from({ length: MOST_WATCHERS + 1 }, () =>
    denyLog.watch('hv1', { rate: 1, hear: () => undefined }),
  );
  expect(stops.filter((stop) => stop !== undefined)).toHaveLength(MOST_WATCHERS);
});

it('tells each what is about its port, and reads no more than twice what was asked for, whatever a switch sends', async () => {
  const { denyLog, audit } = logOf();
  const heard = { own: 0, all: 0 };
  denyLog.watch('hv1', { port: 5, rate: 1, hear: () => heard.own++ });
  denyLog.watch('hv1', { rate: 1, hear: () => heard.all++ });
  for (const [port, other] of [
    [5, connection],
    [6, connection],
    [5, {} as Connection],
  ] as const)
    expect(denyLog.take(other, { type: PACKET_IN, bytes: packetTo(port) })).toBe(true);
  expect(heard).toEqual({ own: 1, all: 2 });
  for (let count = 0; count < 10_000; count++)
    denyLog.take(connection, { type: PACKET_IN, bytes: packetTo(6) });
  // A burst of 8, and what has become free meanwhile.
  expect(heard.all).toBeGreaterThanOrEqual(8);
  expect(heard.all).toBeLessThan(1_000);
  expect(await denyLog.missedOf('hv1')).toBe(10_002 - heard.all + 7);
  expect(denyLog.packets).toEqual({ shown: heard.all, unread: 10_002 - heard.all });
  // It may have lost its meter.
  expect(audit).toHaveBeenCalled();
  expect(denyLog.take(connection, { type: 1, bytes: packetTo(6) })).toBe(false);
});

it('reads nothing of switches that nobody watches', () => {
  const { denyLog, audit } = logOf();
  expect(denyLog.take(connection, { type: PACKET_IN, bytes: Buffer.from('ff') })).toBe(true);
  expect(audit).not.toHaveBeenCalled();
});

it('has each switch that comes show some for the log, also one that comes again', () => {
  const hear = vi.fn();
  const { denyLog, told, switches } = logOf({ rate: 3, hear });
  denyLog.chassisChanged('hv1');
  denyLog.chassisChanged('hv1');
  expect(told).toHaveLength(1);
  expect(told[0]?.come).toMatchObject([{ rate: 3 }]);
  denyLog.take(connection, { type: PACKET_IN, bytes: packetTo(6) });
  expect(hear).toHaveBeenCalledTimes(1);
  switches.delete('hv1');
  denyLog.chassisChanged('hv1');
  switches.set('hv1', { connection, audit: vi.fn() });
  denyLog.chassisChanged('hv1');
  expect(told.at(-1)).toMatchObject({ gone: [], come: [{ rate: 3 }] });
});
