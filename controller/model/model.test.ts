import { describe, expect, it } from 'vitest';
import type { AnyFact } from '#apps';
import { openMemoryStore } from '#controller/store/memory-store';
import { sampleTrunk, sampleVif } from '#controller/store/sample-records';
import type { Change } from '#controller/store/store';
import { Model } from './model.ts';
import { chassisRecord, networkRecord, portRecord } from './model-fixture.ts';

describe('Model', () => {
  it('gives a switch only what it needs', () => {
    const model = worldOf(3, 2);
    expect(kinds(model.facts('hv-1'))).toEqual({
      tunnelPort: 1,
      localPort: 1,
      segment: 1,
      remotePort: 1,
      peer: 1,
    });
    expect(kinds(model.facts('hv-3'))).toEqual({ tunnelPort: 1 });
  });

  it("changes one fact per switch when a peer's address changes, however many ports it has", () => {
    const model = worldOf(3, 60);
    const before = chassisOf(2);
    const deltas = model.apply([
      { collection: 'chassis', id: 'hv-2', before, after: { ...before, encapIps: ['172.31.0.99'] } },
    ]);
    expect([...deltas.keys()]).toEqual(['hv-1']);
    expect(deltas.get('hv-1')).toMatchObject({
      gone: [{ kind: 'peer' }],
      come: [{ kind: 'peer', address: { version: 4, bits: 0xac1f0063n } }],
    });
  });

  it('reaches the ports of a hypervisor by its new key when that changes', () => {
    const model = worldOf(3, 2);
    const before = chassisOf(2);
    const deltas = model.apply([
      { collection: 'chassis', id: 'hv-2', before, after: { ...before, peerKeys: { vxlan: 77 } } },
    ]);
    expect(deltas.get('hv-1')?.come).toMatchObject([
      { kind: 'peer', key: 77 },
      { kind: 'segment', peers: [77] },
      { kind: 'remotePort', peer: 77 },
    ]);
  });

  it('is untouched by a change of attributes that no flow depends on', () => {
    const model = worldOf(3, 4);
    const before = portRecord('port-1', 1, 'net-a');
    expect(
      model.apply([{ collection: 'ports', id: 'port-1', before, after: { ...before, name: 'renamed' } }])
        .size,
    ).toBe(0);
  });

  it('lets only the hypervisor of binding:host_id plug a port', () => {
    const model = worldOf(3, 2);
    const before = portRecord('port-1', 1, 'net-a');
    model.apply([{ collection: 'ports', id: 'port-1', before, after: { ...before, hostId: 'host-hv-3' } }]);
    expect(model.homeOf('port-1')).toBeUndefined();
    model.apply([{ collection: 'ports', id: 'port-1', before, after: { ...before, hostId: 'host-hv-1' } }]);
    expect(model.homeOf('port-1')).toBe('hv-1');
  });

  it('takes the hypervisor whose id is bound over one that gives itself that hostname', () => {
    const model = worldOf(3, 2);
    const liar = chassisRecord('evil', 9, { hostname: 'hv-1' });
    const before = portRecord('port-1', 1, 'net-a');
    model.apply([
      { collection: 'ports', id: 'port-1', before, after: { ...before, hostId: 'hv-1' } },
      { collection: 'chassis', id: 'evil', after: liar },
      { collection: 'vifs', id: 'evil/port-1', after: sampleVif('evil', 'port-1', { claim: 99 }) },
    ]);
    expect(model.homeOf('port-1')).toBe('hv-1');
  });

  it('wires a subport where its trunk’s parent is, with its tag, and one fact more is all that it takes', () => {
    const model = worldOf(3, 2);
    const subPorts = [{ portId: 'sub', segmentationType: 'vlan', segmentationId: 100 }] as const;
    const trunk = sampleTrunk('trunk', { portId: 'port-1', subPorts });
    model.apply([{ collection: 'ports', id: 'sub', after: portRecord('sub', 9, 'net-a') }]);
    const deltas = model.apply([{ collection: 'trunks', id: 'trunk', after: trunk }]);
    expect(model.homeOf('sub')).toBe('hv-1');
    expect(deltas.get('hv-1')?.come).toMatchObject([
      { kind: 'localPort', key: 9, ofport: 11, vlan: 100 },
      { kind: 'segment', ports: [1, 9] },
    ]);
    expect(deltas.get('hv-2')?.come).toMatchObject([{ kind: 'remotePort', key: 9 }]);
    model.apply([
      { collection: 'trunks', id: 'trunk', before: trunk, after: { ...trunk, adminStateUp: false } },
    ]);
    expect(model.homeOf('sub')).toBeUndefined();
    model.apply([plugged(3, 1, 50), { collection: 'trunks', id: 'trunk', after: trunk }]);
    expect(model.homeOf('sub')).toBe('hv-3');
  });

  it('lets a migrating port send from both hypervisors, and sends for it to the one that it is bound to', () => {
    const model = worldOf(3, 2);
    const before = portRecord('port-1', 1, 'net-a');
    const inactiveBindings = [{ hostId: 'host-hv-3', vnicType: 'normal', profile: {} }];
    const bound = { ...before, hostId: 'hv-1', inactiveBindings };
    model.apply([{ collection: 'ports', id: 'port-1', before, after: bound }]);
    const came = model.apply([plugged(3, 1, 50)]).get('hv-3')?.come ?? [];
    expect(model.homeOf('port-1')).toBe('hv-1');
    expect(came).toContainEqual(expect.objectContaining({ kind: 'localPort', key: 1, standby: true }));
    expect(came).toContainEqual(expect.objectContaining({ kind: 'remotePort', key: 1, peer: 1001 }));
    expect(came).toContainEqual(expect.objectContaining({ kind: 'segment', ports: [], peers: [1001, 1002] }));
    const former = [{ hostId: 'hv-1', vnicType: 'normal', profile: {}, isGivenUp: true }];
    const after = { ...bound, hostId: 'hv-3', inactiveBindings: former };
    const deltas = model.apply([{ collection: 'ports', id: 'port-1', before: bound, after }]);
    expect(model.homeOf('port-1')).toBe('hv-3');
    // Nothing but the port itself: all else that hv-3 needs is there.
    expect(
      deltas
        .get('hv-3')
        ?.come.map(({ kind }) => kind)
        .sort(),
    ).toEqual(['localPort', 'segment']);
    expect(deltas.get('hv-2')?.come).toMatchObject([{ kind: 'remotePort', peer: 1003 }]);
  });

  it('tells which ports have come from another hypervisor, once', () => {
    const model = worldOf(3, 2);
    expect(model.takeArrivals()).toEqual([]);
    const newer = plugged(3, 1, 50);
    model.apply([newer]);
    expect(model.takeArrivals()).toEqual([{ portId: 'port-1', chassisId: 'hv-3' }]);
    // Unplugged, and then plugged in elsewhere.
    model.apply([
      { collection: 'vifs', id: newer.id },
      { collection: 'vifs', id: 'hv-1/port-1' },
    ]);
    expect(model.takeArrivals()).toEqual([{ portId: 'port-1', chassisId: 'hv-1' }]);
    model.apply([plugged(2, 1, 60)]);
    model.apply([plugged(2, 1, 60)]);
    expect(model.takeArrivals()).toEqual([{ portId: 'port-1', chassisId: 'hv-2' }]);
  });

  it('tells which ports were plugged anew where they are, and of no other change of their interface', () => {
    const model = worldOf(2, 1);
    model.apply([plugged(2, 1, 60)]);
    model.takeArrivals();
    model.apply([plugged(2, 1, 60, 7)]);
    expect(model.takeArrivals()).toEqual([]);
    model.apply([plugged(2, 1, 61, 7)]);
    expect(model.takeArrivals()).toEqual([{ portId: 'port-1', chassisId: 'hv-2' }]);
  });

  it('tells which ports are elsewhere than where they were ACTIVE last, when it is made', async () => {
    const store = openMemoryStore();
    const lastHomes = { 'port-1': 'hv-1', 'port-2': 'hv-2', 'port-3': undefined, 'port-4': 'hv-1' };
    await store.transact((tx) => {
      tx.put('networks', 'net-a', networkRecord('net-a', 1));
      for (const number of [1, 2]) tx.put('chassis', `hv-${number}`, chassisOf(number));
      for (const [at, [id, lastHome]] of Object.entries(lastHomes).entries()) {
        tx.put('ports', id, { ...portRecord(id, at + 1, 'net-a'), ...(lastHome && { lastHome }) });
        if (at < 3) tx.put('vifs', `hv-2/${id}`, sampleVif('hv-2', id));
      }
    });
    const model = Model.of(store);
    expect(model.takeArrivals()).toEqual([{ portId: 'port-1', chassisId: 'hv-2' }]);
    model.apply([plugged(2, 4, 60)]);
    expect(model.takeArrivals()).toEqual([{ portId: 'port-4', chassisId: 'hv-2' }]);
  });

  it('previews changes without a trace, not even of where ports have been', () => {
    const model = worldOf(3, 2);
    const facts = () => ['hv-1', 'hv-2', 'hv-3'].map((id) => [...model.facts(id)]);
    const before = facts();
    const moved = plugged(3, 1, 50);
    const gone: Change = { collection: 'ports', id: 'port-1', before: portRecord('port-1', 1, 'net-a') };
    expect([...model.preview(() => [moved])].flatMap((each) => each?.id ?? [])).toEqual([
      ...['hv-1', 'hv-2', 'hv-3'],
    ]);
    for (const _ of model.preview(() => [gone]));
    expect(facts()).toEqual(before);
    expect(model.takeArrivals()).toEqual([]);
    model.apply([moved]);
    expect(model.takeArrivals()).toEqual([{ portId: 'port-1', chassisId: 'hv-3' }]);
  });

  it('previews in pieces between which it goes on, and knows of no change that it was not told', () => {
    const COUNT = 700;
    const model = worldOf(2, COUNT);
    const down: Change = {
      collection: 'networks',
      id: 'net-a',
      // What the caller takes for committed already.
      before: networkRecord('net-a', 1, { vlanTransparent: true }),
      after: networkRecord('net-a', 1, { adminStateUp: false }),
    };
    const one = portRecord('port-1', 1, 'net-a', { macAddress: 'fa:16:3e:99:99:99' });
    const pieces = model.preview(() => [down]);
    let count = 0;
    let gone = 0;
    for (let piece = pieces.next(); !piece.done; piece = pieces.next()) {
      gone += piece.value?.gone.length ?? 0;
      if (piece.value === undefined) count += 1;
      if (count === 2) model.apply([{ collection: 'ports', id: 'port-1', after: one }]);
    }
    expect(count).toBeGreaterThan(4);
    expect(gone).toBeGreaterThan(2 * COUNT);
    const expected = worldOf(2, COUNT);
    expected.apply([{ collection: 'ports', id: 'port-1', after: one }]);
    for (const id of ['hv-1', 'hv-2']) expect(new Set(model.facts(id))).toEqual(new Set(expected.facts(id)));
    // The facts that there are follow from the records that there are.
    const opened = { collection: 'networks', id: 'net-a', after: networkRecord('net-a', 1) } as const;
    expect(model.apply([opened]).size).toBe(0);
  });

  it('follows an unbound port to where it was plugged in last, and back', () => {
    const model = worldOf(3, 2);
    const newer = plugged(3, 1, 50);
    model.apply([newer]);
    expect(model.homeOf('port-1')).toBe('hv-3');
    model.apply([{ collection: 'vifs', id: newer.id, before: sampleVif('hv-3', 'port-1') }]);
    expect(model.homeOf('port-1')).toBe('hv-1');
  });
});

/** Hypervisors hv-1… of one network; `count` ports, plugged in turn into the first two. */
function worldOf(hypervisors: number, count: number): Model {
  const model = new Model();
  const changes: Change[] = [{ collection: 'networks', id: 'net-a', after: networkRecord('net-a', 1) }];
  for (let port = 1; port <= count; port++) {
    changes.push({
      collection: 'ports',
      id: `port-${port}`,
      after: portRecord(`port-${port}`, port, 'net-a'),
    });
  }
  for (let number = 1; number <= hypervisors; number++) {
    changes.push({ collection: 'chassis', id: `hv-${number}`, after: chassisOf(number) });
  }
  for (let port = 1; port <= count; port++) changes.push(plugged(((port - 1) % 2) + 1, port, port));
  model.apply(changes);
  return model;
}

function chassisOf(number: number) {
  return chassisRecord(`hv-${number}`, number);
}

/** The change in which a hypervisor plugs a port. */
function plugged(hypervisor: number, port: number, claim: number, ofport = 10 + port): Change {
  const after = sampleVif(`hv-${hypervisor}`, `port-${port}`, { ofport, claim });
  return { collection: 'vifs', id: after.id, after };
}

function kinds(facts: Iterable<AnyFact>): Record<string, number> {
  const count: Record<string, number> = {};
  for (const { kind } of facts) count[kind] = (count[kind] ?? 0) + 1;
  return count;
}
