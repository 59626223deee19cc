import { expect, it, vi } from 'vitest';
import { type AnyFact, edgePipeline } from '#apps';
import type { Connection } from '#controller/channel/connection';
import { Model } from '#controller/model/model';
import { Desired } from '#controller/reconciler/desired/desired';
import { reconcilerOf } from '#controller/reconciler/switch-fixture';
import { openMemoryStore } from '#controller/store/memory-store';
import { sampleChassis, sampleNetwork, samplePort, sampleVif } from '#controller/store/sample-records';
import { NETWORK } from '../../apps/large-network-fixture.ts';
import { type Databases, type OvsdbStatus, switchStatuses } from './switches.ts';

const pipeline = edgePipeline();

it('names the network that is too large for a switch, and takes nothing from the others', async () => {
  const store = openMemoryStore();
  await store.transact((tx) => {
    tx.put('chassis', 'hv1', sampleChassis('hv1'));
    for (const [id, key] of [
      ['large', NETWORK],
      ['small', 8],
    ] as const) {
      tx.put('networks', id, sampleNetwork(id, { key, segmentationId: key }));
      tx.put('ports', `${id}-port`, samplePort(`${id}-port`, { key, networkId: id }));
      tx.put('vifs', `hv1/${id}-port`, sampleVif('hv1', `${id}-port`));
    }
  });
  const large: AnyFact = {
    kind: 'segment',
    key: NETWORK,
    ports: Array.from({ length: 4_000 }, (_, at) => at + 1),
    peers: [],
  };
  const small: AnyFact = { ...large, key: 8, ports: [8] };
  const desired = new Desired(pipeline, [large, small]);
  expect(desired.flows.size).toBe(pipeline.base.length + pipeline.compile(small).length);
  const reconciler = reconcilerOf([], { desired, pipeline });
  const known = { switchOf: () => reconciler, endOf: () => undefined };
  const problems = () => switchStatuses(store, Model.of(store), known, NO_WINDOWS, databases([]))[0]?.problem;
  expect(problems()).toBe(
    'it has ports of networks that it cannot carry: no flows for network large, since it has more ports and hypervisors than one broadcast may be copied to',
  );
  desired.apply({ gone: [large], come: [{ ...large, ports: [1, 2] }] });
  expect(problems()).toBeNull();
});

it('says who is the master of a hypervisor whose database names another one, also while its switch is not connected', async () => {
  const store = openMemoryStore();
  await store.transact((tx) => tx.put('chassis', 'hv1', sampleChassis('hv1')));
  const reconciler = reconcilerOf([]);
  const session = { id: 'hv1', peer: '192.0.2.1:1', connected: true, problem: undefined, warning: 'older' };
  const known = { switchOf: () => reconciler, endOf: () => undefined };
  const row = () => switchStatuses(store, Model.of(store), known, NO_WINDOWS, databases([session]))[0];
  reconciler.yieldTo(7n);
  expect(row()?.state).toBe('outranked');
  expect(row()?.problem).toMatch(/^another controller, of generation 7, has become its master/);
  reconciler.yieldTo(undefined);
  expect(row()).toMatchObject({ state: 'absent', problem: 'older' });
});

it('says of a hypervisor that calls and is not let in why, in both of its rows', async () => {
  const store = openMemoryStore();
  await store.transact((tx) => tx.put('chassis', 'hv1', sampleChassis('hv1')));
  const known = { switchOf: () => undefined, endOf: () => undefined };
  const session = {
    id: 'hv1',
    peer: '192.0.2.1:1',
    connected: true,
    problem: 'no such key',
    warning: undefined,
  };
  const rows = switchStatuses(store, Model.of(store), known, NO_WINDOWS, databases([session]));
  expect(rows.map(({ state, ovsdb, problem }) => [state, ovsdb, problem])).toEqual([
    ['absent', false, 'no such key'],
    ['pending', true, 'no such key'],
  ]);
});

it('says that a database is gone beside its switch, and why', async () => {
  const store = openMemoryStore();
  await store.transact((tx) => tx.put('chassis', 'hv1', sampleChassis('hv1')));
  const reconciler = reconcilerOf([]);
  const connected = vi.spyOn(reconciler, 'connection', 'get').mockReturnValue({} as Connection);
  const known = { switchOf: () => reconciler, endOf: () => undefined };
  const problem = () =>
    switchStatuses(store, Model.of(store), known, NO_WINDOWS, databases([], 'it was tired'))[0]?.problem;
  expect(problem()).toMatch(/its database is not, .* Its last connection ended: it was tired$/);
  connected.mockReturnValue(undefined);
  expect(problem()).toBe('neither its database nor its switch is connected.');
});

it('says who has to be called and does not answer, also before it is known who that is', async () => {
  const store = openMemoryStore();
  await store.transact((tx) => tx.put('chassis', 'hv1', sampleChassis('hv1')));
  const unreached = [
    { id: 'hv1', target: 'tcp:192.0.2.1:6640', problem: 'tcp:192.0.2.1:6640 cannot be reached: gone' },
    {
      id: '',
      target: 'ssl:192.0.2.2:6640',
      problem: 'ssl:192.0.2.2:6640 cannot be reached: TLS: unknown ca',
    },
  ];
  const known = { switchOf: () => undefined, endOf: () => undefined };
  const rows = switchStatuses(store, Model.of(store), known, NO_WINDOWS, databases([], undefined, unreached));
  expect(rows).toMatchObject([
    { id: 'hv1', state: 'absent', problem: unreached[0]?.problem },
    { id: '', state: 'pending', address: 'ssl:192.0.2.2:6640', problem: unreached[1]?.problem },
  ]);
});

const databases = (
  sessions: readonly OvsdbStatus[],
  end?: string,
  unreached: ReturnType<Databases['unreached']> = [],
): Databases => ({
  sessions: () => sessions,
  endOf: () => end,
  unreached: () => unreached,
});
const NO_WINDOWS = { secondsOf: () => 0, portsOf: () => 0 };
