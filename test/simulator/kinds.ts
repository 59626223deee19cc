import { type FieldMatch, type FieldName, VLAN_PRESENT } from 'openflow-codec';

/** Random flows stand in tables 0 up to, but without, this one. */
export const LAST_TABLE = 8;

/** What packets a flow is for: fields that its match must have, may have, and that its actions may set or move. */
export interface Kind {
  readonly name: string;
  readonly match: readonly FieldMatch[];
  readonly fields: readonly FieldName[];
  readonly settable: readonly FieldName[];
  /** Pairs of fields of one size, of which `learn` makes a match. */
  readonly learnable?: readonly (readonly [FieldName, FieldName])[];
}

const REGISTERS: readonly FieldName[] = ['reg0', 'reg1', 'reg2', 'reg4', 'reg5', 'reg6'];
const ALWAYS: readonly FieldName[] = ['in_port', 'metadata', 'tun_id', 'eth_src', 'eth_dst', ...REGISTERS];
const ETH: readonly (readonly [FieldName, FieldName])[] = [
  ['eth_dst', 'eth_src'],
  ['eth_src', 'eth_src'],
  ['metadata', 'metadata'],
];
const IPV4: FieldMatch = { field: 'eth_type', value: 0x0800 };
const IPV6: FieldMatch = { field: 'eth_type', value: 0x86dd };
const protocol = (value: number): FieldMatch => ({ field: 'ip_proto', value });
const IP_FIELDS: readonly FieldName[] = ['ip_dscp', 'ip_ecn', 'nw_ttl', 'ip_frag'];
const IP_SETTABLE: readonly FieldName[] = ['ip_dscp', 'ip_ecn', 'nw_ttl'];
const V4: readonly FieldName[] = ['ip_src', 'ip_dst'];
const V6: readonly FieldName[] = ['ipv6_src', 'ipv6_dst', 'ipv6_label'];

function transport(name: 'tcp' | 'udp' | 'sctp', number: number): Kind[] {
  const ports: readonly FieldName[] = [`${name}_src`, `${name}_dst`];
  const flags: readonly FieldName[] = name === 'tcp' ? ['tcp_flags'] : [];
  const swap: readonly [FieldName, FieldName][] = [
    [`${name}_src`, `${name}_dst`],
    [`${name}_dst`, `${name}_src`],
  ];
  return [
    {
      name,
      match: [IPV4, protocol(number)],
      fields: [...V4, ...ports, ...flags],
      settable: [...V4, ...IP_SETTABLE, ...ports],
      learnable: [...ETH, ...swap, ['ip_src', 'ip_dst'], ['ip_dst', 'ip_src']],
    },
    {
      name: `${name}6`,
      match: [IPV6, protocol(number)],
      fields: [...V6, ...ports, ...flags],
      settable: [...V6, ...IP_SETTABLE, ...ports],
      learnable: [...ETH, ...swap, ['ipv6_src', 'ipv6_dst']],
    },
  ];
}

function neighbour(type: number, option: 'nd_sll' | 'nd_tll', optionType?: number): Kind {
  return {
    name: `${option} ${optionType ?? ''}`,
    match: [
      ...[IPV6, protocol(58), { field: 'icmpv6_type', value: type } as const],
      { field: 'icmpv6_code', value: 0 },
      ...(optionType === undefined ? [] : [{ field: 'nd_options_type', value: optionType } as const]),
    ],
    fields: ['ipv6_src', 'nd_target', option],
    settable: [
      ...(['ipv6_src', 'ipv6_dst', 'nd_target', option, 'nd_reserved'] as const),
      ...(optionType === undefined ? [] : (['nd_options_type'] as const)),
    ],
    learnable: [['ipv6_dst', 'nd_target']],
  };
}

/**
 * Where an action sets arp_op, an ICMP type or the type of an ND option, the match says what it was: Open vSwitch 3.1
 * writes these also into packets that are too short to have them, past their end, and dies of it sooner or later.
 */
export const KINDS: readonly Kind[] = [
  { name: 'any', match: [], fields: [...ALWAYS, 'eth_type'], settable: [], learnable: ETH },
  {
    name: 'tagged',
    match: [{ field: 'vlan_vid', value: VLAN_PRESENT, mask: VLAN_PRESENT }],
    fields: ['vlan_pcp'],
    settable: ['vlan_vid', 'vlan_pcp'],
  },
  {
    name: 'vlan',
    match: [{ field: 'vlan_vid', value: VLAN_PRESENT | 100 }],
    fields: ['vlan_pcp'],
    settable: ['vlan_vid'],
  },
  { name: 'untagged', match: [{ field: 'vlan_vid', value: 0 }], fields: ['eth_type'], settable: [] },
  { name: 'tci', match: [{ field: 'vlan_tci', value: 0x1000, mask: 0x1fff }], fields: [], settable: [] },
  {
    name: 'tunnelled',
    match: [{ field: 'tun_id', value: 77n }],
    fields: ['tun_src', 'tun_dst', 'tun_ipv6_src', 'tun_ipv6_dst'],
    settable: [],
  },
  {
    name: 'arp',
    match: [
      { field: 'eth_type', value: 0x0806 },
      { field: 'arp_op', value: 1 },
    ],
    fields: ['arp_spa', 'arp_tpa', 'arp_sha', 'arp_tha'],
    settable: ['arp_op', 'arp_spa', 'arp_tpa', 'arp_sha', 'arp_tha'],
    learnable: [
      ['arp_spa', 'arp_tpa'],
      ['eth_dst', 'arp_sha'],
    ],
  },
  {
    name: 'ipv4',
    match: [IPV4],
    fields: [...V4, ...IP_FIELDS, 'ip_proto'],
    settable: [...V4, ...IP_SETTABLE],
  },
  {
    name: 'ipv6',
    match: [IPV6],
    fields: [...V6, ...IP_FIELDS, 'ip_proto'],
    settable: [...V6, ...IP_SETTABLE],
  },
  ...transport('tcp', 6),
  ...transport('udp', 17),
  ...transport('sctp', 132),
  {
    name: 'icmp',
    match: [IPV4, protocol(1), { field: 'icmp_type', value: 8 }],
    fields: ['icmp_code', ...V4],
    settable: ['icmp_type', 'icmp_code', ...V4],
  },
  {
    name: 'icmpv6',
    match: [IPV6, protocol(58), { field: 'icmpv6_type', value: 128 }],
    fields: ['icmpv6_code', ...V6],
    settable: ['icmpv6_type', 'icmpv6_code', ...V6],
  },
  neighbour(135, 'nd_sll'),
  neighbour(136, 'nd_tll'),
  neighbour(135, 'nd_sll', 1),
  neighbour(136, 'nd_tll', 2),
];
