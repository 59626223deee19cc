/** A set of IP addresses that share their first bits. */
export interface Prefix {
  readonly version: 4 | 6;
  /** 32 or 128 bits. */
  readonly bits: bigint;
  /** How many bits they share. */
  readonly length: number;
}

/** One rule of a security group, in the terms of Neutron's API; what is absent is any. */
export interface Rule {
  readonly direction: 'in' | 'out';
  readonly version: 4 | 6;
  /** IP protocol number. */
  readonly protocol?: number;
  /** How the protocol was written: a name of Neutron's, or the number. */
  readonly protocolText?: string;
  /** Destination ports, both ends included. */
  readonly ports?: { readonly first: number; readonly last: number };
  readonly icmp?: { readonly type: number; readonly code?: number };
  /** Who may be at the other end: addresses, or the members of a group. */
  readonly remote?: Prefix | { readonly group: string };
}

/** Names that Neutron's API takes for protocols, and their numbers (IANA, Assigned Internet Protocol Numbers). */
export const PROTOCOLS: Readonly<Record<string, number>> = {
  ah: 51,
  dccp: 33,
  egp: 8,
  esp: 50,
  gre: 47,
  icmp: 1,
  icmpv6: 58,
  igmp: 2,
  ipip: 4,
  'ipv6-encap': 41,
  'ipv6-frag': 44,
  'ipv6-icmp': 58,
  'ipv6-nonxt': 59,
  'ipv6-opts': 60,
  'ipv6-route': 43,
  ospf: 89,
  pgm: 113,
  rsvp: 46,
  sctp: 132,
  tcp: 6,
  udp: 17,
  udplite: 136,
  vrrp: 112,
};

/** Whether an address is one of the prefix's. */
export function isIn({ version, bits, length }: Prefix, address: bigint): boolean {
  const below = BigInt((version === 4 ? 32 : 128) - length);
  return address >> below === bits >> below;
}
