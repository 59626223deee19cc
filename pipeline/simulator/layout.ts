import { FIELDS, type FieldName, isFieldName } from 'openflow-codec';
import { SimulatorError } from './errors.ts';

/**
 * What Open vSwitch knows of a packet while it walks the tables (struct flow, lib/flow.h), as 32-bit words. Fields of
 * different protocols share words where they do there: ARP's addresses are IPv4's, an ICMP type is a source port.
 */
const WORDS = {
  tunId: 2,
  tunSrc: 1,
  tunDst: 1,
  tunIpv6Src: 4,
  tunIpv6Dst: 4,
  tunFlags: 1,
  tunGbpId: 1,
  tunGbpFlags: 1,
  metadata: 2,
  regs: 16,
  pktMark: 1,
  inPort: 1,
  actsetOutput: 1,
  conjId: 1,
  ctState: 1,
  ctZone: 1,
  ctMark: 1,
  ctLabel: 4,
  ethSrc: 2,
  ethDst: 2,
  ethType: 1,
  /** Of the outer VLAN tag: priority, present bit (0x1000) and VLAN id. */
  tci: 1,
  tpid: 1,
  /** Of a second tag, which only actions make: extraction stops after one (vlan-limit 1). */
  innerTci: 1,
  innerTpid: 1,
  nwSrc: 1,
  nwDst: 1,
  ipv6Src: 4,
  ipv6Dst: 4,
  ipv6Label: 1,
  nwFrag: 1,
  nwTos: 1,
  nwTtl: 1,
  nwProto: 1,
  ndTarget: 4,
  arpSha: 2,
  arpTha: 2,
  tcpFlags: 1,
  tpSrc: 1,
  tpDst: 1,
  ndReserved: 1,
} as const;
export type WordName = keyof typeof WORDS;

/** Index of the first word of each. */
export const AT = offsets();

/** Words in a key. */
export const WORD_COUNT = Object.values(WORDS).reduce((sum: number, count) => sum + count, 0);

function offsets(): Readonly<Record<WordName, number>> {
  let next = 0;
  const entries = Object.entries(WORDS).map(([name, count]) => {
    const at = next;
    next += count;
    return [name, at];
  });
  return Object.fromEntries(entries) as Record<WordName, number>;
}

/** Where a field's bits are: right-aligned in `count` words from `word` on, `shift` bits up when it is one word. */
export interface Place {
  readonly word: number;
  readonly count: number;
  readonly shift: number;
  /** Bits of the field that hold anything. */
  readonly ones: bigint;
}

function place(name: WordName, bits: number, shift = 0, ones = (1n << BigInt(bits)) - 1n, skip = 0): Place {
  return { word: AT[name] + skip, count: Math.ceil(bits / 32), shift, ones };
}

const FIXED: Readonly<Partial<Record<FieldName, Place>>> = {
  tun_id: place('tunId', 64),
  tun_src: place('tunSrc', 32),
  tun_dst: place('tunDst', 32),
  tun_ipv6_src: place('tunIpv6Src', 128),
  tun_ipv6_dst: place('tunIpv6Dst', 128),
  tun_flags: place('tunFlags', 16),
  tun_gbp_id: place('tunGbpId', 16),
  tun_gbp_flags: place('tunGbpFlags', 8),
  metadata: place('metadata', 64),
  pkt_mark: place('pktMark', 32),
  in_port: place('inPort', 32),
  actset_output: place('actsetOutput', 32),
  conj_id: place('conjId', 32),
  ct_state: place('ctState', 32),
  ct_zone: place('ctZone', 16),
  ct_mark: place('ctMark', 32),
  ct_label: place('ctLabel', 128),
  eth_src: place('ethSrc', 48),
  eth_dst: place('ethDst', 48),
  eth_type: place('ethType', 16),
  vlan_tci: place('tci', 16),
  vlan_vid: place('tci', 13),
  vlan_pcp: place('tci', 3, 13),
  ip_src: place('nwSrc', 32),
  ip_dst: place('nwDst', 32),
  arp_spa: place('nwSrc', 32),
  arp_tpa: place('nwDst', 32),
  ipv6_src: place('ipv6Src', 128),
  ipv6_dst: place('ipv6Dst', 128),
  ipv6_label: place('ipv6Label', 20),
  ip_frag: place('nwFrag', 2),
  ip_dscp: place('nwTos', 6, 2),
  ip_ecn: place('nwTos', 2),
  nw_tos: place('nwTos', 8, 0, 0xfcn),
  nw_ttl: place('nwTtl', 8),
  ip_proto: place('nwProto', 8),
  arp_op: place('nwProto', 8),
  nd_target: place('ndTarget', 128),
  arp_sha: place('arpSha', 48),
  arp_tha: place('arpTha', 48),
  nd_sll: place('arpSha', 48),
  nd_tll: place('arpTha', 48),
  tcp_flags: place('tcpFlags', 12),
  nd_options_type: place('tcpFlags', 8),
  nd_reserved: place('ndReserved', 32),
  tcp_src: place('tpSrc', 16),
  udp_src: place('tpSrc', 16),
  sctp_src: place('tpSrc', 16),
  icmp_type: place('tpSrc', 8),
  icmpv6_type: place('tpSrc', 8),
  tcp_dst: place('tpDst', 16),
  udp_dst: place('tpDst', 16),
  sctp_dst: place('tpDst', 16),
  icmp_code: place('tpDst', 8),
  icmpv6_code: place('tpDst', 8),
};

const PLACES: ReadonlyMap<string, Place> = new Map([...Object.entries(FIXED), ...registerPlaces()]);

/** reg0 to reg15, and the wide ones that span two or four of them. */
function registerPlaces(): [string, Place][] {
  return Object.keys(FIELDS).flatMap((name): [string, Place][] => {
    const [, index] = /^x{0,2}reg(\d+)$/.exec(name) ?? [];
    if (index === undefined || !isFieldName(name)) return [];
    const { bits } = FIELDS[name];
    return [[name, place('regs', bits, 0, undefined, Number(index) * (bits / 32))]];
  });
}

/** Throws SimulatorError SIM_UNSUPPORTED for a field that the simulator does not model. */
export function placeOf(field: FieldName): Place {
  const found = PLACES.get(field);
  if (!found) throw new SimulatorError('SIM_UNSUPPORTED', { field });
  return found;
}
