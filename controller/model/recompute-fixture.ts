import fc from 'fast-check';
import type { AnyFact } from '#apps';
import { settlePolicies } from '#controller/store/policies';
import { TUNNEL_TYPES, vifId } from '#controller/store/records';
import { sampleTrunk, sampleVif } from '#controller/store/sample-records';
import type { Store, Transaction } from '#controller/store/store';
import { derive } from './derive.ts';
import type { FactRef } from './fact-ref.ts';
import { Firewall } from './firewall/firewall.ts';
import {
  everyFirewallFact,
  FIREWALL_SETTINGS,
  groupRecord,
  ruleRecord,
} from './firewall/firewall-fixture.ts';
import { chassisRecord, networkRecord, portRecord } from './model-fixture.ts';
import { Pairs } from './pairs.ts';
import { Placement } from './placement.ts';
import type { Recovering } from './recovering.ts';
import { Trunks } from './trunks.ts';
import type { World } from './world.ts';

const NETWORKS = ['net-a', 'net-b', 'net-c'];
export const PORTS = Array.from({ length: 6 }, (_, index) => `port-${index}`);
export const CHASSIS = ['hv-1', 'hv-2', 'hv-3'];
const TRUNKS = ['trunk-0', 'trunk-1'];
const GROUPS = ['group-0', 'group-1', 'group-2'];
const RULES = Array.from({ length: 5 }, (_, index) => `rule-${index}`);

/** The network that a port belongs to: it never changes. */
const networkOf = (port: number) => NETWORKS[port % NETWORKS.length] ?? '';

/** Some lead to the same zone of connection tracking, or the last and the first. */
const keyOf = (port: number) => [1, 65_536, 131_071, 2, 65_534, 131_069][port] ?? 0;

/** Mostly the first value, so that most worlds are wired and one change at a time takes them apart. */
const seldom = <T>(usual: T, ...others: T[]) =>
  fc.oneof(
    { arbitrary: fc.constant(usual), weight: 8 },
    { arbitrary: fc.constantFrom(...others), weight: 2 },
  );

const PHYSNET = { name: 'physnet1', bridge: 'br-ex', ofport: 8, key: 901 } as const;
const networkChange = fc.record({
  of: fc.constant('network' as const),
  index: fc.nat(NETWORKS.length - 1),
  gone: seldom(false, true),
  up: seldom(true, false),
  type: seldom('vxlan' as const, 'geneve' as const, 'vlan' as const, 'flat' as const),
  physical: seldom('physnet1', 'physnet2'),
  transparent: fc.boolean(),
  qinq: fc.boolean(),
  vni: fc.integer({ min: 1, max: 3 }),
});
const portChange = fc.record({
  of: fc.constant('port' as const),
  index: fc.nat(PORTS.length - 1),
  gone: seldom(false, true),
  up: seldom(true, false),
  mac: fc.integer({ min: 0x10, max: 0x13 }),
  host: fc.constantFrom('', 'hv-1', 'host-hv-2', 'host-hv-1'),
  refused: seldom(false, true),
  name: fc.constantFrom('x', 'y'),
  inactive: seldom(undefined, 'hv-2', 'host-hv-1'),
  migratingTo: seldom(undefined, 'hv-3'),
  secure: seldom(true, false),
  address: fc.constantFrom('10.0.0.1', '10.0.0.2', 'fd00::1'),
  pairMac: fc.constantFrom('fa:16:3e:00:00:10', 'fa:16:3e:00:00:aa', 'fa:16:3e:00:00:ab'),
  pair: seldom(undefined, '10.0.0.9', '10.0.0.1', '10.0.0.0/24', '::/0'),
  groups: fc.subarray(GROUPS),
  limit: seldom(undefined, '5/9', '0'),
});
/** Nothing of a port but its groups, and with them port security. */
const regroup = fc.record({
  of: fc.constant('regroup' as const),
  index: fc.nat(PORTS.length - 1),
  secure: seldom(true, false),
  groups: fc.subarray(GROUPS),
});
export const LIMIT = { rate: 100, burst: 200 };
const chassisChange = fc.record({
  of: fc.constant('chassis' as const),
  index: fc.nat(CHASSIS.length - 1),
  gone: seldom(false, true),
  firewall: fc.constantFrom('learn' as const, 'conntrack' as const),
  hostname: seldom('host-hv-1', 'host-hv-2', 'other'),
  addresses: seldom(['172.31.0.1'], ['fd31::1'], ['fd31::1', '172.31.0.2'], ['172.31.0.2', '172.31.0.3']),
  tunnels: seldom({ vxlan: 1 }, {}, { vxlan: 2, geneve: 3 }),
  peerKeys: seldom({ vxlan: 1 }, {}, { vxlan: 1, geneve: 2 }),
  physical: seldom(
    [PHYSNET],
    [],
    [{ ...PHYSNET, ofport: null }],
    [PHYSNET, { ...PHYSNET, name: 'physnet2', ofport: 9, key: 902 }],
  ),
});
const vifChange = fc.record({
  of: fc.constant('vif' as const),
  chassis: fc.nat(CHASSIS.length - 1),
  port: fc.nat(PORTS.length - 1),
  gone: fc.boolean(),
  isAnew: fc.boolean(),
  ofport: seldom(5, 6),
});
const groupChange = fc.record({
  of: fc.constant('group' as const),
  index: fc.nat(GROUPS.length - 1),
  gone: seldom(false, true),
  stateful: seldom(true, false),
});
const ruleChange = fc.record({
  of: fc.constant('rule' as const),
  index: fc.nat(RULES.length - 1),
  gone: seldom(false, true),
  group: fc.constantFrom(...GROUPS),
  direction: fc.constantFrom('ingress' as const, 'egress' as const),
  protocol: fc.constantFrom(null, 'tcp', 'icmp'),
  remote: fc.constantFrom(...GROUPS, null, 'nothing'),
});
/** Ports take their sets of groups with them and leave them, as the API does it; or a policy is not there. */
const policyChange = fc.record({ of: fc.constant('policy' as const), gone: fc.nat(3) });
const recovery = fc.record({
  of: fc.constant('recovery' as const),
  chassis: fc.nat(CHASSIS.length - 1),
  port: fc.option(fc.nat(PORTS.length - 1), { nil: undefined }),
  begins: fc.boolean(),
});
const trunkChange = fc.record({
  of: fc.constant('trunk' as const),
  index: fc.nat(TRUNKS.length - 1),
  gone: seldom(false, true),
  up: seldom(true, false),
  parent: fc.nat(PORTS.length - 1),
  // Any port, also the parent itself, one of another trunk, and one that does not exist.
  subPorts: fc.uniqueArray(
    fc.record({ port: fc.nat(PORTS.length), vlan: fc.integer({ min: 100, max: 102 }) }),
    {
      selector: ({ port }) => port,
      maxLength: 4,
    },
  ),
});
/** What may happen in a small cloud. */
const change = fc.oneof(
  ...[networkChange, portChange, chassisChange, vifChange, trunkChange],
  ...[regroup, groupChange, ruleChange, policyChange, recovery],
);
export type Step = typeof change extends fc.Arbitrary<infer S> ? S : never;

/** Commits of some steps each, one after the other. */
export const someCommits = fc.array(fc.array(change, { minLength: 1, maxLength: 4 }), {
  minLength: 5,
  maxLength: 30,
  size: 'max',
});

/** Writes what a step says; what it says of recovery is none of the store's. */
export function take(step: Step, tx: Transaction): void {
  if (step.of === 'network') {
    const id = NETWORKS[step.index] ?? '';
    const isProvider = step.type === 'vlan' || step.type === 'flat';
    const rest = {
      adminStateUp: step.up,
      type: step.type,
      physicalNetwork: isProvider ? step.physical : null,
      segmentationId: step.type === 'flat' ? null : step.vni,
      vlanTransparent: step.transparent,
      qinq: step.qinq,
    };
    if (step.gone) tx.delete('networks', id);
    else tx.put('networks', id, networkRecord(id, step.index + 1, rest));
  } else if (step.of === 'port') {
    const id = PORTS[step.index] ?? '';
    const rest = {
      adminStateUp: step.up,
      hostId: step.host,
      isBindingRefused: step.refused,
      bindingProfile: {
        ...(step.migratingTo !== undefined && { migrating_to: step.migratingTo }),
        ...(step.limit !== undefined && { 'broadcast-limit': step.limit }),
      },
      inactiveBindings:
        step.inactive === undefined ? [] : [{ hostId: step.inactive, vnicType: 'normal', profile: {} }],
      name: step.name,
      macAddress: `fa:16:3e:00:00:${step.mac.toString(16)}`,
      portSecurityEnabled: step.secure,
      securityGroupIds: step.secure ? step.groups : [],
      fixedIps: [{ subnetId: 'subnet', ipAddress: step.address }],
      allowedAddressPairs:
        step.pair === undefined ? [] : [{ macAddress: step.pairMac, ipAddress: step.pair }],
    };
    const before = tx.get('ports', id);
    if (step.gone) tx.delete('ports', id);
    else tx.put('ports', id, portRecord(id, keyOf(step.index), networkOf(step.index), rest));
    settlePolicies(tx, before, tx.get('ports', id));
  } else if (step.of === 'regroup') {
    const before = tx.get('ports', PORTS[step.index] ?? '');
    const guard = { portSecurityEnabled: step.secure, securityGroupIds: step.secure ? step.groups : [] };
    if (before) tx.put('ports', before.id, { ...before, ...guard });
    if (before) settlePolicies(tx, before, { ...before, ...guard });
  } else if (step.of === 'group') {
    const id = GROUPS[step.index] ?? '';
    if (step.gone) tx.delete('securityGroups', id);
    else tx.put('securityGroups', id, groupRecord(id, step.index + 1, { stateful: step.stateful }));
  } else if (step.of === 'rule') {
    const id = RULES[step.index] ?? '';
    const { direction, protocol, remote: remoteGroupId } = step;
    if (step.gone) tx.delete('securityGroupRules', id);
    else tx.put('securityGroupRules', id, ruleRecord(id, step.group, { direction, protocol, remoteGroupId }));
  } else if (step.of === 'policy') {
    const all = tx.list('policies');
    const gone = all[step.gone % Math.max(1, all.length)];
    if (gone) tx.delete('policies', gone.id);
  } else if (step.of === 'recovery') {
    return;
  } else if (step.of === 'vif') {
    const [chassis = '', port = ''] = [CHASSIS[step.chassis], PORTS[step.port]];
    const id = vifId(chassis, port);
    const kept = step.isAnew ? undefined : tx.get('vifs', id)?.claim;
    const claim = kept ?? tx.allocate('claim');
    if (step.gone) tx.delete('vifs', id);
    else tx.put('vifs', id, sampleVif(chassis, port, { ofport: step.ofport, claim }));
  } else if (step.of === 'trunk') {
    const id = TRUNKS[step.index] ?? '';
    const subPorts = step.subPorts.map(({ port, vlan }) => subPort(PORTS[port] ?? 'nothing', vlan));
    const rest = { portId: PORTS[step.parent] ?? '', adminStateUp: step.up, subPorts };
    if (step.gone) tx.delete('trunks', id);
    else tx.put('trunks', id, sampleTrunk(id, rest));
  } else {
    const id = CHASSIS[step.index] ?? '';
    const offset = (step.index + 1) * 100;
    const peerKeys = Object.fromEntries(
      Object.entries(step.peerKeys).map(([type, key]) => [type, offset + key]),
    );
    const rest = {
      hostname: step.hostname,
      firewall: step.firewall,
      encapIps: step.addresses.map((each) => `${each}${step.index}`),
      tunnelPorts: step.tunnels,
      peerKeys,
      physicalNetworks: step.physical,
    };
    if (step.gone) tx.delete('chassis', id);
    else tx.put('chassis', id, chassisRecord(id, step.index + 1, rest));
  }
}

function subPort(portId: string, segmentationId: number) {
  return { portId, segmentationType: 'vlan', segmentationId } as const;
}

/** The port that is a subport at first. */
const SUBPORT = 'port-5';

/** A start where everything is there: two ports of each network, all of them plugged in but for one that is another's subport. */
export function wire(tx: Transaction): void {
  for (const [index, id] of NETWORKS.entries()) tx.put('networks', id, networkRecord(id, index + 1));
  for (const [index, id] of GROUPS.entries()) {
    tx.put('securityGroups', id, groupRecord(id, index + 1));
    tx.put('securityGroupRules', `own-${id}`, ruleRecord(`own-${id}`, id, { remoteGroupId: id }));
  }
  for (const [index, id] of PORTS.entries()) {
    const securityGroupIds = GROUPS.slice(index % GROUPS.length, (index % GROUPS.length) + 2);
    const fixedIps = [{ subnetId: 'subnet', ipAddress: `10.0.0.${index + 1}` }];
    const port = portRecord(id, keyOf(index), networkOf(index), { securityGroupIds, fixedIps });
    tx.put('ports', id, port);
    settlePolicies(tx, undefined, port);
  }
  for (const [index, id] of CHASSIS.entries()) {
    const here = PORTS.filter(
      (id, port) =>
        id !== SUBPORT && port % CHASSIS.length === (port < 3 ? index : (index + 1) % CHASSIS.length),
    );
    tx.put('chassis', id, chassisRecord(id, index + 1));
    for (const port of here)
      tx.put('vifs', vifId(id, port), sampleVif(id, port, { claim: tx.allocate('claim') }));
  }
  tx.put(
    'trunks',
    'trunk-0',
    sampleTrunk('trunk-0', { portId: 'port-0', subPorts: [subPort(SUBPORT, 100)] }),
  );
}

/** Derives every fact that could hold, from indexes built anew: slow, and knows nothing of what changed. */
export function everyFact(store: Store, chassisId: string, recovering: Recovering): AnyFact[] {
  const byId = <T extends { readonly id: string }>(rows: readonly T[]) =>
    new Map(rows.map((row) => [row.id, row]));
  const trunks = new Trunks();
  for (const trunk of store.list('trunks')) trunks.replace(trunk.id, trunk);
  const pairs = new Pairs();
  for (const port of store.list('ports')) pairs.replace(port.networkId, port.id, port);
  const world: World = {
    networks: byId(store.list('networks')),
    ports: byId(store.list('ports')),
    chassis: byId(store.list('chassis')),
    vifs: byId(store.list('vifs')),
    trunks,
    placement: new Placement(),
    pairs,
    firewall: new Firewall({ add: () => {}, sweep: () => {} }),
    firewallSettings: FIREWALL_SETTINGS,
    broadcastLimit: LIMIT,
    recovering,
  };
  for (const { portId, chassisId: at, claim } of world.vifs.values())
    world.placement.claim(portId, at, claim);
  for (const port of world.ports.values()) {
    const plugged = world.ports.get(trunks.carrierOf(port.id)?.portId ?? '');
    const isTaken = !port.isBindingRefused && !plugged?.isBindingRefused;
    world.placement.settle(port.networkId, port.id, isTaken ? plugged : undefined, world.chassis);
  }
  const refs: FactRef[] = [
    ...PORTS.flatMap((port) =>
      (['localPort', 'remotePort', 'broadcastLimit'] as const).map((kind) => ({ kind, port })),
    ),
    ...NETWORKS.map((network) => ({ kind: 'segment', network }) as const),
    ...TUNNEL_TYPES.map((type) => ({ kind: 'tunnelPort', type }) as const),
    ...['physnet1', 'physnet2'].map((name) => ({ kind: 'physicalPort', name }) as const),
    ...CHASSIS.flatMap((chassis) => TUNNEL_TYPES.map((type) => ({ kind: 'peer', chassis, type }) as const)),
  ];
  const here = world.chassis.get(chassisId);
  if (!here) return [];
  return [...refs.flatMap((ref) => derive(world, here, ref) ?? []), ...everyFirewallFact(store, world, here)];
}
