import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Model } from '#controller/model/model';
import { openMemoryStore } from '#controller/store/memory-store';
import type { PortRecord } from '#controller/store/records';
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

let store: Store;
let model: Model;
let keeper: PortStatusKeeper;
/** What the keeper's clock shows, in milliseconds. */
let clock = 0;
let switches: Record<'hv1' | 'hv2', ScriptedSwitch>;

beforeEach(async () => {
  store = openMemoryStore();
  switches = { hv1: new ScriptedSwitch(), hv2: new ScriptedSwitch() };
  await store.transact((tx) => {
    tx.put('networks', 'n', sampleNetwork('n', { key: 9 }));
    for (const id of ['hv1', 'hv2']) tx.put('chassis', id, sampleChassis(id));
    // Another port makes hv2 a host of the network.
    tx.put('ports', 'q', samplePort('q', { key: 2, status: 'ACTIVE' }));
    tx.put('vifs', 'hv2/q', sampleVif('hv2', 'q'));
    tx.put('ports', 'p', samplePort('p', { key: 1 }));
  });
  begin();
});
afterEach(() => keeper.stop());

/** Starts a keeper on what is stored, as a controller does. */
function begin(patienceMs = 60_000): void {
  model = Model.of(store);
  const switchOf = (id: string) => switches[id as 'hv1' | 'hv2'];
  const writer = new StatusWriter(store, pino({ level: 'silent' }));
  keeper = new PortStatusKeeper({ store, model, switchOf, writer, patienceMs, now: () => clock });
  keeper.start();
  store.watch(store.revision, ({ changes, revision }) => {
    model.apply(changes);
    keeper.changed(changes, revision);
  });
}

const plug = (chassis: string, claim = 1) =>
  store.transact((tx) => tx.put('vifs', `${chassis}/p`, sampleVif(chassis, 'p', { claim })));
const unplug = (chassis: string) => store.transact((tx) => tx.delete('vifs', `${chassis}/p`));
const change = (columns: Partial<PortRecord>) =>
  store.transact((tx) =>
    tx.put('ports', 'p', { ...samplePort('p', { key: 1 }), ...tx.get('ports', 'p'), ...columns }),
  );
const status = () => store.get('ports', 'p')?.status;
const becomes = (wanted: string) => vi.waitFor(() => expect(status()).toBe(wanted), { timeout: 5_000 });
/** All that the keeper had to do has been done. */
const quiet = async () => {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
};

describe('a port', () => {
  it('is ACTIVE when its own switch and the others of its network have confirmed, not before', async () => {
    switches.hv1.settled = -1;
    switches.hv2.settled = -1;
    await plug('hv1');
    await quiet();
    expect(status()).toBe('DOWN');
    switches.hv1.settled = store.revision;
    keeper.progress('hv1');
    await quiet();
    expect(status()).toBe('DOWN');
    switches.hv2.settled = store.revision;
    keeper.progress('hv2');
    await becomes('ACTIVE');
  });

  it('does not wait for others that are away or cannot be reconciled, nor for ever for one that is slow', async () => {
    clock += 60_000;
    switches.hv2.settled = -1;
    switches.hv2.state = 'retrying';
    await plug('hv1');
    await becomes('ACTIVE');
    await unplug('hv1');
    await becomes('DOWN');
    switches.hv2.state = 'steady';
    switches.hv2.connection = undefined;
    await plug('hv1');
    await becomes('ACTIVE');
    await unplug('hv1');
    await becomes('DOWN');
    keeper.stop();
    switches.hv2.connection = switches.hv1.connection;
    begin(0);
    await plug('hv1');
    await becomes('ACTIVE');
  });

  it('waits for others that are still to come after a start, or have just gone', async () => {
    const { connection } = switches.hv2;
    switches.hv2.connection = undefined;
    switches.hv2.settled = -1;
    await plug('hv1');
    await quiet();
    expect(status()).toBe('DOWN');
    switches.hv2.connection = connection;
    switches.hv2.settled = store.revision;
    keeper.progress('hv2');
    await becomes('ACTIVE');

    clock += 1_000_000;
    switches.hv2.connection = undefined;
    switches.hv2.settled = -1;
    keeper.progress('hv2');
    await unplug('hv1');
    await becomes('DOWN');
    await plug('hv1');
    await quiet();
    expect(status()).toBe('DOWN');
    clock += 60_000;
    keeper.progress('hv1');
    await becomes('ACTIVE');
  });

  it('goes DOWN when it moves, until its new home has confirmed', async () => {
    await plug('hv1');
    await becomes('ACTIVE');
    expect(store.get('ports', 'p')?.lastHome).toBe('hv1');
    switches.hv2.settled = -1;
    await plug('hv2', 2);
    await becomes('DOWN');
    // Not before: its record is what tells the next controller that it has come.
    expect(store.get('ports', 'p')?.lastHome).toBe('hv1');
    switches.hv2.settled = store.revision;
    keeper.progress('hv2');
    await becomes('ACTIVE');
    expect(store.get('ports', 'p')?.lastHome).toBe('hv2');
  });

  it('is said to be ACTIVE again where it is, if somebody else said DOWN', async () => {
    await plug('hv1');
    await becomes('ACTIVE');
    await change({ status: 'DOWN' });
    await becomes('ACTIVE');
  });

  it('waits for the newest change of what it needs', async () => {
    switches.hv1.settled = -1;
    await plug('hv1');
    const first = store.revision;
    await change({ macAddress: '02:00:00:00:00:99' });
    switches.hv1.settled = first;
    keeper.progress('hv1');
    await quiet();
    expect(status()).toBe('DOWN');
    switches.hv1.settled = store.revision;
    keeper.progress('hv1');
    await becomes('ACTIVE');
  });

  it.each(['localPort 1', 'segment 9', 'firewallPort 1', 'firewall 1'])(
    'is DOWN while its switch refuses flows of %s',
    async (fact) => {
      await plug('hv1');
      await becomes('ACTIVE');
      switches.hv1.faulty.add(fact);
      keeper.progress('hv1');
      await becomes('DOWN');
      switches.hv1.faulty.clear();
      keeper.progress('hv1');
      await becomes('ACTIVE');
    },
  );

  it('is DOWN while it or its network is administratively down', async () => {
    await plug('hv1');
    await becomes('ACTIVE');
    await change({ adminStateUp: false });
    await becomes('DOWN');
    await change({ adminStateUp: true });
    await becomes('ACTIVE');
    await store.transact((tx) =>
      tx.put('networks', 'n', sampleNetwork('n', { key: 9, adminStateUp: false })),
    );
    await becomes('DOWN');
  });

  it('follows its trunk’s parent as a subport, and is DOWN while the trunk is', async () => {
    const subPorts = [{ portId: 'q', segmentationType: 'vlan', segmentationId: 7 }] as const;
    const trunk = sampleTrunk('t', { portId: 'p', subPorts });
    const subPortBecomes = (wanted: string) =>
      vi.waitFor(() => expect(store.get('ports', 'q')?.status).toBe(wanted), { timeout: 5_000 });
    await store.transact((tx) => tx.put('trunks', 't', trunk));
    await subPortBecomes('DOWN');
    await plug('hv1');
    await subPortBecomes('ACTIVE');
    await store.transact((tx) => tx.put('trunks', 't', { ...trunk, adminStateUp: false }));
    await subPortBecomes('DOWN');
    await store.transact((tx) => tx.put('trunks', 't', trunk));
    await subPortBecomes('ACTIVE');
    await change({ hostId: 'hv2' });
    await subPortBecomes('DOWN');
    await plug('hv2');
    await subPortBecomes('ACTIVE');
    await store.transact((tx) => tx.delete('vifs', 'hv2/p'));
    await subPortBecomes('DOWN');
    await store.transact((tx) => tx.delete('trunks', 't'));
    // It has an interface of its own on hv2.
    await subPortBecomes('ACTIVE');
  });

  it('keeps its status over a restart of the controller, unless it was unplugged meanwhile', async () => {
    await plug('hv1');
    await becomes('ACTIVE');
    keeper.stop();
    switches.hv1.connection = undefined;
    switches.hv1.settled = -1;
    const revision = store.revision;
    begin();
    await quiet();
    expect([status(), store.revision]).toEqual(['ACTIVE', revision]);
    await unplug('hv1');
    await becomes('DOWN');
  });
});
