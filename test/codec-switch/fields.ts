import { FIELD_NAMES, FIELDS, type FieldName, type FieldNeed, type Subfield } from 'openflow-codec';
import { LIMITED, UNMATCHED } from './match.ts';
import type { Random } from './random.ts';

/** What the packet is known to be at some place in a list of actions. */
export interface Scope {
  readonly provides: readonly FieldNeed[];
  /** Which fields of connection tracking exist, where `provides` says that there are some. */
  readonly without?: RegExp | undefined;
}

/** Fields that Open vSwitch lets no action change (ovs-fields(7)), and those that decide what a packet is. */
const READ_ONLY =
  /^(conj_id|actset_output|eth_type|ip_frag|ip_proto|tcp_flags|ct_.*|nsh_(mdtype|np)|packet_type|dp_hash|recirc_id|mpls_bos)$/;
/** Fields of which an action sees an odd part of the header's bits: they have cases of their own, or are views. */
const ODD = /^(arp_op|vlan_vid|vlan_tci|nw_tos|tun_flags|tun_gtpu.*|tun_erspan.*|actset_output|in_port)$/;

/** A field that an action may write. */
export function writableField(scope: Scope, random: Random): FieldName {
  return random.pick(writable(scope));
}

function writable(scope: Scope): readonly FieldName[] {
  return readable(scope).filter((field) => !READ_ONLY.test(field));
}

/** So many bits of a field that exists; not one with a long header, which learn and reg_load have no room for. */
export function sourceOf(scope: Scope, bits: number, random: Random): Subfield {
  return partOf(
    random.pick(readable(scope).filter((field) => isShort(field) && usableBits(field) >= bits)),
    bits,
    random,
  );
}

/** Any part of a field that an action may write; not one with a long header either. */
export function targetOf(scope: Scope, most: number, random: Random): Subfield {
  const field = random.pick(writable(scope).filter(isShort));
  return partOf(field, random.between(1, Math.min(usableBits(field), most)), random);
}

/** Bits that Open vSwitch has for a field. */
export function usableBits(field: FieldName): number {
  return LIMITED[field]?.bits ?? FIELDS[field].bits;
}

function isShort(field: FieldName): boolean {
  return FIELDS[field].oxm.experimenter === undefined || FIELDS[field].nxm !== undefined;
}

function partOf(field: FieldName, bits: number, random: Random): Subfield {
  return { field, offset: random.between(0, usableBits(field) - bits), bits };
}

function readable({ provides, without }: Scope): readonly FieldName[] {
  return FIELD_NAMES.filter((name) => {
    const { needs, isVariable } = FIELDS[name];
    const exists = needs === undefined || provides.includes(needs);
    return exists && !isVariable && !(name in UNMATCHED) && !ODD.test(name) && !without?.test(name);
  });
}
