/**
 * The facts that apps compile: one row says everything about one thing on one switch. Keys are the small integers
 * of the store. The model (controller/model) writes these rows; apps only read them.
 */

/** An IP address as a number of 32 or 128 bits. */
export interface Address {
  readonly version: 4 | 6;
  readonly bits: bigint;
}

/** All addresses with the same first bits: one alone when the prefix is as long as an address. */
export interface AddressRange extends Address {
  /** Bits. */
  readonly prefix: number;
}

/** What a port may say of itself: this MAC address together with these IP addresses. */
export interface Source extends AddressRange {
  /** 48 bits. */
  readonly mac: bigint;
}

/** A logical port that is plugged into this switch and administratively up. */
export interface LocalPort {
  readonly kind: 'localPort';
  /** Key of the logical port. */
  readonly key: number;
  readonly network: number;
  /** 48 bits. */
  readonly mac: bigint;
  /** OpenFlow port number of its interface, which a subport shares with its trunk's parent. */
  readonly ofport: number;
  /** VLAN id, 1–4094, that a subport's packets wear on that interface; absent when packets are untagged. */
  readonly vlan?: number;
  /** Present when its network carries guests' own VLAN tags unchanged. */
  readonly transparent?: true;
  /** Present while its VM is about to come here, or has left: it may send here, and packets for it go elsewhere. */
  readonly standby?: true;
  /** Its fixed addresses. */
  readonly addresses: readonly Address[];
  /** All that it may send from, its fixed addresses among them; absent when it may send anything. */
  readonly sources?: readonly Source[];
  /** True when some port of its network here may claim whole ranges of addresses. */
  readonly isContested: boolean;
}

/** A logical port of a network that is present here, plugged into another hypervisor. */
export interface RemotePort {
  readonly kind: 'remotePort';
  /** Key of the logical port. */
  readonly key: number;
  readonly network: number;
  readonly mac: bigint;
  /** Key of the peer that reaches its hypervisor. */
  readonly peer: number;
  /** The network's VNI or GRE key. */
  readonly tunnelKey: number;
  /** Its fixed addresses. */
  readonly addresses: readonly Address[];
  /** Whether its port security is on. */
  readonly isGuarded: boolean;
  /** True when some port of its network here may claim whole ranges of addresses. */
  readonly isContested: boolean;
}

/** A network that is present here, and who gets its broadcasts. */
export interface Segment {
  readonly kind: 'segment';
  /** Key of the network. */
  readonly key: number;
  /** Keys of the logical ports plugged in here, ascending. */
  readonly ports: readonly number[];
  /** Keys of the peers that host the network, ascending; none on a network without a tunnel. */
  readonly peers: readonly number[];
  /** MAC addresses that ports may have besides their own, and may share or hand on, ascending; absent when there are none. */
  readonly sharedMacs?: readonly bigint[];
  /** How its packets cross the fabric; absent when they don't. */
  readonly tunnel?: {
    readonly key: number;
    /** OpenFlow port number of this switch's tunnel port of the network's type. */
    readonly ofport: number;
  };
  /** How its packets get onto a physical network; absent when they don't. */
  readonly wire?: {
    /** Egress key of the physical network on this switch. */
    readonly key: number;
    /** OpenFlow port number of the patch to it. */
    readonly ofport: number;
    /** VLAN id, 1–4094, that they wear there, and the Ethertype of that tag; absent on a flat network. */
    readonly tag?: { readonly vlan: number; readonly ethType: number };
  };
  /** Present when it carries guests' own VLAN tags unchanged. */
  readonly transparent?: true;
}

/** Another hypervisor, by one type of tunnel: the one place that knows its addresses. */
export interface Peer {
  readonly kind: 'peer';
  /** Key of the peer: it shares the egress key space with logical ports. */
  readonly key: number;
  /** The tunnel end that packets for it are sent to. */
  readonly address: Address;
  /** All its tunnel ends: packets from it come from any of them. */
  readonly sources: readonly Address[];
  /** This switch's own tunnel end, where it has several; else its tunnel port knows. */
  readonly local?: Address;
  /** OpenFlow port number of this switch's tunnel port of that type. */
  readonly ofport: number;
}

/** One of this switch's own tunnel ports. */
export interface TunnelPort {
  readonly kind: 'tunnelPort';
  /** OpenFlow port number. */
  readonly key: number;
}

/** A physical network that this switch is patched to. */
export interface PhysicalPort {
  readonly kind: 'physicalPort';
  /** Egress key of the physical network on this switch: it shares the egress key space with logical ports. */
  readonly key: number;
  /** OpenFlow port number of the patch. */
  readonly ofport: number;
}

export interface Facts {
  readonly localPort: LocalPort;
  readonly remotePort: RemotePort;
  readonly segment: Segment;
  readonly peer: Peer;
  readonly tunnelPort: TunnelPort;
  readonly physicalPort: PhysicalPort;
}
export type AnyFact = Facts[keyof Facts];

/** Numbers of the kinds in cookies (1–255). Never change one: every switch's flows would be rewritten. */
export const FACT_KINDS = {
  localPort: 1,
  remotePort: 2,
  segment: 3,
  peer: 4,
  tunnelPort: 5,
  physicalPort: 6,
} as const satisfies Record<keyof Facts, number>;
