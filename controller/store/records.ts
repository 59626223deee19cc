/** What the store holds: one type per collection. Plain JSON values; times are ISO 8601 UTC strings. */

/** Network types that cross the fabric in a tunnel; also the OVS interface type of their tunnel port. */
export const TUNNEL_TYPES = ['vxlan', 'gre', 'geneve'] as const;
export type TunnelType = (typeof TUNNEL_TYPES)[number];
export type NetworkType = 'local' | 'flat' | 'vlan' | TunnelType;

/** Attributes that every Neutron resource has. */
export interface ResourceRecord {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly projectId: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** Neutron's revision_number: counts up with each change of this resource. */
  readonly revisionNumber: number;
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
  readonly deviceId: string;
  readonly deviceOwner: string;
  /** binding:host_id: hostname or system-id of the hypervisor that may plug the port; '' admits any. */
  readonly hostId: string;
  readonly vnicType: string;
  readonly bindingProfile: Readonly<Record<string, unknown>>;
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

/**
 * A hypervisor as its OVSDB last described it. It is stored so that a restarted controller knows where every
 * port was before the switches come back, and so changes no flow.
 */
export interface ChassisRecord {
  /** external_ids:system-id. */
  readonly id: string;
  readonly hostname: string;
  /** external_ids:tenantflow-encap-ip: the address other hypervisors send tunnels to. */
  readonly encapIp: string;
  readonly encapTypes: readonly TunnelType[];
  /** The integration bridge's name and OpenFlow datapath id (16 hex digits; '' until OVS reports it). */
  readonly bridge: string;
  readonly datapathId: string;
  readonly datapathType: 'netdev' | 'system';
  /** Egress key of this chassis as a tunnel peer, per tunnel type; allocated once. */
  readonly peerKeys: Readonly<Partial<Record<TunnelType, number>>>;
  /** OpenFlow port number of this chassis' own tunnel port, per type, once OVS has given it one. */
  readonly tunnelPorts: Readonly<Partial<Record<TunnelType, number>>>;
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
   * Kept while the VIF stays, also when its ofport changes.
   */
  readonly claim: number;
}

/** The id of a VIF. Neither part has a slash: the inventory takes no other names from the network. */
export function vifId(chassisId: string, portId: string): string {
  return `${chassisId}/${portId}`;
}
