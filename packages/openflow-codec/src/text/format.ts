import { fromShortPort, toShortPort } from '../action/port.ts';
import type { FieldFormat } from '../field.ts';
import { FIELDS, type FieldName, type FieldValue } from '../fields.ts';
import { wireSize } from '../match/value.ts';
import {
  ipv4Text,
  ipv6Text,
  macText,
  parseIpv4,
  parseIpv6,
  parseMac,
  prefixMask,
  prefixOf,
} from './address.ts';
import { CT_STATES, type FlagSet, flagsText, parseFlags, TCP_FLAGS, TUN_FLAGS } from './flags.ts';
import { parsePort, portText, type TextNames, type TextNumbers } from './names.ts';
import { hexText, numberText, parseNumber, parseWide } from './number.ts';
import { cut, type Slice, splitAt, trimmed, unexpected } from './slice.ts';

/** A value and the bits of it that count; all of them without a mask. */
export interface Masked {
  readonly value: FieldValue;
  readonly mask?: FieldValue;
}

/** How the values of fields are written, and read again. */
export interface Format {
  /** The bits that a match compares when its text has no mask; all of them unless told. */
  readonly exact?: number;
  print(value: FieldValue, mask: FieldValue | undefined, field: FieldName, names: TextNames): string;
  /** Throws OFT_VALUE and OFT_WORD. */
  parse(slice: Slice, field: FieldName, numbers: TextNumbers): Masked;
}

/** Names of nw_frag's values with their masks; the first of a name is what it means. */
const FRAGMENTS: readonly (readonly [name: string, value: number, mask: number])[] = [
  ['no', 0, 3],
  ['first', 1, 3],
  ['later', 3, 3],
  ['no', 0, 1],
  ['yes', 1, 1],
  ['not_later', 0, 2],
  ['later', 2, 2],
];
const ALL_FRAGMENTS = 3;

const hex = integer(numberText);

/** Every format of the field table, both ways. */
export const FORMATS: Readonly<Record<FieldFormat, Format>> = {
  decimal: integer(String),
  hex,
  port: {
    print(value, mask, field, names) {
      const port = Number(value);
      return mask === undefined
        ? portText(isShort(field) ? fromShortPort(port) : port, names)
        : `${port}/${hexText(mask)}`;
    },
    parse(slice, field, numbers) {
      const port = parsePort(slice, numbers);
      return { value: isShort(field) ? toShortPort(port) : port };
    },
  },
  mac: masked(macText, parseMac, (slice) => parseMac(slice), macText),
  ipv4: masked(
    (value) => ipv4Text(Number(value)),
    (slice) => BigInt(parseIpv4(slice)),
    (slice) => (slice.text.includes('.') ? BigInt(parseIpv4(slice)) : parsePrefix(slice, 32)),
    (mask) => String(prefixOf(mask, 32) ?? ipv4Text(Number(mask))),
  ),
  ipv6: masked(
    ipv6Text,
    parseIpv6,
    (slice) => (slice.text.includes(':') ? parseIpv6(slice) : parsePrefix(slice, 128)),
    (mask) => String(prefixOf(mask, 128) ?? ipv6Text(mask)),
  ),
  ipFrag: {
    print(value, mask) {
      const compared = mask === undefined ? ALL_FRAGMENTS : Number(mask) & ALL_FRAGMENTS;
      const row = FRAGMENTS.find(([, one, bits]) => one === Number(value) && bits === compared);
      return row?.[0] ?? '<error>';
    },
    parse(slice) {
      const row = FRAGMENTS.find(([name]) => name === slice.text.toLowerCase());
      if (row === undefined) throw unexpected('OFT_WORD', slice, 'one of no, yes, first, later, not_later');
      return { value: row[1], mask: row[2] };
    },
  },
  tcpFlags: flags(TCP_FLAGS),
  ctState: flags(CT_STATES),
  tunFlags: flags(TUN_FLAGS),
  packetType: {
    print: (value) => `(${Number(value) >>> 16},${hexText(Number(value) & 0xffff)})`,
    parse(slice) {
      const inner = /^\(.*\)$/.test(slice.text) ? cut(slice, 1, slice.text.length - 1) : slice;
      const [namespace, type] = splitAt(inner, ',') ?? [];
      if (namespace === undefined || type === undefined)
        throw unexpected('OFT_SYNTAX', slice, '(namespace,type)');
      return { value: parseNumber(trimmed(namespace), 16) * 0x10000 + parseNumber(trimmed(type), 16) };
    },
  },
};

function isShort(field: FieldName): boolean {
  return FIELDS[field].bits === 16;
}

function integer(print: (value: FieldValue) => string): Format {
  return {
    print: (value, mask) => (mask === undefined ? print(value) : `${print(value)}/${hexText(mask)}`),
    parse(slice, field) {
      const [value, mask] = splitAt(slice, '/') ?? [slice, undefined];
      const size = wireSize(field) * 8;
      return { value: parseWide(value, FIELDS[field].bits), ...(mask && { mask: parseWide(mask, size) }) };
    },
  };
}

function masked(
  print: (value: bigint) => string,
  parse: (slice: Slice) => bigint,
  parseMask: (slice: Slice) => bigint,
  printMask: (mask: bigint) => string,
): Format {
  return {
    print: (value, mask) => print(BigInt(value)) + (mask === undefined ? '' : `/${printMask(BigInt(mask))}`),
    parse(slice) {
      const [value, mask] = splitAt(slice, '/') ?? [slice, undefined];
      return { value: parse(value), ...(mask && { mask: parseMask(mask) }) };
    },
  };
}

function parsePrefix(slice: Slice, bits: number): bigint {
  const prefix = parseNumber(slice, 8, 'a prefix length');
  if (prefix > bits) throw unexpected('OFT_VALUE', slice, `a prefix length of at most ${bits}`);
  return prefixMask(prefix, bits);
}

function flags(set: FlagSet): Format {
  return {
    ...(set.exact !== undefined && { exact: set.exact }),
    print: (value, mask) => flagsText(Number(value), mask === undefined ? undefined : Number(mask), set),
    parse(slice) {
      const { value, mask } = parseFlags(slice, set);
      return mask === undefined ? { value } : { value, mask };
    },
  };
}
