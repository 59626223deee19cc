import type { FieldHeader } from '../field.ts';
import { FIELD_NAMES, FIELDS, type FieldName, type FieldValue } from '../fields.ts';
import type { FieldMatch } from '../match.ts';
import { writeWords } from '../wire/halves.ts';
import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';
import { readValue, wireSize } from './value.ts';

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
  /** Bytes of header, value and mask. */
  readonly total: number;
  /** Greatest value of a field of up to 32 bits. */
  readonly most: number;
  /** Greatest mask of such a field: it may have ones in the unused bits of its bytes. */
  readonly mostMask: number;
  /** What a subfield under this header begins with. */
  readonly named: { readonly field: FieldName; readonly form?: 'oxm' };
}

const HEADER_SIZE = 4;
const SIZES: readonly number[] = [1, 2, 4, 6, 8, 16];

/** A field's headers, by what is to be written. */
interface Headers {
  readonly oxm: PlainHeader | undefined;
  readonly oxmMasked: PlainHeader | undefined;
  readonly nxm: PlainHeader | undefined;
  readonly nxmMasked: PlainHeader | undefined;
}

/** By class, then by number and mask bit: two small look-ups instead of one in a large table. */
const BY_CLASS = new Map<number, (PlainHeader | undefined)[]>();
const BY_FIELD = new Map<FieldName, Headers>(FIELD_NAMES.map((field) => [field, headersOf(field)]));

/** The row of a header, or undefined when it is not a plain one. */
export function plainHeader(header: number): PlainHeader | undefined {
  const row = BY_CLASS.get(header >>> 16)?.[(header >>> 8) & 0xff];
  return row !== undefined && row.header === header ? row : undefined;
}

/** The header of a field in an action: Nicira's where it has one, unless the other is wanted. */
export function plainSubfieldHeader(field: FieldName, form: 'oxm' | undefined): PlainHeader | undefined {
  const headers = BY_FIELD.get(field);
  return form === undefined ? headers?.nxm : headers?.oxm;
}

/** Reads one entry, which must end before `end`; undefined, at the same place, when it is not a plain one. */
export function readPlainEntry(reader: Reader, end: number): FieldMatch | undefined {
  const { view, at } = reader;
  if (end - at < HEADER_SIZE) return undefined;
  const row = plainHeader(view.getUint32(at));
  if (row === undefined || end - at < row.total) return undefined;
  const { field, size } = row;
  const value = readValue(view, at + HEADER_SIZE, size);
  if (typeof value === 'number' && value > row.most) return undefined;
  reader.at = at + row.total;
  if (!row.hasMask) return row.isNicira ? { field, value, form: 'nxm' } : { field, value };
  const mask = readValue(view, at + HEADER_SIZE + size, size);
  return row.isNicira ? { field, value, mask, form: 'nxm' } : { field, value, mask };
}

/** Appends one entry; false, with nothing written, when it is not a plain one. */
export function writePlainEntry({ field, value, mask, form }: FieldMatch, writer: Writer): boolean {
  const headers = BY_FIELD.get(field);
  if (headers === undefined) return false;
  if (mask === undefined) {
    const row = form === undefined ? headers.oxm : form === 'nxm' ? headers.nxm : undefined;
    if (row === undefined || !fits(value, row.size, row.most)) return false;
    const at = writer.reserve(row.total);
    writer.view.setUint32(at, row.header);
    write(writer.view, at + HEADER_SIZE, row.size, value);
    return true;
  }
  const row = form === undefined ? headers.oxmMasked : form === 'nxm' ? headers.nxmMasked : undefined;
  if (row === undefined || !fits(value, row.size, row.most) || !fits(mask, row.size, row.mostMask))
    return false;
  const at = writer.reserve(row.total);
  writer.view.setUint32(at, row.header);
  write(writer.view, at + HEADER_SIZE, row.size, value);
  write(writer.view, at + HEADER_SIZE + row.size, row.size, mask);
  return true;
}

/** True for a number, or for a bigint where the size asks for one, that uses only the bits there are. */
function fits(value: FieldValue, size: number, most: number): boolean {
  if (size <= 4) return typeof value === 'number' && value >>> 0 === value && value <= most;
  if (typeof value !== 'bigint') return false;
  if (size === 6) return BigInt.asUintN(48, value) === value;
  return size === 8 ? BigInt.asUintN(64, value) === value : BigInt.asUintN(128, value) === value;
}

function write(view: DataView, at: number, size: number, value: FieldValue): void {
  if (typeof value === 'number') {
    if (size === 4) view.setUint32(at, value);
    else if (size === 2) view.setUint16(at, value);
    else view.setUint8(at, value);
  } else if (size === 6) {
    writeWords(view, at, 3, value);
  } else if (size === 8) {
    view.setBigUint64(at, value);
  } else {
    view.setBigUint64(at, value >> 64n);
    view.setBigUint64(at + 8, value);
  }
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
  const row: PlainHeader = {
    field,
    header: ((place.class << 16) | (kind << 8) | payload) >>> 0,
    hasMask,
    isNicira,
    size,
    total: HEADER_SIZE + payload,
    most: 2 ** bits - 1,
    mostMask: 2 ** (size * 8) - 1,
    named: nxm === undefined || isNicira ? { field } : { field, form: 'oxm' },
  };
  const rows = BY_CLASS.get(place.class) ?? new Array<PlainHeader | undefined>(0x100).fill(undefined);
  rows[kind] = row;
  BY_CLASS.set(place.class, rows);
  return row;
}
