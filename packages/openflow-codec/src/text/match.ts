import { VLAN_PRESENT } from '../constants.ts';
import type { FieldName } from '../fields.ts';
import { FIELD_NAMES, FIELDS } from '../fields.ts';
import { canonicalMatch } from '../match/canonical.ts';
import type { FieldMatch, Match } from '../match.ts';
import { bytesText } from './bytes.ts';
import type { TextNames } from './names.ts';
import { hexText, valueText } from './value.ts';

/** The fields of a match, by name: canonical, so that each is there once. */
type Fields = ReadonlyMap<FieldName, FieldMatch>;

const IPV4 = 0x0800;
const IPV6 = 0x86dd;

/** Ethernet types that ovs-ofctl writes as a word. */
const TYPE_WORDS: ReadonlyMap<number, string> = new Map([
  [IPV4, 'ip'],
  [IPV6, 'ipv6'],
  [0x0806, 'arp'],
  [0x8035, 'rarp'],
  [0x8847, 'mpls'],
  [0x8848, 'mplsm'],
]);

/** IP protocols that ovs-ofctl writes as a word, over IPv4 and IPv6. */
const PROTOCOL_WORDS: ReadonlyMap<string, string> = new Map([
  [`${IPV4}/1`, 'icmp'],
  [`${IPV4}/6`, 'tcp'],
  [`${IPV4}/17`, 'udp'],
  [`${IPV4}/132`, 'sctp'],
  [`${IPV6}/58`, 'icmp6'],
  [`${IPV6}/6`, 'tcp6'],
  [`${IPV6}/17`, 'udp6'],
  [`${IPV6}/132`, 'sctp6'],
]);

/** Fields whose name in matches is not the one in actions. */
const MATCH_NAMES: Readonly<Partial<Record<FieldName, string>>> = {
  eth_src: 'dl_src',
  eth_dst: 'dl_dst',
  ip_frag: 'nw_frag',
  ip_src: 'nw_src',
  ip_dst: 'nw_dst',
  tcp_src: 'tp_src',
  tcp_dst: 'tp_dst',
  udp_src: 'tp_src',
  udp_dst: 'tp_dst',
  sctp_src: 'tp_src',
  sctp_dst: 'tp_dst',
  icmpv6_type: 'icmp_type',
  icmpv6_code: 'icmp_code',
};

type Piece = FieldName | ((fields: Fields) => string | undefined);

/** What ovs-ofctl writes, in its order: fields, and the pieces that are made of several. */
const PIECES: readonly Piece[] = [
  'pkt_mark',
  'conj_id',
  'actset_output',
  'ct_state',
  'ct_zone',
  'ct_mark',
  'ct_label',
  typeWord,
  ...FIELD_NAMES.filter((name) => /^reg\d+$/.test(name)),
  'tun_id',
  'tun_src',
  'tun_dst',
  'tun_ipv6_src',
  'tun_ipv6_dst',
  'tun_gbp_id',
  'tun_gbp_flags',
  'tun_flags',
  'metadata',
  'in_port',
  'in_phy_port',
  vlanText,
  'eth_src',
  'eth_dst',
  typeNumber,
  'ip_src',
  'ip_dst',
  'ipv6_src',
  'ipv6_dst',
  labelText,
  'arp_spa',
  'arp_tpa',
  protocolNumber,
  'arp_op',
  tosText,
  'ip_ecn',
  'nw_ttl',
  'mpls_label',
  'mpls_tc',
  'mpls_ttl',
  'mpls_bos',
  'ip_frag',
  'arp_sha',
  'arp_tha',
  'tcp_src',
  'tcp_dst',
  'udp_src',
  'udp_dst',
  'sctp_src',
  'sctp_dst',
  'icmp_type',
  'icmp_code',
  'icmpv6_type',
  'icmpv6_code',
  'nd_target',
  'nd_sll',
  'nd_tll',
  'nd_reserved',
  'nd_options_type',
  'tcp_flags',
];

/** A match in the notation of ovs-ofctl; '' for one that matches everything. Throws OFC_FIELD for a duplicate. */
export function formatMatch(match: Match, names: TextNames = {}): string {
  const canonical = canonicalMatch(match);
  const fields = new Map<FieldName, FieldMatch>();
  const raw: string[] = [];
  for (const entry of canonical) {
    if (entry.field === 'raw') raw.push(`raw(${bytesText(entry.bytes)})`);
    else fields.set(entry.field, entry);
  }
  const parts = PIECES.flatMap((piece) => {
    const text = typeof piece === 'function' ? piece(fields) : fieldText(fields.get(piece), names);
    return text === undefined ? [] : [text];
  });
  return [...parts, ...raw].join(',');
}

function fieldText(entry: FieldMatch | undefined, names: TextNames): string | undefined {
  if (entry === undefined) return undefined;
  const { field, value, mask } = entry;
  const name = MATCH_NAMES[field] ?? FIELDS[field].text ?? field;
  const isMaskedNumber = mask !== undefined && FIELDS[field].as === 'decimal';
  const text = isMaskedNumber ? `${hexText(value)}/${hexText(mask)}` : valueText(field, value, mask, names);
  return `${name}=${text}`;
}

function numberOf(fields: Fields, field: FieldName): number | undefined {
  const entry = fields.get(field);
  return entry === undefined ? undefined : Number(entry.value);
}

function protocolWord(fields: Fields): string | undefined {
  return PROTOCOL_WORDS.get(`${numberOf(fields, 'eth_type')}/${numberOf(fields, 'ip_proto')}`);
}

function typeWord(fields: Fields): string | undefined {
  return protocolWord(fields) ?? TYPE_WORDS.get(numberOf(fields, 'eth_type') ?? -1);
}

function typeNumber(fields: Fields): string | undefined {
  const type = numberOf(fields, 'eth_type');
  return type === undefined || TYPE_WORDS.has(type) ? undefined : `dl_type=${paddedHex(type, 4)}`;
}

function protocolNumber(fields: Fields): string | undefined {
  const protocol = numberOf(fields, 'ip_proto');
  return protocol === undefined || protocolWord(fields) !== undefined ? undefined : `nw_proto=${protocol}`;
}

/** The IP traffic class without its two ECN bits. */
function tosText(fields: Fields): string | undefined {
  const dscp = numberOf(fields, 'ip_dscp');
  return dscp === undefined ? undefined : `nw_tos=${dscp << 2}`;
}

function labelText(fields: Fields): string | undefined {
  const label = fields.get('ipv6_label');
  if (label === undefined) return undefined;
  const mask = label.mask === undefined ? '' : `/${paddedHex(Number(label.mask), 5)}`;
  return `ipv6_label=${paddedHex(Number(label.value), 5)}${mask}`;
}

/** One tag as id and priority where each is wholly compared or not at all, as the tag's 16 bits otherwise. */
function vlanText(fields: Fields): string | undefined {
  const vid = fields.get('vlan_vid');
  const pcp = numberOf(fields, 'vlan_pcp');
  if (vid === undefined && pcp === undefined) return undefined;
  const value = Number(vid?.value ?? VLAN_PRESENT);
  const mask = Number(vid?.mask ?? 0x1fff);
  const isPresent = (mask & value & VLAN_PRESENT) !== 0;
  const vidMask = mask & 0xfff;
  const isPlain = isPresent && (vidMask === 0 || vidMask === 0xfff) && (vidMask !== 0 || pcp !== undefined);
  if (isPlain) {
    const parts = [
      ...(vidMask === 0 ? [] : [`dl_vlan=${value & 0xfff}`]),
      ...(pcp === undefined ? [] : [`dl_vlan_pcp=${pcp}`]),
    ];
    return parts.join(',');
  }
  const tci = value | ((pcp ?? 0) << 13);
  const tciMask = mask | (pcp === undefined ? 0 : 0xe000);
  return tciMask === 0xffff
    ? `vlan_tci=${paddedHex(tci, 4)}`
    : `vlan_tci=${paddedHex(tci, 4)}/${paddedHex(tciMask, 4)}`;
}

function paddedHex(value: number, digits: number): string {
  return `0x${value.toString(16).padStart(digits, '0')}`;
}
