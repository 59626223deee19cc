import type {
  AnyFact,
  BroadcastLimit,
  LocalPort,
  Peer,
  PhysicalPort,
  RemotePort,
  Segment,
  TunnelPort,
} from '#apps';
import type { ChassisRecord, NetworkRecord, TunnelType } from '#controller/store/records';
import { CUSTOMER_TAG, SERVICE_TAG } from '#pipeline';
import { broadcastLimitOf } from './broadcast-limit.ts';
import type { FactRef } from './fact-ref.ts';
import { firewall, firewallPort, member, policy, remoteGroup } from './firewall/derive-firewall.ts';
import { allowedSources, fixedAddresses, macNumber } from './port-addresses.ts';
import { tunnelEnds, tunnelTypeOf } from './tunnel-ends.ts';
import { portThatIsUp, type World, wiredPort } from './world.ts';

/** What a fact says on a chassis now, or nothing when it does not hold. Pure: same world, same fact. */
export function derive(world: World, chassis: ChassisRecord, ref: FactRef): AnyFact | undefined {
  switch (ref.kind) {
    case 'localPort':
      return localPort(world, chassis, ref.port);
    case 'remotePort':
      return remotePort(world, chassis, ref.port);
    case 'segment':
      return segment(world, chassis, ref.network);
    case 'peer':
      return peer(world, chassis, ref.chassis, ref.type);
    case 'tunnelPort':
      return tunnelPort(chassis, ref.type);
    case 'physicalPort':
      return physicalPort(chassis, ref.name);
    case 'firewall':
      return firewall(world, chassis);
    case 'firewallPort':
      return firewallPort(world, chassis, ref.port);
    case 'policy':
      return policy(world, chassis, ref.policy);
    case 'remoteGroup':
      return remoteGroup(world, chassis, ref.group);
    case 'member':
      return member(world, chassis, ref.port);
    case 'broadcastLimit':
      return broadcastLimit(world, chassis, ref.port);
  }
}

function localPort(world: World, chassis: ChassisRecord, portId: string): LocalPort | undefined {
  const wired = wiredPort(world, chassis, portId);
  if (!wired) return undefined;
  const { port, network, ofport, vlan, role } = wired;
  const subVlans = carriesTags(network) ? world.trunks.subVlansOf(portId) : [];
  return {
    kind: 'localPort',
    key: port.key,
    network: network.key,
    mac: macNumber(port.macAddress),
    ofport,
    ...(vlan !== undefined && { vlan }),
    ...(carriesTags(network) && TRANSPARENT),
    ...(subVlans.length > 0 && { subVlans }),
    ...(role === 'standby' && STANDBY),
    addresses: fixedAddresses(port),
    ...(port.portSecurityEnabled && { sources: allowedSources(port) }),
    isContested: isContested(world, chassis, network.id),
  };
}

function remotePort(world: World, chassis: ChassisRecord, portId: string): RemotePort | undefined {
  const up = portThatIsUp(world, portId);
  const home = world.placement.home(portId);
  if (!up || home === undefined || home === chassis.id) return undefined;
  const { port, network } = up;
  const type = tunnelTypeOf(network.type);
  const peerKey = type && peerKeyOf(chassis, world.chassis.get(home), type);
  if (peerKey === undefined || network.segmentationId === null) return undefined;
  if (!world.placement.hosts(network.id).has(chassis.id)) return undefined;
  return {
    kind: 'remotePort',
    key: port.key,
    network: network.key,
    mac: macNumber(port.macAddress),
    peer: peerKey,
    tunnelKey: network.segmentationId,
    addresses: fixedAddresses(port),
    isGuarded: port.portSecurityEnabled,
    isContested: isContested(world, chassis, network.id),
  };
}

function segment(world: World, chassis: ChassisRecord, networkId: string): Segment | undefined {
  const network = world.networks.get(networkId);
  const hosts = world.placement.hosts(networkId);
  const here = hosts.get(chassis.id);
  if (!network?.adminStateUp || !here) return undefined;
  const ports: number[] = [];
  for (const id of here) {
    const port = world.ports.get(id);
    if (port?.adminStateUp && world.placement.home(id) === chassis.id) ports.push(port.key);
  }
  const sharedMacs = world.pairs.macsOf(networkId);
  const base = {
    kind: 'segment',
    key: network.key,
    ports: ports.sort(ascending),
    ...(sharedMacs.length > 0 && { sharedMacs }),
    ...(carriesTags(network) && TRANSPARENT),
  } as const;
  const type = tunnelTypeOf(network.type);
  const ofport = type && chassis.tunnelPorts[type];
  if (!type || ofport === undefined || network.segmentationId === null) {
    const wire = wireOf(chassis, network);
    return { ...base, peers: [], ...(wire && { wire }) };
  }
  const peers: number[] = [];
  for (const id of hosts.keys()) {
    const key = id === chassis.id ? undefined : peerKeyOf(chassis, world.chassis.get(id), type);
    if (key !== undefined) peers.push(key);
  }
  return { ...base, peers: peers.sort(ascending), tunnel: { key: network.segmentationId, ofport } };
}

/** How a network gets onto its physical network from here, if it has one that is patched. */
function wireOf(chassis: ChassisRecord, network: NetworkRecord): Segment['wire'] {
  const { physicalNetwork, segmentationId: vlan, qinq } = network;
  const physical = chassis.physicalNetworks.find(({ name }) => name === physicalNetwork);
  if (physical === undefined || physical.ofport === null) return undefined;
  const { key, ofport } = physical;
  if (vlan === null) return { key, ofport };
  return { key, ofport, tag: { vlan, ethType: qinq ? SERVICE_TAG : CUSTOMER_TAG } };
}

const TRANSPARENT = { transparent: true } as const;
const STANDBY = { standby: true } as const;

/** Whether guests' own VLAN tags cross the network. */
function carriesTags({ vlanTransparent, qinq }: NetworkRecord): boolean {
  return vlanTransparent || qinq;
}

function peer(world: World, chassis: ChassisRecord, otherId: string, type: TunnelType): Peer | undefined {
  const other = world.chassis.get(otherId);
  const ends = other && tunnelEnds(chassis, other);
  const key = other?.peerKeys[type];
  const ofport = chassis.tunnelPorts[type];
  if (!ends || key === undefined || ofport === undefined || otherId === chassis.id) return undefined;
  const theirs = world.placement.networksAt(otherId);
  for (const id of world.placement.networksAt(chassis.id)) {
    if (theirs.has(id) && world.networks.get(id)?.type === type) {
      return { kind: 'peer', key, ...ends, ofport };
    }
  }
  return undefined;
}

function tunnelPort(chassis: ChassisRecord, type: TunnelType): TunnelPort | undefined {
  const ofport = chassis.tunnelPorts[type];
  return ofport === undefined ? undefined : { kind: 'tunnelPort', key: ofport };
}

function physicalPort(chassis: ChassisRecord, name: string): PhysicalPort | undefined {
  const physical = chassis.physicalNetworks.find((each) => each.name === name);
  if (physical === undefined || physical.ofport === null) return undefined;
  return { kind: 'physicalPort', key: physical.key, ofport: physical.ofport };
}

function broadcastLimit(world: World, chassis: ChassisRecord, portId: string): BroadcastLimit | undefined {
  const port = wiredPort(world, chassis, portId)?.port;
  const limit = port && broadcastLimitOf(port, world.broadcastLimit);
  return limit && { kind: 'broadcastLimit', key: port.key, ...limit };
}

/** True when a port of the network that is wired on the chassis may claim ranges of addresses. */
function isContested({ pairs, placement }: World, chassis: ChassisRecord, networkId: string): boolean {
  for (const portId of pairs.rangersOf(networkId)) if (placement.roleAt(portId, chassis.id)) return true;
  return false;
}

/** The key by which a chassis reaches another in tunnels of a type; nothing when it does not. */
function peerKeyOf(
  chassis: ChassisRecord,
  other: ChassisRecord | undefined,
  type: TunnelType,
): number | undefined {
  return other && tunnelEnds(chassis, other) ? other.peerKeys[type] : undefined;
}

function ascending(a: number, b: number): number {
  return a - b;
}
