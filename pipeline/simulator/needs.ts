import { ETHERTYPE, FIELDS, type FieldName, type FieldNeed, PROTOCOL, VLAN_PRESENT } from 'openflow-codec';
import { CUSTOMER_TAG, SERVICE_TAG } from '../vlan.ts';
import { AT } from './layout.ts';

/** Ethertypes and IP protocols that decide which fields a packet has (RFC 3376, 4: IGMP). */
export const ETH = { ...ETHERTYPE, vlan: CUSTOMER_TAG, qinq: SERVICE_TAG } as const;
export const IP = { ...PROTOCOL, igmp: 2 } as const;
/** Bits of ip_frag: any fragment, and one that is not the first. */
export const FRAG = { any: 1, later: 2 } as const;
const ND = { solicit: 135, advert: 136 } as const;

type Test = (words: Uint32Array) => boolean;

const ethType = (words: Uint32Array) => words[AT.ethType] ?? 0;
export const isIp: Test = (words) => ethType(words) === ETH.ipv4 || ethType(words) === ETH.ipv6;
const hasProtocol = (words: Uint32Array, protocol: number) => isIp(words) && words[AT.nwProto] === protocol;
const isLater: Test = (words) => ((words[AT.nwFrag] ?? 0) & FRAG.later) !== 0;
export const isIcmp: Test = (words) => ethType(words) === ETH.ipv4 && words[AT.nwProto] === IP.icmp;
export const isIcmpv6: Test = (words) => ethType(words) === ETH.ipv6 && words[AT.nwProto] === IP.icmpv6;
const isNd: Test = (words) =>
  isIcmpv6(words) &&
  words[AT.tpDst] === 0 &&
  (words[AT.tpSrc] === ND.solicit || words[AT.tpSrc] === ND.advert);

/** What must be so for a packet to have a field (mf_are_prereqs_ok, lib/meta-flow.c). */
const TESTS: Readonly<Record<FieldNeed, Test>> = {
  vlan: (words) => ((words[AT.tci] ?? 0) & VLAN_PRESENT) !== 0,
  ipv4: (words) => ethType(words) === ETH.ipv4,
  ipv6: (words) => ethType(words) === ETH.ipv6,
  ip: isIp,
  arp: (words) => ethType(words) === ETH.arp || ethType(words) === ETH.rarp,
  tcp: (words) => hasProtocol(words, IP.tcp) && !isLater(words),
  udp: (words) => hasProtocol(words, IP.udp) && !isLater(words),
  sctp: (words) => hasProtocol(words, IP.sctp) && !isLater(words),
  icmp: isIcmp,
  icmpv6: isIcmpv6,
  nd: isNd,
  ndSolicit: (words) => isNd(words) && words[AT.tpSrc] === ND.solicit,
  ndAdvert: (words) => isNd(words) && words[AT.tpSrc] === ND.advert,
  mpls: () => false,
  ct: () => false,
  nsh: () => false,
  pbb: () => false,
};

const ALWAYS: Test = () => true;

/** Tells whether a packet has the field: a set_field of one that it lacks does nothing. */
export function presenceOf(field: FieldName): Test {
  const { needs } = FIELDS[field];
  return needs === undefined ? ALWAYS : TESTS[needs];
}
