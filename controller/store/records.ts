/** What the store holds: one type per collection. Plain JSON values; times are ISO 8601 UTC strings. */

/** Network types that cross the fabric in a tunnel; also the OVS interface type of their tunnel port. */
export const TUNNEL_TYPES = ['vxlan', 'gre', 'geneve'] as const;
export type TunnelType = (typeof TUNNEL_TYPES)[number];
/** How a hypervisor's switch keeps the state of connections: in flows that it learns, or in its datapath's conntrack. */
export const FIREWALLS = ['learn', 'conntrack'] as const;
export type Firewall = (typeof FIREWALLS)[number];
export type NetworkType = 'local' | 'flat' | 'vlan' | TunnelType;

/** What everything has that a project owns and the Neutron API shows. */
export interface OwnedRecord {
  readonly id: string;
  /** Null only of a rule that came with its security group. */
  readonly description: string | null;
  readonly projectId: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** Neutron's revision_number: counts up with each change of this resource. */
  readonly revisionNumber: number;
}

/** The same of what has a name, which is all but the rules of security groups. */
export interface ResourceRecord extends OwnedRecord {
  readonly name: string;
  readonly description: string;
  /** Ascending, without duplicates. */
  readonly tags: readonly string[];
}

export interface NetworkRecord extends ResourceRecord {
  /** The network's number in the pipeline (register), allocated once. */
  readonly key: number;
  readonly adminStateUp: boolean;
  readonly shared: boolean;
  readonly external: boolean;
  readonly portSecurityEnabled: boolean;
  /** Bytes. */
  readonly mtu: number;
  readonly type: NetworkType;
  readonly physicalNetwork: string | null;
  /** VLAN id, VNI or GRE key; null for local and flat. */
  readonly segmentationId: number | null;
  /** Whether guests' own VLAN tags are carried unchanged. */
  readonly vlanTransparent: boolean;
  /** Whether the provider network's tag is a service tag (IEEE 802.1ad) and guests' own tags are carried below it. */
  readonly qinq: boolean;
}

export interface SubnetRecord extends ResourceRecord {
  readonly networkId: string;
  readonly ipVersion: 4 | 6;
  readonly cidr: string;
  readonly gatewayIp: string | null;
  readonly enableDhcp: boolean;
  readonly allocationPools: readonly { readonly start: string; readonly end: string }[];
  readonly dnsNameservers: readonly string[];
  readonly hostRoutes: readonly { readonly destination: string; readonly nexthop: string }[];
  readonly ipv6RaMode: string | null;
  readonly ipv6AddressMode: string | null;
}

export type PortStatus = 'ACTIVE' | 'DOWN' | 'BUILD';

/** A hypervisor on which a port may be plugged besides the one it is bound to, while its VM migrates (Neutron: an INACTIVE binding). */
export interface InactiveBinding {
  readonly hostId: string;
  readonly vnicType: string;
  readonly profile: Readonly<Record<string, unknown>>;
  /** Whether it was the active one, and what it was bound to has been given up. */
  readonly isGivenUp?: boolean;
}

export interface PortRecord extends ResourceRecord {
  /** The logical port's number in the pipeline (register), allocated once. */
  readonly key: number;
  readonly networkId: string;
  /** Lower case, colons. Unique in its network. */
  readonly macAddress: string;
  readonly fixedIps: readonly { readonly subnetId: string; readonly ipAddress: string }[];
  readonly allowedAddressPairs: readonly { readonly macAddress: string; readonly ipAddress: string }[];
  readonly adminStateUp: boolean;
  readonly status: PortStatus;
  /** The hypervisor on which it was ACTIVE last. Absent: on none, since this is kept. */
  readonly lastHome?: string;
  readonly deviceId: string;
  readonly deviceOwner: string;
  /** binding:host_id: hostname or system-id of the hypervisor that may plug the port; '' admits any. */
  readonly hostId: string;
  readonly vnicType: string;
  readonly bindingProfile: Readonly<Record<string, unknown>>;
  /** Whether the hypervisor that hostId names took no new ports when it was named: then the port has no home. Absent: it did. */
  readonly isBindingRefused?: boolean;
  /** One a host, in the order in which they were made. */
  readonly inactiveBindings: readonly InactiveBinding[];
  /** Ids of security groups, ascending; empty without port security. */
  readonly securityGroupIds: readonly string[];
  readonly portSecurityEnabled: boolean;
  /** Whether Neutron chose addresses for the port, or its creator wanted none. */
  readonly ipAllocation: 'immediate' | 'none';
  /** Extra DHCP options as the tenant gave them; `ipVersion` says for which DHCP. */
  readonly extraDhcpOpts: readonly {
    readonly name: string;
    readonly value: string;
    readonly ipVersion: 4 | 6;
  }[];
}

export interface SecurityGroupRecord extends ResourceRecord {
  /** The group's number in the pipeline, allocated once. */
  readonly key: number;
  readonly stateful: boolean;
  /** Whether it is its project's group `default`, which ports get that name none. */
  readonly isDefault: boolean;
}

/** Which packets a security group admits. Null means any. */
export interface SecurityGroupRuleRecord extends OwnedRecord {
  /** The rule's number in the pipeline, allocated once. */
  readonly key: number;
  readonly securityGroupId: string;
  readonly direction: 'ingress' | 'egress';
  readonly ethertype: 'IPv4' | 'IPv6';
  /** Neutron's name of the protocol, or its number as the tenant wrote it. */
  readonly protocol: string | null;
  /** First port; the type of ICMP and ICMPv6. */
  readonly portRangeMin: number | null;
  /** Last port; the code of ICMP and ICMPv6. */
  readonly portRangeMax: number | null;
  /** As the tenant wrote it, host bits kept; /32 and /128 are added to bare addresses. */
  readonly remoteIpPrefix: string | null;
  readonly remoteGroupId: string | null;
}

/** A set of security groups that ports with port security have, exactly; ports with the same set share it. */
export interface PolicyRecord {
  /** Its key, in decimal. */
  readonly id: string;
  /** The set's number in the pipeline, allocated once and given up with the last port that has the set. */
  readonly key: number;
  /** Ascending. Empty for ports whose owner took all groups from them. */
  readonly securityGroupIds: readonly string[];
}

export type TrunkStatus = 'ACTIVE' | 'DOWN' | 'BUILD' | 'DEGRADED' | 'ERROR';

/** A port whose packets carry a VLAN tag on the trunk's parent port. */
export interface SubPort {
  readonly portId: string;
  readonly segmentationType: 'vlan';
  /** VLAN id, 1–4094. */
  readonly segmentationId: number;
}

/** A port of a VLAN-aware VM: untagged packets are the parent's, tagged ones those of its subports. */
export interface TrunkRecord extends ResourceRecord {
  /** The parent port. */
  readonly portId: string;
  readonly adminStateUp: boolean;
  readonly status: TrunkStatus;
  /** Why it is DEGRADED or in ERROR, a sentence for each port concerned. */
  readonly problems: readonly { readonly portId: string; readonly reason: string }[];
  /** In the order in which they were added. */
  readonly subPorts: readonly SubPort[];
}

/** Resources whose number in a project is limited, as the quota API names them. */
export const QUOTA_RESOURCES = [
  'network',
  'subnet',
  'port',
  'security_group',
  'security_group_rule',
  'trunk',
] as const;
export type QuotaResource = (typeof QUOTA_RESOURCES)[number];

/** A project's own limits, where they differ from the defaults. */
export interface QuotaRecord {
  /** The project. */
  readonly id: string;
  /** How many it may have; -1 is without limit. */
  readonly limits: Readonly<Partial<Record<QuotaResource, number>>>;
}

/** A physical network as one hypervisor reaches it: through a provider bridge of the operator's. */
export interface PhysicalNetwork {
  readonly name: string;
  /** The provider bridge. */
  readonly bridge: string;
  /** OpenFlow port number, on our bridge, of the patch to it; null until OVS has given it one. */
  readonly ofport: number | null;
  /** Egress key of the physical network on this hypervisor; allocated once. */
  readonly key: number;
}

/**
 * A hypervisor as its OVSDB last described it. It is stored so that a restarted controller knows where every
 * port was before the switches come back, and so changes no flow.
 */
export interface ChassisRecord {
  /** external_ids:system-id. */
  readonly id: string;
  readonly hostname: string;
  /**
   * external_ids:tenantflow-encap-ip, at least one: the addresses of its tunnel ends. Others send to the first of a family
   * that both have, and take what comes from any. IPv6 as in RFC 5952.
   */
  readonly encapIps: readonly string[];
  readonly encapTypes: readonly TunnelType[];
  /** The integration bridge's name and OpenFlow datapath id (16 hex digits; '' until OVS reports it). */
  readonly bridge: string;
  readonly datapathId: string;
  readonly datapathType: 'netdev' | 'system';
  /** external_ids:tenantflow-firewall. */
  readonly firewall: Firewall;
  /** From external_ids:tenantflow-vhostuser-dir: where the vhost-user sockets of VMs are. Absent: VMs have taps. */
  readonly vhostUserDir?: string;
  /** Neutron's admin_state_up of an agent: false keeps new ports from being bound here. */
  readonly adminStateUp: boolean;
  /** What the operator says of it; absent: nothing. */
  readonly description?: string | null;
  /** When it first joined; absent of those that joined before this was kept. */
  readonly createdAt?: string;
  /** Egress key of this chassis as a tunnel peer, per tunnel type; allocated once. */
  readonly peerKeys: Readonly<Partial<Record<TunnelType, number>>>;
  /** OpenFlow port number of this chassis' own tunnel port, per type, once OVS has given it one. */
  readonly tunnelPorts: Readonly<Partial<Record<TunnelType, number>>>;
  /** From external_ids:tenantflow-bridge-mappings, in its order. */
  readonly physicalNetworks: readonly PhysicalNetwork[];
}

/**
 * Uuids of rows of the hypervisor's database. An interface that is deleted and made again has another one; when all are
 * others, the bridge's too, the database was restored from a backup (`ovsdb-client restore`), and nothing was plugged anew.
 */
export interface VifRows {
  readonly bridge: string;
  readonly interface: string;
}

/** An interface on a hypervisor's integration bridge that carries external_ids:iface-id and has an OpenFlow port number. */
export interface VifRecord {
  /** `chassis id/port id`: `vifId` makes it. */
  readonly id: string;
  readonly chassisId: string;
  /** external_ids:iface-id: the Neutron port id, whether such a port exists or not. */
  readonly portId: string;
  /** Interface name. */
  readonly name: string;
  readonly ofport: number;
  /**
   * Counts up over all VIFs as they appear: of several hypervisors that plug one port, the newest claim counts.
   * Kept while the VIF stays, also when its ofport changes; another one when it was deleted and made again unseen.
   */
  readonly claim: number;
  /** Absent of those that appeared before this was kept. */
  readonly rows?: VifRows;
}

/**
 * What a hypervisor's switch remembered of connections is lost, all of it or that of one port that has come there: until then
 * it takes up running TCP sessions.
 */
export interface RecoveryRecord {
  /** The hypervisor's id, or `chassis id/port id`. */
  readonly id: string;
  readonly chassisId: string;
  /** Null: the whole switch. */
  readonly portId: string | null;
  readonly endsAt: string;
}

/** The id of a VIF. Neither part has a slash: the inventory takes no other names from the network. */
export function vifId(chassisId: string, portId: string): string {
  return `${chassisId}/${portId}`;
}
