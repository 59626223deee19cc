import { VLAN_PRESENT } from '../constants.ts';
import { FIELDS, type FieldName } from '../fields.ts';
import { canonicalMatch } from '../match/canonical.ts';
import { allOnes, normalizeValue } from '../match/value.ts';
import type { FieldMatch, Match } from '../match.ts';
import { TextError } from './errors.ts';
import { fieldOfMatch } from './field-words.ts';
import { FORMATS } from './format.ts';
import type { TextNumbers } from './names.ts';
import { type Facts, factsOf, NEED_WORDS, NEEDS } from './needs.ts';
import { parseNumber } from './number.ts';
import { ARP_FIELDS, protocolKey, SHORTHANDS, TRANSPORT } from './protocols.ts';
import { type Pair, pairsOf, type Slice, unexpected, wholeOf } from './slice.ts';
import { parseSubfield } from './subfield.ts';
import { bytesOf, parseValue } from './value.ts';

/** One comparison, and where the text has it. */
interface Entry {
  readonly field: FieldName;
  readonly value: bigint;
  readonly mask: bigint;
  readonly place: Slice;
}

/** `dl_vlan` for packets without a tag. */
const NO_VLAN = 0xffff;
const VLAN_ID = 0xfff;
const VLAN_BITS = 0x1fffn;
const PRESENT = BigInt(VLAN_PRESENT);

/**
 * Parses a match in the notation of ovs-ofctl, such as `tcp,in_port=1,nw_dst=10.0.0.0/8,tp_dst=80`: all fields,
 * aliases and shorthands of ovs-fields(7). The result is canonical (see canonicalMatch). Throws TextError; unlike
 * ovs-ofctl, which drops them with a warning, it refuses fields whose prerequisites are not there.
 */
export function parseMatch(text: string, numbers: TextNumbers = {}): Match {
  const builder = new MatchBuilder(numbers);
  for (const pair of pairsOf(wholeOf(text))) {
    if (!builder.add(pair)) throw unexpected('OFT_WORD', pair.word, 'a field or a protocol');
  }
  return builder.finish();
}

/** Collects the parts of a match, whatever stands between them. */
export class MatchBuilder {
  readonly #numbers: TextNumbers;
  readonly #entries = new Map<FieldName, Entry>();

  constructor(numbers: TextNumbers) {
    this.#numbers = numbers;
  }

  /** False when the word is none of a match. Throws TextError. */
  add({ word, value }: Pair): boolean {
    const shorthand = SHORTHANDS.find((one) => one.word === word.text);
    if (shorthand !== undefined) {
      this.#compare('eth_type', shorthand.ethertype, word);
      if (shorthand.protocol !== undefined) this.#compare('ip_proto', shorthand.protocol, word);
      return true;
    }
    switch (word.text) {
      case 'eth':
        this.#compare('packet_type', 0, word);
        return true;
      case 'dl_vlan':
        this.#addVlan(parseNumber(value, 16, 'a VLAN'), value);
        return true;
      case 'dl_vlan_pcp':
      case 'vlan_pcp':
        this.#compare('vlan_pcp', parseNumber(value, 3, 'a VLAN priority'), value);
        this.#merge({ field: 'vlan_vid', value: PRESENT, mask: PRESENT, place: value });
        return true;
    }
    return word.text.includes('[') ? this.#addBits(word, value) : this.#addField(word, value);
  }

  /** The canonical match. Throws OFT_NEED and OFT_VALUE. */
  finish(): Match {
    const written = Array.from(this.#entries.values());
    const facts = factsOf(written.map(plainOf));
    const entries = written.map((entry) => withRealField(entry, facts));
    const real = factsOf(entries.map(plainOf));
    for (const entry of entries) checkEntry(entry, real);
    const hasFrame = entries.some(({ field }) => isOfFrame(field));
    return canonicalMatch(
      entries.filter(({ field, value }) => field !== 'packet_type' || value !== 0n || !hasFrame).map(plainOf),
    );
  }

  #addField(word: Slice, value: Slice): boolean {
    const field = fieldOfMatch(word.text);
    if (field === undefined) return false;
    if (value.text === '') throw unexpected('OFT_SYNTAX', value, `a value of ${word.text}`);
    const { exact = allOnes(field) } = FORMATS[FIELDS[field].as];
    const { value: wanted, mask = exact } = parseValue(field, value, this.#numbers);
    if (BigInt(mask) !== 0n) this.#merge({ field, value: BigInt(wanted), mask: BigInt(mask), place: value });
    return true;
  }

  /** `metadata[0..3]=5`. */
  #addBits(word: Slice, value: Slice): boolean {
    const { field: named, offset, bits } = parseSubfield(word);
    const field = named === 'nxm_in_port' ? 'in_port' : named;
    const shift = BigInt(offset);
    const mask = ((1n << BigInt(bits)) - 1n) << shift;
    this.#merge({ field, value: BigInt(parseNumber(value, bits)) << shift, mask, place: word });
    return true;
  }

  #addVlan(vlan: number, place: Slice): void {
    if (vlan === NO_VLAN) this.#merge({ field: 'vlan_vid', value: 0n, mask: VLAN_BITS, place });
    else if (vlan > VLAN_ID) throw unexpected('OFT_VALUE', place, 'a VLAN up to 4095, or 0xffff');
    else this.#merge({ field: 'vlan_vid', value: BigInt(vlan | VLAN_PRESENT), mask: VLAN_BITS, place });
  }

  #compare(field: FieldName, value: number, place: Slice): void {
    this.#merge({ field, value: BigInt(value), mask: BigInt(allOnes(field)), place });
  }

  /** Adds bits to those that the field has, or the fields of which it is a view. Throws OFT_CONFLICT. */
  #merge(entry: Entry): void {
    const tag = tagOf(entry);
    const parts = tag === undefined ? canonicalMatch([plainOf(entry)]) : [tag];
    for (const part of parts) {
      if (part.field === 'raw') continue;
      const { field, value, mask = allOnes(field) } = part;
      this.#mergeBits({ field, value: BigInt(value), mask: BigInt(mask), place: entry.place });
    }
  }

  #mergeBits(entry: Entry): void {
    const other = this.#entries.get(entry.field);
    if (other === undefined) {
      this.#entries.set(entry.field, entry);
      return;
    }
    const both = entry.mask & other.mask;
    if ((entry.value & both) !== (other.value & both)) {
      throw unexpected('OFT_CONFLICT', entry.place, `what "${other.place.text}" says of ${entry.field}`);
    }
    this.#entries.set(entry.field, {
      ...entry,
      value: entry.value | other.value,
      mask: entry.mask | other.mask,
    });
  }
}

/** What an entry says about the VLAN tag, as bits of the tag, so that all such entries merge. */
function tagOf({ field, value, mask }: Entry): FieldMatch | undefined {
  if (field === 'vlan_pcp')
    return { field: 'vlan_tci', value: Number(value) << 13, mask: Number(mask) << 13 };
  return field === 'vlan_vid' || field === 'vlan_tci'
    ? { field: 'vlan_tci', value: Number(value), mask: Number(mask) }
    : undefined;
}

/** With the field of the flow's own protocol, for one that shares its name with fields of others. */
function withRealField(entry: Entry, facts: Facts): Entry {
  const field = realField(entry.field, facts);
  const isWhole = entry.mask === BigInt(allOnes(entry.field));
  return isWhole ? { ...entry, field, mask: BigInt(allOnes(field)) } : { ...entry, field };
}

function realField(field: FieldName, facts: Facts): FieldName {
  const arp = ARP_FIELDS[field];
  if (arp !== undefined && NEEDS.arp(facts)) return arp;
  for (const { words, fields } of Object.values(TRANSPORT)) {
    if (words.includes(field)) return fields.get(protocolKey(facts.ethertype, facts.protocol)) ?? field;
  }
  return field;
}

/** True for a field of the Ethernet frame or what is in it: a match of one says that packets are such frames. */
function isOfFrame(field: FieldName): boolean {
  return FIELDS[field].needs !== undefined || /^eth_|^vlan_/.test(field);
}

function checkEntry({ field, value, mask, place }: Entry, facts: Facts): void {
  const { needs, bits, maskable } = FIELDS[field];
  if (needs !== undefined && !NEEDS[needs](facts)) {
    throw new TextError('OFT_NEED', { offset: place.at, found: field, expected: NEED_WORDS[needs] });
  }
  const ones = BigInt(allOnes(field));
  if ((value & ones) !== value) throw unexpected('OFT_VALUE', place, `a value of ${bits} bits`);
  if (!maskable && (mask & ones) !== ones) throw unexpected('OFT_VALUE', place, `all bits of ${field}`);
}

function plainOf({ field, value, mask }: Entry): FieldMatch {
  const ones = BigInt(allOnes(field));
  const plain = { field, value: normalizeValue(field, value) };
  if ((mask & ones) === ones) {
    return FIELDS[field].isVariable ? { ...plain, size: bytesOf(plain.value) } : plain;
  }
  const masked = { ...plain, mask: normalizeValue(field, mask) };
  return FIELDS[field].isVariable ? { ...masked, size: Math.max(bytesOf(value), bytesOf(mask)) } : masked;
}
