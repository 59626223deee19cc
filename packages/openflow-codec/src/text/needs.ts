import { VLAN_PRESENT } from '../constants.ts';
import type { FieldNeed } from '../field.ts';
import type { FieldName } from '../fields.ts';
import type { FieldMatch } from '../match.ts';
import { ETHERTYPE, PROTOCOL } from './protocols.ts';

/** What a match says about the fields on which others depend; undefined where it leaves them open. */
export interface Facts {
  readonly ethertype: number | undefined;
  readonly protocol: number | undefined;
  readonly icmpv6Type: number | undefined;
  readonly hasVlan: boolean;
  readonly isTracked: boolean;
}

/** ICMPv6 types of neighbour discovery (RFC 4861, 4). */
const NEIGHBOUR = { solicit: 135, advert: 136 } as const;
const TRACKED = 0x20;
const PBB = 0x88e7;

const isIp = ({ ethertype }: Facts): boolean => ethertype === ETHERTYPE.ipv4 || ethertype === ETHERTYPE.ipv6;
const overIp =
  (protocol: number) =>
  (facts: Facts): boolean =>
    isIp(facts) && facts.protocol === protocol;
const isNeighbour =
  (...types: number[]) =>
  (facts: Facts): boolean =>
    NEEDS.icmpv6(facts) && facts.icmpv6Type !== undefined && types.includes(facts.icmpv6Type);

/** When a field of each need exists in a packet (ovs-fields(7), prerequisites). */
export const NEEDS: Readonly<Record<FieldNeed, (facts: Facts) => boolean>> = {
  vlan: ({ hasVlan }) => hasVlan,
  mpls: ({ ethertype }) => ethertype === ETHERTYPE.mpls || ethertype === ETHERTYPE.mplsMulticast,
  ipv4: ({ ethertype }) => ethertype === ETHERTYPE.ipv4,
  ipv6: ({ ethertype }) => ethertype === ETHERTYPE.ipv6,
  ip: isIp,
  arp: ({ ethertype }) => ethertype === ETHERTYPE.arp || ethertype === ETHERTYPE.rarp,
  tcp: overIp(PROTOCOL.tcp),
  udp: overIp(PROTOCOL.udp),
  sctp: overIp(PROTOCOL.sctp),
  icmp: ({ ethertype, protocol }) => ethertype === ETHERTYPE.ipv4 && protocol === PROTOCOL.icmp,
  icmpv6: ({ ethertype, protocol }) => ethertype === ETHERTYPE.ipv6 && protocol === PROTOCOL.icmpv6,
  nd: isNeighbour(NEIGHBOUR.solicit, NEIGHBOUR.advert),
  ndSolicit: isNeighbour(NEIGHBOUR.solicit),
  ndAdvert: isNeighbour(NEIGHBOUR.advert),
  ct: (facts) => isIp(facts) && facts.isTracked,
  nsh: ({ ethertype }) => ethertype === ETHERTYPE.nsh,
  pbb: ({ ethertype }) => ethertype === PBB,
};

/** What is needed, in the words of a match, for an error to say. */
export const NEED_WORDS: Readonly<Record<FieldNeed, string>> = {
  vlan: 'dl_vlan or vlan_tci',
  mpls: 'mpls or mplsm',
  ipv4: 'ip',
  ipv6: 'ipv6',
  ip: 'ip or ipv6',
  arp: 'arp or rarp',
  tcp: 'tcp or tcp6',
  udp: 'udp or udp6',
  sctp: 'sctp or sctp6',
  icmp: 'icmp',
  icmpv6: 'icmp6',
  nd: 'icmp6,icmp_type=135 or 136',
  ndSolicit: 'icmp6,icmp_type=135',
  ndAdvert: 'icmp6,icmp_type=136',
  ct: 'ip or ipv6, and ct_state=+trk',
  nsh: 'packet_type=(1,0x894f) or dl_type=0x894f',
  pbb: 'dl_type=0x88e7',
};

/** The facts that entries state by exact values. */
export function factsOf(entries: Iterable<FieldMatch>): Facts {
  const exact = new Map<FieldName, number>();
  let hasVlan = false;
  let isTracked = false;
  for (const { field, value, mask } of entries) {
    if (mask === undefined) exact.set(field, Number(value));
    const ones = Number(value) & Number(mask ?? value);
    if (field === 'vlan_vid' || field === 'vlan_tci') hasVlan ||= (ones & VLAN_PRESENT) !== 0;
    if (field === 'ct_state') isTracked = (ones & TRACKED) !== 0;
  }
  return {
    ethertype: exact.get('eth_type') ?? ethertypeOf(exact.get('packet_type')),
    protocol: exact.get('ip_proto'),
    icmpv6Type: exact.get('icmpv6_type'),
    hasVlan,
    isTracked,
  };
}

/** The Ethernet type in a packet type of that namespace (1). */
function ethertypeOf(packetType: number | undefined): number | undefined {
  return packetType !== undefined && packetType >>> 16 === 1 ? packetType & 0xffff : undefined;
}
