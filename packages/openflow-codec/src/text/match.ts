import { VLAN_PRESENT } from '../constants.ts';
import { CodecError } from '../errors.ts';
import type { FieldName } from '../fields.ts';
import { FIELD_NAMES, FIELDS } from '../fields.ts';
import { canonicalMatch } from '../match/canonical.ts';
import { allOnes } from '../match/value.ts';
import type { FieldMatch, Match } from '../match.ts';
import { bytesText } from './bytes.ts';
import type { TextNames } from './names.ts';
import { hexText, numberText } from './number.ts';
import { protocolKey, SHORTHANDS } from './protocols.ts';
import { bytesOf, valueText } from './value.ts';

/** The fields of a match, by name: canonical, so that each is there once. */
export type Fields = ReadonlyMap<FieldName, FieldMatch>;

/** Ethernet types that ovs-ofctl writes as a word, and protocols over them. */
const TYPE_WORDS = new Map<number, string>();
const PROTOCOL_WORDS = new Map<string, string>();
for (const { word, ethertype, protocol } of SHORTHANDS) {
  const key = protocolKey(ethertype, protocol);
  if (protocol !== undefined && !PROTOCOL_WORDS.has(key)) PROTOCOL_WORDS.set(key, word);
  if (protocol === undefined && !TYPE_WORDS.has(ethertype)) TYPE_WORDS.set(ethertype, word);
}

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
  tun_gtpu_flags: 'gtpu_flags',
  tun_gtpu_msgtype: 'gtpu_msgtype',
};

/** Fields that matches have in hexadecimal, and actions not. */
const HEX_IN_MATCHES: readonly FieldName[] = ['recirc_id'];
/** Fields of whose mask matches say nothing. */
const MASK_UNSAID: readonly FieldName[] = [
  'tun_gbp_flags',
  'tun_erspan_ver',
  'tun_erspan_idx',
  'tun_erspan_dir',
  'tun_erspan_hwid',
  'tun_gtpu_flags',
  'tun_gtpu_msgtype',
];

/** Fields that only Ethernet frames have. */
const ETHERNET_FIELDS: readonly FieldName[] = ['eth_src', 'eth_dst', 'eth_type', 'vlan_vid', 'vlan_pcp'];

type Piece = FieldName | ((fields: Fields) => string | undefined);

/** What ovs-ofctl writes, in its order: fields, and the pieces that are made of several. */
const PIECES: readonly Piece[] = [
  'pkt_mark',
  'recirc_id',
  'dp_hash',
  'conj_id',
  'actset_output',
  'ct_state',
  'ct_zone',
  'ct_mark',
  'ct_label',
  'ct_nw_src',
  'ct_ipv6_src',
  'ct_nw_dst',
  'ct_ipv6_dst',
  'ct_nw_proto',
  'ct_tp_src',
  'ct_tp_dst',
  packetTypeText,
  typeWord,
  ...FIELD_NAMES.filter((name) => /^reg\d+$/.test(name)),
  'tun_id',
  'tun_src',
  'tun_dst',
  'tun_ipv6_src',
  'tun_ipv6_dst',
  'tun_gbp_id',
  'tun_gbp_flags',
  'tun_erspan_ver',
  onlyWith('tun_erspan_ver', 1, 'tun_erspan_idx'),
  onlyWith('tun_erspan_ver', 2, 'tun_erspan_dir'),
  onlyWith('tun_erspan_ver', 2, 'tun_erspan_hwid'),
  'tun_gtpu_flags',
  'tun_gtpu_msgtype',
  'tun_flags',
  ...FIELD_NAMES.filter((name) => name.startsWith('tun_metadata')),
  'metadata',
  'in_port',
  'in_phy_port',
  vlanText,
  'eth_src',
  'eth_dst',
  typeNumber,
  'nsh_flags',
  'nsh_ttl',
  'nsh_mdtype',
  'nsh_np',
  'nsh_spi',
  'nsh_si',
  // The context headers, which are there in headers of type 1 only (RFC 8300, 2.4).
  ...FIELD_NAMES.filter((name) => name.startsWith('nsh_c')).map((name) => onlyWith('nsh_mdtype', 1, name)),
  'ip_src',
  'ip_dst',
  'ipv6_src',
  'ipv6_dst',
  labelText,
  'arp_spa',
  'arp_tpa',
  protocolNumber,
  'arp_op',
  'arp_sha',
  'arp_tha',
  tosText,
  'ip_ecn',
  'nw_ttl',
  'mpls_label',
  'mpls_tc',
  'mpls_ttl',
  'mpls_bos',
  'ip_frag',
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
  // Fields that Open vSwitch does not know.
  'ipv6_exthdr',
  'pbb_isid',
];

/**
 * A match in the notation of ovs-ofctl; '' for one that matches everything. A match that no switch takes, because a
 * field is there twice, is printed field by field as it stands.
 */
export function formatMatch(match: Match, names: TextNames = {}): string {
  const isKnown = (entry: Match[number]): entry is FieldMatch => entry.field !== 'raw';
  const raw = match.filter((entry) => entry.field === 'raw').map(({ bytes }) => `raw(${bytesText(bytes)})`);
  const fields = fieldsOf(match);
  const known = fields
    ? fieldsText(fields, names)
    : match
        .filter(isKnown)
        .map((entry) => fieldText(entry, names))
        .join(',');
  return [known, ...raw].filter((part) => part !== '').join(',');
}

/** The canonical fields by name, or undefined when one is there twice. */
function fieldsOf(match: Match): Fields | undefined {
  try {
    const entries = canonicalMatch(match).filter((entry) => entry.field !== 'raw');
    return new Map(entries.map((entry) => [entry.field, entry]));
  } catch (error) {
    if (error instanceof CodecError) return undefined;
    throw error;
  }
}

/** Fields in the order of ovs-ofctl; `vlan` is what it says about tags, where that is more than a match can say. */
export function fieldsText(fields: Fields, names: TextNames, vlan?: string): string {
  const parts = PIECES.flatMap((piece) => {
    if (piece === vlanText && vlan !== undefined) return [vlan];
    const text = typeof piece === 'function' ? piece(fields) : fieldText(fields.get(piece), names);
    return text === undefined ? [] : [text];
  });
  return parts.join(',');
}

function fieldText(entry: FieldMatch | undefined, names: TextNames): string | undefined {
  if (entry === undefined) return undefined;
  const { field, value, size } = entry;
  const { as, text = field } = FIELDS[field];
  const name = MATCH_NAMES[field] ?? text;
  // A tunnel option that is there, whatever it holds.
  if (size === 0) return name;
  const isWhole =
    entry.mask !== undefined && BigInt(entry.mask) === BigInt(allOnes(field, bytesOf(entry.mask)));
  const mask = isWhole || MASK_UNSAID.includes(field) ? undefined : entry.mask;
  if (mask === undefined && HEX_IN_MATCHES.includes(field)) return `${name}=${numberText(value)}`;
  if (mask === undefined || as !== 'decimal') return `${name}=${valueText(field, value, mask, names)}`;
  return field === 'nsh_flags'
    ? `${name}=${paddedHex(Number(value), 2)}/${paddedHex(Number(mask), 2)}`
    : `${name}=${hexText(value)}/${hexText(mask)}`;
}

/** A field that ovs-ofctl prints only where another one has a value. */
function onlyWith(other: FieldName, value: number, field: FieldName): Piece {
  return (fields) => (numberOf(fields, other) === value ? fieldText(fields.get(field), {}) : undefined);
}

function numberOf(fields: Fields, field: FieldName): number | undefined {
  const entry = fields.get(field);
  return entry === undefined ? undefined : Number(entry.value);
}

function protocolWord(fields: Fields): string | undefined {
  return PROTOCOL_WORDS.get(protocolKey(numberOf(fields, 'eth_type'), numberOf(fields, 'ip_proto')));
}

/**
 * The packet type of everything but Ethernet frames. They need no word, except beside recirc_id, where ovs-ofctl
 * takes the match for one of the datapath's.
 */
function packetTypeText(fields: Fields): string | undefined {
  const entry = fields.get('packet_type');
  if (entry !== undefined && entry.value !== 0) return fieldText(entry, {});
  const isEthernet = entry !== undefined || ETHERNET_FIELDS.some((field) => fields.has(field));
  return isEthernet && fields.has('recirc_id') ? 'eth' : undefined;
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
