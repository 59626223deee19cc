import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { bindSubPorts } from '#controller/binding/subports';
import { Model } from '#controller/model/model';
import { openMemoryStore } from '#controller/store/memory-store';
import type { ChassisRecord, PortRecord, TrunkRecord } from '#controller/store/records';
import {
  sampleChassis,
  sampleNetwork,
  samplePort,
  sampleTrunk,
  sampleVif,
} from '#controller/store/sample-records';
import type { Store } from '#controller/store/store';
import { PortStatusKeeper } from './port-status.ts';
import { ScriptedSwitch } from './status-fixture.ts';
import { StatusWriter } from './status-writer.ts';
import { TrunkStatusKeeper } from './trunk-status.ts';

let store: Store;
let switches: Record<string, ScriptedSwitch>;
let ports: PortStatusKeeper;
let trunks: TrunkStatusKeeper;
let unwatch: () => void;
/** Every status that the trunk was seen in, in order. */
let seen: string[];

beforeEach(async () => {
  store = openMemoryStore();
  switches = { hv1: new ScriptedSwitch(), hv2: new ScriptedSwitch() };
  await store.transact((tx) => {
    tx.put('networks', 'n', sampleNetwork('n', { key: 9 }));
    tx.put('networks', 'm', sampleNetwork('m', { key: 10, type: 'geneve' }));
    for (const id of ['hv1', 'hv2']) tx.put('chassis', id, sampleChassis(id));
    for (const [index, id] of ['p', 's1', 's2'].entries())
      tx.put('ports', id, samplePort(id, { key: index + 1 }));
    tx.put('trunks', 't', sampleTrunk('t', { portId: 'p', subPorts: [sub('s1', 101), sub('s2', 102)] }));
  });
  begin();
});
afterEach(() => end());

function begin(): void {
  const model = Model.of(store);
  const writer = new StatusWriter(store, pino({ level: 'silent' }));
  const facts = { store, model, writer, switchOf: (id: string) => switches[id] };
  ports = new PortStatusKeeper(facts);
  trunks = new TrunkStatusKeeper(facts);
  seen = [];
  ports.start();
  trunks.start();
  unwatch = store.watch(store.revision, ({ changes, revision }) => {
    model.apply(changes);
    ports.changed(changes, revision);
    trunks.changed(changes);
    for (const { collection, after } of changes)
      if (collection === 'trunks' && after) seen.push(after.status);
  });
}

function end(): void {
  unwatch();
  ports.stop();
}

const sub = (portId: string, segmentationId: number) =>
  ({ portId, segmentationType: 'vlan', segmentationId }) as const;
const trunk = () => store.get('trunks', 't');
const becomes = (status: string, problems: readonly object[] = []) =>
  vi.waitFor(() => expect(trunk()).toMatchObject({ status, problems }), { timeout: 10_000 });
/** All that the keepers had to do has been done. */
const quiet = async () => {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
};
const plug = (chassis = 'hv1', claim = 1) =>
  store.transact((tx) => tx.put('vifs', `${chassis}/p`, sampleVif(chassis, 'p', { claim })));
const unplug = (chassis = 'hv1') => store.transact((tx) => tx.delete('vifs', `${chassis}/p`));
const changePort = (id: string, columns: Partial<PortRecord>) =>
  store.transact((tx) => tx.put('ports', id, { ...samplePort(id), ...tx.get('ports', id), ...columns }));
const changeTrunk = (columns: Partial<TrunkRecord>) =>
  store.transact((tx) => {
    const changed = { ...sampleTrunk('t'), ...tx.get('trunks', 't'), ...columns };
    tx.put('trunks', 't', changed);
    bindSubPorts(tx, changed, '');
  });
const putChassis = (id: string, columns: Partial<ChassisRecord> = {}) =>
  store.transact((tx) => tx.put('chassis', id, sampleChassis(id, columns)));
const progress = (id: string) => {
  ports.progress(id);
  trunks.progress(id);
};
function hold(id: string): () => void {
  const held = switches[id];
  if (held) held.settled = -1;
  return () => {
    if (held) held.settled = Number.POSITIVE_INFINITY;
    progress(id);
  };
}
const bindings = () =>
  ['s1', 's2'].map((id) => {
    const port = store.get('ports', id);
    return [port?.deviceOwner, port?.hostId];
  });

describe('a trunk', () => {
  it('is DOWN until its parent is plugged, BUILD until the switch has confirmed, then ACTIVE', async () => {
    await quiet();
    expect(trunk()?.status).toBe('DOWN');
    const release = hold('hv1');
    await plug();
    await becomes('BUILD');
    await quiet();
    expect(trunk()?.status).toBe('BUILD');
    release();
    await becomes('ACTIVE');
    expect(seen).toEqual(['BUILD', 'ACTIVE']);
    await unplug();
    await becomes('DOWN');
  });

  it('is built again when a subport joins, and only when all flows are confirmed ACTIVE', async () => {
    await plug();
    await becomes('ACTIVE');
    await store.transact((tx) => tx.put('ports', 's3', samplePort('s3', { key: 4 })));
    const release = hold('hv1');
    await changeTrunk({ status: 'DOWN', subPorts: [...(trunk()?.subPorts ?? []), sub('s3', 103)] });
    await becomes('BUILD');
    release();
    await becomes('ACTIVE');
    expect(seen.slice(-3)).toEqual(['DOWN', 'BUILD', 'ACTIVE']);
    await changeTrunk({ status: 'DOWN', subPorts: [sub('s1', 101)] });
    await becomes('ACTIVE');
    await changeTrunk({ status: 'DOWN', subPorts: [] });
    await becomes('ACTIVE');
  });

  it('is DOWN while it is administratively down, and its subports are', async () => {
    await plug();
    await becomes('ACTIVE');
    await changeTrunk({ adminStateUp: false });
    await becomes('DOWN');
    await changeTrunk({ adminStateUp: true });
    await becomes('ACTIVE');
  });

  it('is DEGRADED while a subport cannot do its work, and says which and why', async () => {
    await plug();
    await becomes('ACTIVE');
    await changePort('s1', { adminStateUp: false });
    await becomes('DEGRADED', [{ portId: 's1', reason: 'it is administratively down' }]);
    await changePort('s1', { adminStateUp: true });
    await becomes('ACTIVE');
    await store.transact((tx) => {
      tx.put('networks', 'x', sampleNetwork('x', { key: 11, adminStateUp: false }));
      tx.put('ports', 's2', samplePort('s2', { key: 3, networkId: 'x' }));
    });
    await becomes('DEGRADED', [{ portId: 's2', reason: 'its network is administratively down' }]);
    await store.transact((tx) => tx.put('networks', 'x', sampleNetwork('x', { key: 11 })));
    await becomes('ACTIVE');
  });

  it('is DEGRADED while its switch refuses flows of a subport, also before it was ever ACTIVE', async () => {
    const reason = 'its switch refuses flows that it needs';
    const release = hold('hv1');
    await plug();
    await becomes('BUILD');
    switches.hv1?.faulty.add('localPort 2');
    release();
    await becomes('DEGRADED', [{ portId: 's1', reason }]);
    switches.hv1?.faulty.clear();
    progress('hv1');
    await becomes('ACTIVE');
    switches.hv1?.faulty.add('segment 9');
    progress('hv1');
    await becomes(
      'DEGRADED',
      ['p', 's1', 's2'].map((portId) => ({ portId, reason })),
    );
  });

  it('is in ERROR while a subport cannot be bound to where the parent is', async () => {
    await changePort('p', { hostId: 'hv1' });
    await changePort('s2', { networkId: 'm' });
    await plug();
    await becomes('ERROR', [{ portId: 's2', reason: 'it cannot be bound to where its parent is' }]);
    await putChassis('hv1', { encapTypes: ['vxlan', 'geneve'], tunnelPorts: { vxlan: 1 } });
    await becomes('DEGRADED', [
      {
        portId: 's2',
        reason: 'its hypervisor has no way into its network',
      },
    ]);
    await putChassis('hv1', { encapTypes: ['vxlan', 'geneve'], tunnelPorts: { vxlan: 1, geneve: 2 } });
    await becomes('ACTIVE');
  });

  it('is in ERROR when a subport is added on a hypervisor that takes no new ports, until it is removed', async () => {
    await changePort('p', { hostId: 'hv1' });
    await plug();
    await becomes('ACTIVE');
    await putChassis('hv1', { adminStateUp: false });
    await quiet();
    expect(trunk()?.status).toBe('ACTIVE');
    await store.transact((tx) => tx.put('ports', 's3', samplePort('s3', { key: 4 })));
    await changeTrunk({ subPorts: [...(trunk()?.subPorts ?? []), sub('s3', 103)] });
    await becomes('ERROR', [{ portId: 's3', reason: 'it cannot be bound to where its parent is' }]);
    expect(store.get('ports', 's3')?.status).toBe('DOWN');
    await changeTrunk({ subPorts: trunk()?.subPorts.slice(0, 2) ?? [] });
    await becomes('ACTIVE');
  });

  it('moves with its parent', async () => {
    await plug('hv1');
    await becomes('ACTIVE');
    const release = hold('hv2');
    await plug('hv2', 2);
    await becomes('BUILD');
    release();
    await becomes('ACTIVE');
  });

  it('keeps its status over a restart of the controller, and is looked at then', async () => {
    await plug();
    await becomes('ACTIVE');
    end();
    const revision = store.revision;
    begin();
    await quiet();
    expect([trunk()?.status, store.revision]).toEqual(['ACTIVE', revision]);
    end();
    await unplug();
    begin();
    await becomes('DOWN');
  });

  it('is never said to be ACTIVE for subports that it got meanwhile', async () => {
    await plug();
    await becomes('ACTIVE');
    await store.transact((tx) => tx.put('ports', 's3', samplePort('s3', { key: 4 })));
    const release = hold('hv1');
    end();
    // Asks for another subport before the keeper has said what it makes of the change before.
    const subPorts = [...(trunk()?.subPorts ?? []), sub('s3', 103)];
    const wrong: TrunkRecord[] = [];
    store.watch(store.revision, ({ changes }) => {
      for (const { collection, after } of changes) {
        if (collection !== 'trunks' || !after) continue;
        if (after.subPorts.length === 2 && after.status === 'DOWN') void changeTrunk({ subPorts });
        if (after.subPorts.length === 3 && after.status === 'ACTIVE') wrong.push(after);
      }
    });
    begin();
    await changeTrunk({ status: 'DOWN' });
    await becomes('BUILD');
    expect(wrong).toEqual([]);
    release();
    await becomes('ACTIVE');
  });

  it('is forgotten when it is deleted', async () => {
    const release = hold('hv1');
    await plug();
    await becomes('BUILD');
    await store.transact((tx) => tx.delete('trunks', 't'));
    release();
    await quiet();
    expect(trunk()).toBeUndefined();
  });
});

describe('subports', () => {
  const owned = (hostId: string) => ['trunk:subport', hostId];
  const free = ['', ''];
  const bound = (...wanted: (string | undefined)[][]) =>
    vi.waitFor(() => expect(bindings()).toEqual(wanted), { timeout: 10_000 });

  it('belong to the trunk while its unbound parent is plugged', async () => {
    await plug();
    await bound(owned(''), owned(''));
    await unplug();
    await bound(free, free);
  });

  it('are bound when the hypervisor that the parent names joins, and free when it is forgotten', async () => {
    await changePort('p', { hostId: 'host-hv3' });
    await quiet();
    expect(bindings()).toEqual([free, free]);
    await putChassis('hv3');
    await bound(owned('host-hv3'), owned('host-hv3'));
    await putChassis('hv3', { hostname: 'renamed' });
    await bound(free, free);
    await putChassis('hv3');
    await bound(owned('host-hv3'), owned('host-hv3'));
    await store.transact((tx) => tx.delete('chassis', 'hv3'));
    await bound(free, free);
  });

  it('that somebody else bound stay so while the trunk has nothing to give', async () => {
    await changePort('s1', { hostId: 'elsewhere', deviceOwner: 'compute:x' });
    await changeTrunk({ name: 'again' });
    await quiet();
    expect(bindings()).toEqual([['compute:x', 'elsewhere'], free]);
  });
});
