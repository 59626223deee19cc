import {
  FIELD_NAMES,
  FIELDS,
  type FieldMatch,
  type FieldName,
  type FieldNeed,
  PORT,
  type RawField,
  VLAN_PRESENT,
} from 'openflow-codec';
import type { Random } from './random.ts';

/** What a match is about: the entries that must be there, and the needs of other fields that they meet. */
export interface Kind {
  readonly name: string;
  readonly provides: readonly FieldNeed[];
  readonly entries: readonly FieldMatch[];
  /** Further fields that make no sense here although their need is met. */
  readonly without?: RegExp;
}

const ETH = { ipv4: 0x0800, arp: 0x0806, ipv6: 0x86dd, mpls: 0x8847, nsh: 0x894f } as const;
const is = (field: FieldName, value: number, mask?: number): FieldMatch =>
  mask === undefined ? { field, value } : { field, value, mask };

/** Later fragments have no header of the protocol inside: a match of both is refused. */
const FRAGMENT = /^ip_frag$/;

/** An IP protocol over both versions of IP. */
function transport(name: 'tcp' | 'udp' | 'sctp', number: number): Kind[] {
  return (['ipv4', 'ipv6'] as const).map((version) => ({
    name: `${name} over ${version}`,
    provides: [name, 'ip', version],
    entries: [is('eth_type', ETH[version]), is('ip_proto', number)],
    without: FRAGMENT,
  }));
}

function neighbour(type: number, need: 'ndSolicit' | 'ndAdvert'): Kind {
  const entries = [
    is('eth_type', ETH.ipv6),
    is('ip_proto', 58),
    is('icmpv6_type', type),
    is('icmpv6_code', 0),
  ];
  return { name: need, provides: ['ip', 'ipv6', 'icmpv6', 'nd', need], entries, without: FRAGMENT };
}

function tracked(version: 'ipv4' | 'ipv6', without: RegExp): Kind {
  const entries = [is('eth_type', ETH[version]), is('ct_state', 0x22, 0x22), is('ct_nw_proto', 6)];
  return { name: `tracked ${version}`, provides: ['ip', version, 'ct'], entries, without };
}

/** Every prerequisite of the field table that a match can meet, in all combinations that Open vSwitch tells apart. */
const KINDS: readonly Kind[] = [
  { name: 'any', provides: [], entries: [] },
  { name: 'other Ethernet', provides: [], entries: [is('eth_type', 0x88cc)] },
  { name: 'mpls', provides: ['mpls'], entries: [is('eth_type', ETH.mpls)] },
  { name: 'arp', provides: ['arp'], entries: [is('eth_type', ETH.arp)] },
  { name: 'nsh', provides: ['nsh'], entries: [is('eth_type', ETH.nsh)] },
  { name: 'ipv4', provides: ['ip', 'ipv4'], entries: [is('eth_type', ETH.ipv4)] },
  { name: 'ipv6', provides: ['ip', 'ipv6'], entries: [is('eth_type', ETH.ipv6)] },
  ...transport('tcp', 6),
  ...transport('udp', 17),
  ...transport('sctp', 132),
  {
    name: 'icmp',
    provides: ['ip', 'ipv4', 'icmp'],
    entries: [is('eth_type', ETH.ipv4), is('ip_proto', 1)],
    without: FRAGMENT,
  },
  {
    name: 'icmpv6',
    provides: ['ip', 'ipv6', 'icmpv6'],
    entries: [is('eth_type', ETH.ipv6), is('ip_proto', 58)],
    without: FRAGMENT,
  },
  neighbour(135, 'ndSolicit'),
  neighbour(136, 'ndAdvert'),
  tracked('ipv4', /^ct_ipv6/),
  tracked('ipv6', /^ct_nw_(src|dst)/),
];

/** Fields that no flow here matches, and why. */
export const UNMATCHED: Readonly<Partial<Record<FieldName, string>>> = {
  in_phy_port: 'Open vSwitch does not know it: OFPBMC_BAD_FIELD',
  pbb_isid: 'Open vSwitch does not know it: OFPBMC_BAD_FIELD',
  ipv6_exthdr: 'Open vSwitch does not know it: OFPBMC_BAD_FIELD',
  recirc_id: 'only the switch itself may: OFPBRC_EPERM',
  dp_hash: 'only the switch itself may: OFPBRC_EPERM',
  packet_type: 'decides what other fields there are',
};

const VLAN: Kind = { name: 'vlan', provides: ['vlan'], entries: [] };

/** True for an entry without which others make no sense. */
export function isNeeded({ field }: FieldMatch | RawField): boolean {
  return KINDS.some(({ entries }) => entries.some((entry) => entry.field === field)) || field === 'vlan_vid';
}

/** A match whose prerequisites are met. */
export function randomMatch(random: Random): { readonly match: FieldMatch[]; readonly kind: Kind } {
  let kind = random.pick(KINDS);
  const match = [...kind.entries];
  if (random.oneIn(4)) {
    match.push(is('vlan_vid', VLAN_PRESENT | random.below(0x1000)));
    kind = { ...kind, provides: [...kind.provides, ...VLAN.provides] };
  }
  for (const field of random.some(fieldsOf(kind), random.below(12))) {
    if (match.every((entry) => !overlap(entry.field, field))) match.push(randomEntry(field, random));
  }
  return { match, kind };
}

/** Fields that a match of this kind may have beside its own. */
function fieldsOf(kind: Kind): FieldName[] {
  return FIELD_NAMES.filter((name) => {
    const { needs, isVariable } = FIELDS[name];
    const isMet = needs === undefined || kind.provides.includes(needs);
    return isMet && !isVariable && !(name in UNMATCHED) && !(name in OWN) && !kind.without?.test(name);
  });
}

/** Fields that decide what kind a match is of. */
const OWN: Readonly<Partial<Record<FieldName, true>>> = { eth_type: true, ip_proto: true };

/** Fields that are views of one another: a match may have one of them. */
function overlap(one: FieldName, other: FieldName): boolean {
  return one === other || viewOf(one).some((part) => viewOf(other).includes(part));
}

function viewOf(field: FieldName): readonly string[] {
  const [, wide, index] = /^(x{0,2})reg(\d+)$/.exec(field) ?? [];
  if (wide !== undefined) {
    const count = wide === 'xx' ? 4 : wide === 'x' ? 2 : 1;
    return Array.from({ length: count }, (_, at) => `reg${Number(index) * count + at}`);
  }
  return VIEWS[field] ?? [field];
}

const VIEWS: Readonly<Partial<Record<FieldName, readonly string[]>>> = {
  nxm_in_port: ['in_port'],
  nw_tos: ['ip_dscp'],
  vlan_tci: ['vlan_vid', 'vlan_pcp'],
};

/** An entry with a value that Open vSwitch takes, often with a mask. */
function randomEntry(field: FieldName, random: Random): FieldMatch {
  const { bits, maskable, nxm } = FIELDS[field];
  const limited = LIMITED[field];
  const form = nxm !== undefined && random.oneIn(8) ? ({ form: 'nxm' } as const) : {};
  const usable = limited?.bits ?? bits;
  if (limited?.values !== undefined) return { field, value: limited.values(random), ...form };
  const isWide = bits > 32;
  const value = random.bits(usable);
  if (!maskable || random.oneIn(2)) return { field, value: isWide ? value : Number(value), ...form };
  // An Ethernet address of which nothing is compared comes back as packet_type=(0,0).
  const mask = random.bits(usable) | (field === 'eth_src' || field === 'eth_dst' ? 1n : 0n);
  const compared = value & mask;
  return isWide
    ? { field, value: compared, mask, ...form }
    : { field, value: Number(compared), mask: Number(mask), ...form };
}

/** What Open vSwitch takes of a field's values, where that is not all of its bits. */
export const LIMITED: Readonly<
  Partial<Record<FieldName, { bits?: number; values?: (random: Random) => number }>>
> = {
  in_port: { values: randomPort },
  nxm_in_port: { values: (random) => random.between(1, 0xfeff) },
  actset_output: { values: randomPort },
  vlan_vid: { values: (random) => VLAN_PRESENT | random.below(0x1000) },
  vlan_tci: { values: (random) => VLAN_PRESENT | random.uint(16) },
  nw_tos: { values: (random) => random.below(64) << 2 },
  arp_op: { values: (random) => random.below(256) },
  tcp_flags: { bits: 12 },
  // A packet whose state is invalid may not be committed: the ct action would be refused.
  ct_state: { bits: 4 },
  tun_flags: { bits: 1 },
  nsh_ttl: { bits: 6 },
  nsh_mdtype: { values: (random) => random.between(1, 2) },
};

function randomPort(random: Random): number {
  return random.oneIn(8) ? PORT.local : random.between(1, 0xfeff);
}
