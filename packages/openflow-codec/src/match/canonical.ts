import { fromShortPort } from '../action/port.ts';
import { VLAN_PRESENT } from '../constants.ts';
import { CodecError } from '../errors.ts';
import { FIELD_NAMES, FIELDS, type FieldName, type FieldValue } from '../fields.ts';
import type { FieldMatch, Match, RawField } from '../match.ts';
import { dictionary } from '../wire/dictionary.ts';
import { allOnes, entrySize, normalizeValue, wireSize } from './value.ts';

const RANK = dictionary(FIELD_NAMES.map((name, index) => [name, index] as const));

/**
 * The match as ovs-vswitchd sends it back in flow stats on OpenFlow 1.3: fields in the order of the table, only
 * the compared bits of each value, no mask that compares all bits, no field that compares none; the fields that
 * are views of others (vlan_tci, nw_tos, xreg, xxreg, nxm_in_port) as those others. Of ct_state and tun_flags it
 * knows the lower bits only, and says so in a mask; of ERSPAN and GTP-U fields it compares the ones, not the zeros,
 * of a value; a mask of all bits of tun_erspan_idx stays one. Equal matches have equal
 * canonical bytes. Throws OFC_FIELD when a field is there twice. Entries of unknown fields come last.
 */
export function canonicalMatch(match: Match): Match {
  return plainMatch(match) ?? canonicalOf(match);
}

/** A match of entries that are canonical as they are, in order: the rule, and it must be fast. Undefined for any other. */
function plainMatch(match: Match): Match | undefined {
  let isSorted = true;
  let before = -1;
  for (const entry of match) {
    if (!isPlain(entry)) return undefined;
    const rank = rankOf(entry.field);
    if (rank === before) return undefined;
    if (rank < before) isSorted = false;
    before = rank;
  }
  return isSorted ? match : sortedByInsertion(match as readonly FieldMatch[]);
}

/** Undefined when a field is there twice. For as few entries as matches have, it is several times as fast as `sort`. */
function sortedByInsertion(match: readonly FieldMatch[]): Match | undefined {
  const sorted: FieldMatch[] = [];
  for (const entry of match) {
    const rank = rankOf(entry.field);
    let at = sorted.length;
    for (; at > 0; at--) {
      const before = sorted[at - 1] as FieldMatch;
      const rankBefore = rankOf(before.field);
      if (rankBefore === rank) return undefined;
      if (rankBefore < rank) break;
      sorted[at] = before;
    }
    sorted[at] = entry;
  }
  return sorted;
}

/** True for an entry that Open vSwitch sends back as it is. */
function isPlain(entry: FieldMatch | RawField): entry is FieldMatch {
  if (entry.field === 'raw') return false;
  const { value, mask, form } = entry;
  const ones = PLAIN_ONES[entry.field];
  if (form !== undefined || typeof value !== typeof ones) return false;
  if (mask === undefined) return true;
  if (typeof mask === 'number' && typeof value === 'number')
    return mask > 0 && mask < Number(ones) && (value & ~mask) === 0;
  if (typeof mask === 'bigint' && typeof value === 'bigint')
    return mask > 0n && mask < BigInt(ones ?? 0) && (value & ~mask) === 0n;
  return false;
}

function canonicalOf(match: Match): Match {
  const fields = new Map<FieldName, FieldMatch>();
  const raw: RawField[] = [];
  for (const entry of match) {
    if (entry.field === 'raw') {
      raw.push(entry);
      continue;
    }
    for (const part of split(entry)) {
      const clean = tidy(part);
      if (clean === undefined) continue;
      if (fields.has(clean.field)) {
        throw new CodecError('OFC_FIELD', { struct: 'ofp_match', field: clean.field }, [4, 10]);
      }
      fields.set(clean.field, clean);
    }
  }
  const sorted = [...fields.values()].sort((a, b) => rankOf(a.field) - rankOf(b.field));
  return [...sorted, ...raw];
}

function rankOf(field: FieldName): number {
  return RANK[field] ?? 0;
}

/** Undefined when no bit is compared. */
function tidy(entry: FieldMatch): FieldMatch | undefined {
  const { field, value, mask } = entry;
  const plain = normalizeValue(field, value);
  const known = KNOWN_BITS.get(field);
  if (known !== undefined) return tidyKnown(field, Number(plain), Number(mask ?? known) & known);
  if (ONES_ONLY.has(field)) return tidyKnown(field, Number(plain), Number(plain) & Number(mask ?? plain));
  const size = FIELDS[field].isVariable && { size: entrySize(entry) };
  if (mask === undefined) return { field, value: plain, ...size };
  const ones = BigInt(allOnes(field, size?.size));
  const compared = BigInt(mask) & ones;
  // A tunnel option without compared bits still says that the packet must have it.
  if (compared === 0n) return size && { field, value: 0n, mask: 0n, ...size };
  if (compared === ones && field !== 'tun_erspan_idx') return { field, value: plain, ...size };
  return {
    field,
    value: normalizeValue(field, BigInt(plain) & compared),
    mask: normalizeValue(field, compared),
    ...size,
  };
}

/** Bits of a field that Open vSwitch knows, where they are fewer than the field has. */
const KNOWN_BITS: ReadonlyMap<FieldName, number> = new Map([
  ['ct_state', 0xff],
  ['tun_flags', 1],
]);

/** Fields whose mask Open vSwitch 3.1 takes from the value (match_set_tun_erspan_ver_masked and the like). */
const ONES_ONLY: ReadonlySet<FieldName> = new Set([
  'tun_erspan_ver',
  'tun_erspan_dir',
  'tun_erspan_hwid',
  'tun_gtpu_flags',
  'tun_gtpu_msgtype',
]);

function tidyKnown(field: FieldName, value: number, mask: number): FieldMatch | undefined {
  if (mask === 0) return undefined;
  return mask === 2 ** (8 * wireSize(field)) - 1 ? { field, value } : { field, value: value & mask, mask };
}

/** A field as the fields that Open vSwitch has in its place. */
function split(entry: FieldMatch): FieldMatch[] {
  const { field, value } = entry;
  const registers = REGISTERS.get(field);
  if (registers !== undefined) return splitWide(entry, registers);
  switch (field) {
    case 'vlan_tci':
      return splitTci(Number(value), Number(entry.mask ?? 0xffff));
    case 'nxm_in_port':
      return [{ field: 'in_port', value: fromShortPort(Number(value)) }];
    case 'nw_tos':
      return [{ field: 'ip_dscp', value: Number(value) >> 2 }];
    default:
      return [entry];
  }
}

/** Registers that a wide one spans, the upper one first: xreg0 is reg0 and reg1, xxreg0 is reg0 to reg3. */
const REGISTERS: ReadonlyMap<FieldName, readonly FieldName[]> = new Map(
  FIELD_NAMES.flatMap((name): [FieldName, FieldName[]][] => {
    const [, kind, index] = /^(x{1,2})reg(\d+)$/.exec(name) ?? [];
    if (kind === undefined) return [];
    const count = FIELDS[name].bits / FIELDS.reg0.bits;
    const first = Number(index) * count;
    return [[name, FIELD_NAMES.filter((reg) => isRegister(reg, first, first + count))]];
  }),
);

function isRegister(name: FieldName, first: number, end: number): boolean {
  const [, index] = /^reg(\d+)$/.exec(name) ?? [];
  return index !== undefined && Number(index) >= first && Number(index) < end;
}

function splitWide({ field, value, mask }: FieldMatch, registers: readonly FieldName[]): FieldMatch[] {
  const compared = mask ?? allOnes(field);
  return registers.map((register, index) => {
    const shift = BigInt(32 * (registers.length - 1 - index));
    return { field: register, value: word(value, shift), mask: word(compared, shift) };
  });
}

function word(value: FieldValue, shift: bigint): number {
  return Number((BigInt(value) >> shift) & 0xffffffffn);
}

/** Priority (3 bits), present bit and VLAN id; a packet without tag has no priority to compare. */
function splitTci(value: number, mask: number): FieldMatch[] {
  const vid: FieldMatch = { field: 'vlan_vid', value: value & 0x1fff, mask: mask & 0x1fff };
  const hasPriority = (value & mask & (VLAN_PRESENT | 0xfff)) !== 0 && mask >> 13 !== 0;
  return hasPriority ? [vid, { field: 'vlan_pcp', value: value >> 13 }] : [vid];
}

/** Fields of which nothing special is known, with their masks of all bits. */
const PLAIN_ONES = dictionary(FIELD_NAMES.filter(isOrdinary).map((name) => [name, allOnes(name)] as const));

function isOrdinary(name: FieldName): boolean {
  const isView = REGISTERS.has(name) || ['vlan_tci', 'nxm_in_port', 'nw_tos'].includes(name);
  return !isView && !KNOWN_BITS.has(name) && !ONES_ONLY.has(name) && FIELDS[name].isVariable === undefined;
}
