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
  /** VLAN ids of its trunk's subports, ascending, where its own network would carry them, too: that is kept off them. */
  readonly subVlans?: readonly number[];
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

/** How the firewall of this switch works; its key is 1. Without this fact nothing is filtered there. */
export interface Firewall {
  readonly kind: 'firewall';
  readonly key: number;
  readonly backend: Memory['backend'];
  /** Present while connections that the switch had remembered are known to be lost: any packet opens one then. */
  readonly recovering?: true;
}

/** A local port with port security, and which policy its security groups make. */
export interface FirewallPort {
  readonly kind: 'firewallPort';
  /** Key of the logical port. */
  readonly key: number;
  /** Key of its policy. */
  readonly policy: number;
  readonly memory: Memory;
  /** Number of the time that its interface appeared, 1–4294967295: with another one what is remembered is of a former guest. */
  readonly plug: number;
  /** Present while the port has just come from where its connections were remembered: any packet opens one then. */
  readonly recovering?: true;
}

/** How a port's connections are remembered: `backend` is that of the switch. */
export type Memory = LearnMemory | ConntrackMemory;

/** By flows that the switch learns. */
export interface LearnMemory {
  readonly backend: 'learn';
  /** Seconds without a reply until a connection is forgotten, 11–65535: more than the 10 of the datapath's own cache. */
  readonly timeouts: {
    readonly tcp: number;
    /** After a FIN or RST. */
    readonly tcpClosing: number;
    /** UDP, ICMP and all else; also how long fragments and errors of a connection are remembered. */
    readonly other: number;
  };
}

/** By the datapath's connection tracking. */
export interface ConntrackMemory {
  readonly backend: 'conntrack';
  /** 1–65535: of this port alone, subports too, as far as there are numbers. */
  readonly zone: number;
}

/** What one exact set of security groups allows; the ports with that set share it. */
export interface Policy {
  readonly kind: 'policy';
  readonly key: number;
  /** No two of them equal; in any order that follows from the rules alone. */
  readonly rules: readonly PolicyRule[];
}

export type Direction = 'ingress' | 'egress';

/** One security group rule: it admits packets in its direction that are all it says. */
export interface PolicyRule {
  /** As the guest sees it. */
  readonly direction: Direction;
  readonly version: 4 | 6;
  /** Number of an IP protocol, 0–255; any when absent. ICMP is 1 in IPv4 and 58 in IPv6. */
  readonly protocol?: number;
  /** Destination ports, both inclusive. Only TCP (6), UDP (17) and SCTP (132) have any that a switch sees. */
  readonly ports?: { readonly first: number; readonly last: number };
  readonly icmp?: { readonly type: number; readonly code?: number };
  /** Addresses of the other side: of `version`, or of the members of a security group, by its key. Any when absent. */
  readonly remote?: { readonly prefix: AddressRange } | { readonly group: number };
  /** Whether replies are admitted, too. */
  readonly stateful: boolean;
}

/** Tables in which a security group's members stand. */
export const GROUP_USES = ['ingressRules', 'egressRules', 'ingressMirror', 'egressMirror'] as const;
export type GroupUse = (typeof GROUP_USES)[number];

/** A security group that a policy on this switch names as remote. */
export interface RemoteGroup {
  readonly kind: 'remoteGroup';
  /** Key of the security group, 1–4294967295. */
  readonly key: number;
  /** What the policies here use it for (`groupUses`), in the order of GROUP_USES. */
  readonly uses: readonly GroupUse[];
}

/** Addresses of a port, anywhere in the cloud, that is a member of remote groups of this switch. */
export interface Member {
  readonly kind: 'member';
  /** Key of the logical port. */
  readonly key: number;
  /** No range twice on a switch: of two ports with one address, the lowest key has it, with the groups of both. */
  readonly addresses: readonly {
    readonly range: AddressRange;
    /** Keys of the groups that each use asks for, ascending; uses without one are absent. */
    readonly groups: { readonly [U in GroupUse]?: readonly number[] };
  }[];
}

/** How many broadcast and multicast packets a local port may send. */
export interface BroadcastLimit {
  readonly kind: 'broadcastLimit';
  /** Key of the logical port. */
  readonly key: number;
  /** Packets a second, and at once after a rest: 1–4294967295. */
  readonly rate: number;
  readonly burst: number;
}

/** The controller is to be shown some packets of what is denied to ports of this switch. */
export interface DenyLog {
  readonly kind: 'denyLog';
  readonly key: 0;
  /** Keys of the logical ports, ascending; absent: all of them. */
  readonly ports?: readonly number[];
  /** Of all of them: packets a second, and at once after a rest: 1–4294967295. */
  readonly rate: number;
  readonly burst: number;
}

export interface Facts {
  readonly localPort: LocalPort;
  readonly remotePort: RemotePort;
  readonly segment: Segment;
  readonly peer: Peer;
  readonly tunnelPort: TunnelPort;
  readonly physicalPort: PhysicalPort;
  readonly firewall: Firewall;
  readonly firewallPort: FirewallPort;
  readonly policy: Policy;
  readonly remoteGroup: RemoteGroup;
  readonly member: Member;
  readonly broadcastLimit: BroadcastLimit;
  readonly denyLog: DenyLog;
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
  firewall: 7,
  firewallPort: 8,
  policy: 9,
  remoteGroup: 10,
  member: 11,
  broadcastLimit: 12,
  denyLog: 13,
} as const satisfies Record<keyof Facts, number>;
