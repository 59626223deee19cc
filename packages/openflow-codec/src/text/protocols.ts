import type { FieldName } from '../fields.ts';

/** Ethernet types that have names in text (IEEE 802 numbers). */
export const ETHERTYPE = {
  ipv4: 0x0800,
  arp: 0x0806,
  rarp: 0x8035,
  ipv6: 0x86dd,
  mpls: 0x8847,
  mplsMulticast: 0x8848,
  nsh: 0x894f,
} as const;

/** IP protocols that have names in text (IANA). */
export const PROTOCOL = { icmp: 1, tcp: 6, udp: 17, icmpv6: 58, sctp: 132 } as const;

/** One shorthand of a match, such as `tcp`: an Ethernet type and a protocol. */
export interface Shorthand {
  readonly word: string;
  readonly ethertype: number;
  readonly protocol?: number;
}

/** The shorthands; the first one of a meaning is the one that is printed. */
export const SHORTHANDS: readonly Shorthand[] = [
  { word: 'ip', ethertype: ETHERTYPE.ipv4 },
  { word: 'ipv4', ethertype: ETHERTYPE.ipv4 },
  { word: 'ip4', ethertype: ETHERTYPE.ipv4 },
  { word: 'arp', ethertype: ETHERTYPE.arp },
  { word: 'icmp', ethertype: ETHERTYPE.ipv4, protocol: PROTOCOL.icmp },
  { word: 'tcp', ethertype: ETHERTYPE.ipv4, protocol: PROTOCOL.tcp },
  { word: 'udp', ethertype: ETHERTYPE.ipv4, protocol: PROTOCOL.udp },
  { word: 'sctp', ethertype: ETHERTYPE.ipv4, protocol: PROTOCOL.sctp },
  { word: 'ipv6', ethertype: ETHERTYPE.ipv6 },
  { word: 'ip6', ethertype: ETHERTYPE.ipv6 },
  { word: 'icmp6', ethertype: ETHERTYPE.ipv6, protocol: PROTOCOL.icmpv6 },
  { word: 'tcp6', ethertype: ETHERTYPE.ipv6, protocol: PROTOCOL.tcp },
  { word: 'udp6', ethertype: ETHERTYPE.ipv6, protocol: PROTOCOL.udp },
  { word: 'sctp6', ethertype: ETHERTYPE.ipv6, protocol: PROTOCOL.sctp },
  { word: 'rarp', ethertype: ETHERTYPE.rarp },
  { word: 'mpls', ethertype: ETHERTYPE.mpls },
  { word: 'mplsm', ethertype: ETHERTYPE.mplsMulticast },
];

/** Protocols that have a name over an Ethernet type, as `type/protocol`. */
export function protocolKey(ethertype: number | undefined, protocol: number | undefined): string {
  return `${ethertype}/${protocol}`;
}

/** Fields that are one in Open vSwitch, so that the name of any of them means the one that the protocol has. */
interface Family {
  readonly words: readonly FieldName[];
  readonly fields: ReadonlyMap<string, FieldName>;
}

const overIp = (protocol: number, field: FieldName): (readonly [string, FieldName])[] => [
  [protocolKey(ETHERTYPE.ipv4, protocol), field],
  [protocolKey(ETHERTYPE.ipv6, protocol), field],
];

const transport = (
  tcp: FieldName,
  udp: FieldName,
  sctp: FieldName,
  icmp: FieldName,
  icmpv6: FieldName,
): Family => ({
  words: [tcp, udp, sctp, icmp, icmpv6],
  fields: new Map([
    ...overIp(PROTOCOL.tcp, tcp),
    ...overIp(PROTOCOL.udp, udp),
    ...overIp(PROTOCOL.sctp, sctp),
    [protocolKey(ETHERTYPE.ipv4, PROTOCOL.icmp), icmp],
    [protocolKey(ETHERTYPE.ipv6, PROTOCOL.icmpv6), icmpv6],
  ]),
});

/** `tp_src` and its like: the field of the transport layer that a flow's protocol has. */
export const TRANSPORT = {
  source: transport('tcp_src', 'udp_src', 'sctp_src', 'icmp_type', 'icmpv6_type'),
  destination: transport('tcp_dst', 'udp_dst', 'sctp_dst', 'icmp_code', 'icmpv6_code'),
} as const;

/** `nw_src` and its like in matches of ARP and RARP. */
export const ARP_FIELDS: Readonly<Partial<Record<FieldName, FieldName>>> = {
  ip_src: 'arp_spa',
  ip_dst: 'arp_tpa',
  ip_proto: 'arp_op',
};
