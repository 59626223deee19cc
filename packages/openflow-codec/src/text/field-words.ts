import { FIELD_NAMES, FIELDS, type FieldName } from '../fields.ts';

/** Other names that ovs-ofctl has for fields (ovs-fields(7)). */
const ALIASES: Readonly<Record<string, FieldName>> = {
  tunnel_id: 'tun_id',
  in_port_oxm: 'in_port',
  dl_src: 'eth_src',
  dl_dst: 'eth_dst',
  dl_type: 'eth_type',
  nw_src: 'ip_src',
  nw_dst: 'ip_dst',
  nw_frag: 'ip_frag',
  tp_src: 'tcp_src',
  tp_dst: 'tcp_dst',
  gtpu_flags: 'tun_gtpu_flags',
  gtpu_msgtype: 'tun_gtpu_msgtype',
  nsp: 'nsh_spi',
  nsi: 'nsh_si',
  nshc1: 'nsh_c1',
  nshc2: 'nsh_c2',
  nshc3: 'nsh_c3',
  nshc4: 'nsh_c4',
};

/** Names of OXM headers, for the fields whose rows name Nicira's, where they are not made of the row's name. */
const OXM_NAMES: Readonly<Partial<Record<FieldName, string>>> = {
  ip_src: 'OXM_OF_IPV4_SRC',
  ip_dst: 'OXM_OF_IPV4_DST',
  ipv6_label: 'OXM_OF_IPV6_FLABEL',
  icmp_type: 'OXM_OF_ICMPV4_TYPE',
  icmp_code: 'OXM_OF_ICMPV4_CODE',
  nd_target: 'OXM_OF_IPV6_ND_TARGET',
  nd_sll: 'OXM_OF_IPV6_ND_SLL',
  nd_tll: 'OXM_OF_IPV6_ND_TLL',
  tun_id: 'OXM_OF_TUNNEL_ID',
  tcp_flags: 'ONFOXM_ET_TCP_FLAGS',
};

/** In matches `in_port` is the 32-bit field, in actions Nicira's of 16 bits (see FIELDS). */
const MATCH_WORDS: ReadonlyMap<string, FieldName> = new Map([
  ...FIELD_NAMES.flatMap((field) =>
    [field, FIELDS[field].text ?? field].map((word) => [word, field] as const),
  ),
  ...Object.entries(ALIASES),
  ['in_port', 'in_port'],
]);
const ACTION_WORDS: ReadonlyMap<string, FieldName> = new Map([
  ...MATCH_WORDS,
  ['in_port', 'nxm_in_port'],
  ...FIELD_NAMES.map((field) => [oxmName(field), field] as const),
  ...FIELD_NAMES.map((field) => [FIELDS[field].header, field] as const),
]);

/** The field that a word in a match names. */
export function fieldOfMatch(word: string): FieldName | undefined {
  return MATCH_WORDS.get(word);
}

/** The field that a word in an action names: a field's name, or that of one of its headers. */
export function fieldOfAction(word: string): FieldName | undefined {
  return ACTION_WORDS.get(word);
}

/** A field's name in actions. */
export function actionWord(field: FieldName): string {
  return FIELDS[field].text ?? field;
}

function oxmName(field: FieldName): string {
  const { nxm, header } = FIELDS[field];
  return nxm === undefined ? header : (OXM_NAMES[field] ?? `OXM_OF_${field.toUpperCase()}`);
}
