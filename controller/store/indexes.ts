import { agentId } from './agent-id.ts';
import type { CollectionName, Collections } from './store.ts';

/**
 * The secondary indexes of the store: for each, the keys under which a value is found. They are derived in
 * memory and never written, so adding one is one line and needs no migration.
 */
const INDEXES = {
  networks: {
    /** `type/physical network/segmentation id`; networks of type local have no segment. */
    segment: (network) =>
      network.type === 'local'
        ? []
        : [segmentKey(network.type, network.physicalNetwork, network.segmentationId)],
    project: (network) => [network.projectId],
  },
  subnets: { network: (subnet) => [subnet.networkId], project: (subnet) => [subnet.projectId] },
  ports: {
    project: (port) => [port.projectId],
    network: (port) => [port.networkId],
    subnet: (port) => [...new Set(port.fixedIps.map((ip) => ip.subnetId))],
    /** `network id/MAC address`. */
    mac: (port) => [`${port.networkId}/${port.macAddress}`],
    /** `subnet id/IP address`. */
    address: (port) => port.fixedIps.map((ip) => `${ip.subnetId}/${ip.ipAddress}`),
    device: (port) => (port.deviceId === '' ? [] : [port.deviceId]),
    /** binding:host_id. */
    host: (port) => (port.hostId === '' ? [] : [port.hostId]),
    securityGroup: (port) => port.securityGroupIds,
    /** Its set of groups, as a policy has it; none without port security. */
    groupSet: (port) => (port.portSecurityEnabled ? [groupSetKey(port)] : []),
  },
  trunks: {
    project: (trunk) => [trunk.projectId],
    /** Its parent port. */
    port: (trunk) => [trunk.portId],
    subPort: (trunk) => trunk.subPorts.map(({ portId }) => portId),
  },
  securityGroups: {
    project: (group) => [group.projectId],
    /** The project of which it is the default group. */
    default: (group) => (group.isDefault ? [group.projectId] : []),
  },
  securityGroupRules: {
    project: (rule) => [rule.projectId],
    group: (rule) => [rule.securityGroupId],
    remoteGroup: (rule) => (rule.remoteGroupId === null ? [] : [rule.remoteGroupId]),
  },
  policies: {
    groupSet: (policy) => [groupSetKey(policy)],
    securityGroup: (policy) => policy.securityGroupIds,
  },
  chassis: {
    /** Both names that a port's binding:host_id may call a hypervisor by. */
    host: (chassis) => [...new Set([chassis.id, chassis.hostname])],
    encapIp: (chassis) => chassis.encapIps,
    /** Its id as a Neutron agent. */
    agent: (chassis) => [agentId(chassis.id)],
  },
  vifs: { chassis: (vif) => [vif.chassisId], port: (vif) => [vif.portId] },
} satisfies { [C in CollectionName]?: Record<string, KeysOf<Collections[C]>> };

/** Collections that have at least one index. */
export type IndexedCollection = keyof typeof INDEXES;
export type IndexName<C extends IndexedCollection> = keyof (typeof INDEXES)[C] & string;
/** The keys of one value in one index. */
export type KeysOf<V> = (value: V) => readonly string[];

/** Key of the `segment` index of networks. */
export function segmentKey(
  type: string,
  physicalNetwork: string | null,
  segmentationId: number | null,
): string {
  return `${type}/${physicalNetwork ?? ''}/${segmentationId ?? ''}`;
}

/** Key of the `groupSet` indexes: equal for equal sets of groups. */
export function groupSetKey({ securityGroupIds }: { readonly securityGroupIds: readonly string[] }): string {
  return securityGroupIds.join(' ');
}

/** The indexes of any collection, also of one that has none. */
export function indexesOf(collection: string): Readonly<Record<string, KeysOf<never>>> {
  const all: Readonly<Record<string, Readonly<Record<string, KeysOf<never>>>>> = INDEXES;
  return all[collection] ?? {};
}
