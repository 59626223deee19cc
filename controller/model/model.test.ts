import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AnyFact } from '#apps';
import { openMemoryStore } from '#controller/store/memory-store';
import { TUNNEL_TYPES, vifId } from '#controller/store/records';
import { sampleChassis, sampleNetwork, samplePort, sampleVif } from '#controller/store/sample-records';
import type { Change, Store, Transaction } from '#controller/store/store';
import { derive, type World } from './derive.ts';
import type { FactRef } from './fact-ref.ts';
import { Model } from './model.ts';
import { Placement } from './placement.ts';

const NETWORKS = ['net-a', 'net-b', 'net-c'];
const PORTS = Array.from({ length: 6 }, (_, index) => `port-${index}`);
const CHASSIS = ['hv-1', 'hv-2', 'hv-3'];

/** The network that a port belongs to: it never changes. */
const networkOf = (port: number) => NETWORKS[port % NETWORKS.length] ?? '';

/** Mostly the first value, so that most worlds are wired and one change at a time takes them apart. */
const seldom = <T>(usual: T, ...others: T[]) =>
  fc.oneof(
    { arbitrary: fc.constant(usual), weight: 8 },
    { arbitrary: fc.constantFrom(...others), weight: 2 },
  );

const networkChange = fc.record({
  of: fc.constant('network' as const),
  index: fc.nat(NETWORKS.length - 1),
  gone: seldom(false, true),
  up: seldom(true, false),
  type: seldom('vxlan' as const, 'geneve' as const, 'vlan' as const),
  vni: fc.integer({ min: 1, max: 3 }),
});
const portChange = fc.record({
  of: fc.constant('port' as const),
  index: fc.nat(PORTS.length - 1),
  gone: seldom(false, true),
  up: seldom(true, false),
  mac: fc.integer({ min: 0x10, max: 0x13 }),
  host: fc.constantFrom('', 'hv-1', 'host-hv-2', 'host-hv-1'),
  name: fc.constantFrom('x', 'y'),
});
const chassisChange = fc.record({
  of: fc.constant('chassis' as const),
  index: fc.nat(CHASSIS.length - 1),
  gone: seldom(false, true),
  hostname: seldom('host-hv-1', 'host-hv-2', 'other'),
  address: fc.integer({ min: 1, max: 4 }),
  tunnels: seldom({ vxlan: 1 }, {}, { vxlan: 2, geneve: 3 }),
  peerKeys: seldom({ vxlan: 1 }, {}, { vxlan: 1, geneve: 2 }),
});
const vifChange = fc.record({
  of: fc.constant('vif' as const),
  chassis: fc.nat(CHASSIS.length - 1),
  port: fc.nat(PORTS.length - 1),
  gone: fc.boolean(),
  ofport: seldom(5, 6),
});
type Step =
  typeof networkChange extends fc.Arbitrary<infer N>
    ?
        | N
        | (typeof portChange extends fc.Arbitrary<infer P> ? P : never)
        | (typeof chassisChange extends fc.Arbitrary<infer C> ? C : never)
        | (typeof vifChange extends fc.Arbitrary<infer V> ? V : never)
    : never;

describe('Model', () => {
  it('has after any changes the facts that follow from the final state alone', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.array(fc.oneof(networkChange, portChange, chassisChange, vifChange), {
            minLength: 1,
            maxLength: 4,
          }),
          { minLength: 5, maxLength: 30, size: 'max' },
        ),
        async (commits) => {
          const store = openMemoryStore();
          const incremental = new Model();
          const shadow = new Map<string, Map<string, AnyFact>>();
          store.watch(0, ({ changes }) => follow(shadow, incremental.apply(changes)));
          await store.transact(wire);
          for (const steps of commits) {
            await store.transact((tx) => {
              for (const step of steps) take(step, tx);
            });
            const restarted = Model.of(store);
            for (const id of CHASSIS) {
              const recomputed = sorted(everyFact(store, id));
              expect(sorted(incremental.facts(id))).toEqual(recomputed);
              expect(sorted(restarted.facts(id))).toEqual(recomputed);
              // The deltas alone, added up, tell the same.
              expect(sorted(shadow.get(id)?.values() ?? [])).toEqual(recomputed);
            }
          }
        },
      ),
      { numRuns: 150 },
    );
  });

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
      { collection: 'chassis', id: 'hv-2', before, after: { ...before, encapIp: '172.31.0.99' } },
    ]);
    expect([...deltas.keys()]).toEqual(['hv-1']);
    expect(deltas.get('hv-1')).toMatchObject({
      gone: [{ kind: 'peer' }],
      come: [{ kind: 'peer', address: 0xac1f0063 }],
    });
  });

  it('reaches the ports of a hypervisor by its new key when that changes', () => {
    const model = worldOf(3, 2);
    const before = chassisOf(2);
    const deltas = model.apply([
      { collection: 'chassis', id: 'hv-2', before, after: { ...before, peerKeys: { vxlan: 77 } } },
    ]);
    expect(deltas.get('hv-1')?.come).toMatchObject([
      { kind: 'segment', peers: [77] },
      { kind: 'peer', key: 77 },
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
function plugged(hypervisor: number, port: number, claim: number): Change {
  const after = sampleVif(`hv-${hypervisor}`, `port-${port}`, { ofport: 10 + port, claim });
  return { collection: 'vifs', id: after.id, after };
}

function take(step: Step, tx: Transaction): void {
  if (step.of === 'network') {
    const id = NETWORKS[step.index] ?? '';
    const { up: adminStateUp, type, vni: segmentationId } = step;
    if (step.gone) tx.delete('networks', id);
    else tx.put('networks', id, networkRecord(id, step.index + 1, { adminStateUp, type, segmentationId }));
  } else if (step.of === 'port') {
    const id = PORTS[step.index] ?? '';
    const rest = {
      adminStateUp: step.up,
      hostId: step.host,
      name: step.name,
      macAddress: `fa:16:3e:00:00:${step.mac.toString(16)}`,
    };
    if (step.gone) tx.delete('ports', id);
    else tx.put('ports', id, portRecord(id, step.index + 1, networkOf(step.index), rest));
  } else if (step.of === 'vif') {
    const [chassis = '', port = ''] = [CHASSIS[step.chassis], PORTS[step.port]];
    const id = vifId(chassis, port);
    const claim = tx.get('vifs', id)?.claim ?? tx.allocate('claim');
    if (step.gone) tx.delete('vifs', id);
    else tx.put('vifs', id, sampleVif(chassis, port, { ofport: step.ofport, claim }));
  } else {
    const id = CHASSIS[step.index] ?? '';
    const offset = (step.index + 1) * 100;
    const peerKeys = Object.fromEntries(
      Object.entries(step.peerKeys).map(([type, key]) => [type, offset + key]),
    );
    const rest = {
      hostname: step.hostname,
      encapIp: `172.31.${step.index}.${step.address}`,
      tunnelPorts: step.tunnels,
      peerKeys,
    };
    if (step.gone) tx.delete('chassis', id);
    else tx.put('chassis', id, chassisRecord(id, step.index + 1, rest));
  }
}

function networkRecord(id: string, key: number, rest: Parameters<typeof sampleNetwork>[1] = {}) {
  return sampleNetwork(id, { key, segmentationId: 1000 + key, ...rest });
}

function portRecord(id: string, key: number, networkId: string, rest: Parameters<typeof samplePort>[1] = {}) {
  const macAddress = `fa:16:3e:00:00:${key.toString(16).padStart(2, '0')}`;
  return samplePort(id, { key, networkId, macAddress, ...rest });
}

function chassisRecord(id: string, number: number, rest: Parameters<typeof sampleChassis>[1] = {}) {
  return sampleChassis(id, { encapIp: `172.31.0.${number}`, peerKeys: { vxlan: 1000 + number }, ...rest });
}

/** A start where everything is there: two ports of each network, all of them plugged in. */
function wire(tx: Transaction): void {
  for (const [index, id] of NETWORKS.entries()) tx.put('networks', id, networkRecord(id, index + 1));
  for (const [index, id] of PORTS.entries()) tx.put('ports', id, portRecord(id, index + 1, networkOf(index)));
  for (const [index, id] of CHASSIS.entries()) {
    const here = PORTS.filter(
      (_, port) => port % CHASSIS.length === (port < 3 ? index : (index + 1) % CHASSIS.length),
    );
    tx.put('chassis', id, chassisRecord(id, index + 1));
    for (const port of here)
      tx.put('vifs', vifId(id, port), sampleVif(id, port, { claim: tx.allocate('claim') }));
  }
}

/** Derives every fact that could hold, from indexes built anew: slow, and knows nothing of what changed. */
function everyFact(store: Store, chassisId: string): AnyFact[] {
  const byId = <T extends { readonly id: string }>(rows: readonly T[]) =>
    new Map(rows.map((row) => [row.id, row]));
  const world: World = {
    networks: byId(store.list('networks')),
    ports: byId(store.list('ports')),
    chassis: byId(store.list('chassis')),
    vifs: byId(store.list('vifs')),
    placement: new Placement(),
  };
  for (const { portId, chassisId: at, claim } of world.vifs.values())
    world.placement.claim(portId, at, claim);
  for (const port of world.ports.values())
    world.placement.settle(port.networkId, port.id, port, world.chassis);
  const refs: FactRef[] = [
    ...PORTS.flatMap((port) => [{ kind: 'localPort', port } as const, { kind: 'remotePort', port } as const]),
    ...NETWORKS.map((network) => ({ kind: 'segment', network }) as const),
    ...TUNNEL_TYPES.map((type) => ({ kind: 'tunnelPort', type }) as const),
    ...CHASSIS.flatMap((chassis) => TUNNEL_TYPES.map((type) => ({ kind: 'peer', chassis, type }) as const)),
  ];
  const here = world.chassis.get(chassisId);
  return here ? refs.flatMap((ref) => derive(world, here, ref) ?? []) : [];
}

function follow(shadow: Map<string, Map<string, AnyFact>>, deltas: ReturnType<Model['apply']>): void {
  for (const [id, { gone, come }] of deltas) {
    const facts = shadow.get(id) ?? new Map<string, AnyFact>();
    shadow.set(id, facts);
    for (const fact of gone) expect(facts.delete(text(fact))).toBe(true);
    for (const fact of come) facts.set(text(fact), fact);
  }
}

function kinds(facts: Iterable<AnyFact>): Record<string, number> {
  const count: Record<string, number> = {};
  for (const { kind } of facts) count[kind] = (count[kind] ?? 0) + 1;
  return count;
}

function sorted(facts: Iterable<AnyFact>): string[] {
  return [...facts].map(text).sort();
}

function text(fact: AnyFact): string {
  return JSON.stringify(fact, (_, value) => (typeof value === 'bigint' ? `0x${value.toString(16)}` : value));
}
