import type { Subfield } from '../action.ts';
import type { FieldHeader } from '../field.ts';
import { FIELD_NAMES, FIELDS, type FieldName, type FieldValue } from '../fields.ts';
import type { FieldMatch, RawField } from '../match.ts';
import { dictionary } from '../wire/dictionary.ts';
import {
  fitsBits,
  readBig48,
  readBig64,
  readBig128,
  writeBig48,
  writeBig64,
  writeBig128,
} from '../wire/halves.ts';
import { wireSize } from './value.ts';

/**
 * The common case of match entries, and the one that must be fast: a header of 4 bytes, a value of fixed size, all
 * as it should be. A header is one look-up of its 32 bits. Everything else is left to the general functions
 * (codec.ts, header.ts), which also find the words for what is wrong.
 */
export interface PlainHeader {
  readonly field: FieldName;
  /** The header as it is on the wire (OF 1.3.5, 7.2.3.2). */
  readonly header: number;
  readonly hasMask: boolean;
  /** True when the field has another header, for matches. */
  readonly isNicira: boolean;
  /** Bytes of the value: 1, 2, 4, 6, 8 or 16. */
  readonly size: number;
  /** Bits of 32 that a shorter value does not use. */
  readonly shift: number;
  /** Bytes of header, value and mask. */
  readonly total: number;
  /** Greatest value of a field of up to 32 bits. */
  readonly most: number;
  /** Greatest mask of such a field: it may have ones in the unused bits of its bytes. */
  readonly mostMask: number;
  /** What a subfield under this header begins with. */
  readonly named: { readonly field: FieldName; readonly form?: 'oxm' };
  /** The subfield that is the whole field: one object for all, because most subfields in actions are that. */
  readonly whole: Subfield;
}

const HEADER_SIZE = 4;
const LENGTH_AT = 3;
/** Bytes of the longest plain entry: header, value and mask of 128 bits. */
export const MOST_PLAIN = HEADER_SIZE + 2 * 16;
const SIZES: readonly number[] = [1, 2, 4, 6, 8, 16];

/** A field's headers, by what is to be written. */
interface Headers {
  readonly oxm: PlainHeader | undefined;
  readonly oxmMasked: PlainHeader | undefined;
  readonly nxm: PlainHeader | undefined;
  readonly nxmMasked: PlainHeader | undefined;
}

/** By class and kind, in one list: see indexOf. */
const BY_HEADER = new Array<PlainHeader | undefined>(4 * 0x100).fill(undefined);
const BY_FIELD = dictionary(FIELD_NAMES.map((field) => [field, headersOf(field)] as const));

/** The row of a header, or undefined when it is not a plain one. */
export function plainHeader(header: number): PlainHeader | undefined {
  const row = BY_HEADER[indexOf(header)];
  return row !== undefined && row.header === header ? row : undefined;
}

/** The header of a field in an action: Nicira's where it has one, unless the other is wanted. */
export function plainSubfieldHeader(field: FieldName, form: 'oxm' | undefined): PlainHeader | undefined {
  const headers = BY_FIELD[field];
  return form === undefined ? headers?.nxm : headers?.oxm;
}

/** Reads one entry, which must end before `end`; undefined when it is not a plain one. */
export function readPlainEntry(view: DataView, at: number, end: number): FieldMatch | undefined {
  if (end - at < HEADER_SIZE) return undefined;
  const row = plainHeader(view.getUint32(at));
  if (row === undefined || end - at < row.total) return undefined;
  const { field } = row;
  const value = readPlain(view, at + HEADER_SIZE, row);
  if (typeof value === 'number' && value > row.most) return undefined;
  if (!row.hasMask) return row.isNicira ? { field, value, form: 'nxm' } : { field, value };
  const mask = readPlain(view, at + HEADER_SIZE + row.size, row);
  return row.isNicira ? { field, value, mask, form: 'nxm' } : { field, value, mask };
}

/** Where the entry at `at`, which was read, ends. */
export function plainEnd(view: DataView, at: number): number {
  return at + HEADER_SIZE + view.getUint8(at + LENGTH_AT);
}

/** Writes one entry, MOST_PLAIN bytes at most; returns where it ends, or 0 when it is not a plain one. */
export function writePlainEntry(view: DataView, at: number, entry: FieldMatch | RawField): number {
  const headers = BY_FIELD[entry.field];
  if (headers === undefined || entry.field === 'raw') return 0;
  const { value, mask, form } = entry;
  const row = rowFor(headers, mask !== undefined, form);
  if (row === undefined) return 0;
  if (typeof value !== 'number') return writeWide(view, at, row, value, mask);
  if (row.size > 4 || value >>> 0 !== value || value > row.most) return 0;
  view.setUint32(at, row.header);
  // With zeros behind shorter values than 32 bits, where the next thing comes.
  view.setUint32(at + HEADER_SIZE, value << row.shift);
  if (mask !== undefined) {
    if (typeof mask !== 'number' || mask >>> 0 !== mask || mask > row.mostMask) return 0;
    view.setUint32(at + HEADER_SIZE + row.size, mask << row.shift);
  }
  return at + row.total;
}

function rowFor(headers: Headers, isMasked: boolean, form: FieldMatch['form']): PlainHeader | undefined {
  if (form === undefined) return isMasked ? headers.oxmMasked : headers.oxm;
  if (form !== 'nxm') return undefined;
  return isMasked ? headers.nxmMasked : headers.nxm;
}

/** As writePlainEntry, for values of more than 32 bits. */
function writeWide(view: DataView, at: number, row: PlainHeader, value: bigint, mask?: FieldValue): number {
  const { size } = row;
  const bits = size * 8;
  if (size <= 4 || !fitsBits(value, bits)) return 0;
  view.setUint32(at, row.header);
  writeBig(view, at + HEADER_SIZE, size, value);
  if (mask !== undefined) {
    if (typeof mask !== 'bigint' || !fitsBits(mask, bits)) return 0;
    writeBig(view, at + HEADER_SIZE + size, size, mask);
  }
  return at + row.total;
}

function writeBig(view: DataView, at: number, size: number, value: bigint): void {
  if (size === 6) writeBig48(view, at, value);
  else if (size === 8) writeBig64(view, at, value);
  else writeBig128(view, at, value);
}

/** Shorter values than 32 bits are read with what follows them, without asking how long they are. */
function readPlain(view: DataView, at: number, { size, shift }: PlainHeader): FieldValue {
  if (size <= 4) return view.getUint32(at) >>> shift;
  if (size === 6) return readBig48(view, at);
  return size === 8 ? readBig64(view, at) : readBig128(view, at);
}

/** The lowest bit of the class, the highest, and the 8 bits of number and mask; other classes have no plain headers. */
function indexOf(header: number): number {
  return ((header >>> 22) & 0x200) | ((header >>> 8) & 0x1ff);
}

function headersOf(field: FieldName): Headers {
  const { oxm, nxm } = FIELDS[field];
  const plain = { oxm: rowOf(field, oxm, false, false), oxmMasked: rowOf(field, oxm, true, false) };
  return nxm === undefined
    ? { ...plain, nxm: plain.oxm, nxmMasked: plain.oxmMasked }
    : { ...plain, nxm: rowOf(field, nxm, false, true), nxmMasked: rowOf(field, nxm, true, true) };
}

/** Adds the row to its class, unless the header is an experimenter's or the value of no common size. */
function rowOf(
  field: FieldName,
  place: FieldHeader,
  hasMask: boolean,
  isNicira: boolean,
): PlainHeader | undefined {
  const { bits, maskable, nxm } = FIELDS[field];
  const size = SIZES.find((one) => one * 8 >= bits);
  const isPlain = size !== undefined && size === wireSize(field) && place.experimenter === undefined;
  if (!isPlain || (hasMask && !maskable)) return undefined;
  const payload = hasMask ? 2 * size : size;
  const kind = (place.number << 1) | (hasMask ? 1 : 0);
  const named = nxm === undefined || isNicira ? { field } : ({ field, form: 'oxm' } as const);
  const row: PlainHeader = {
    field,
    header: ((place.class << 16) | (kind << 8) | payload) >>> 0,
    hasMask,
    isNicira,
    size,
    shift: Math.max(0, 32 - size * 8),
    total: HEADER_SIZE + payload,
    most: 2 ** bits - 1,
    mostMask: 2 ** (size * 8) - 1,
    named,
    whole: Object.freeze({ ...named, offset: 0, bits }),
  };
  const index = indexOf(row.header);
  if (BY_HEADER[index] !== undefined) return undefined;
  BY_HEADER[index] = row;
  return row;
}
