import { CodecError } from '../errors.ts';
import { FIELDS, type FieldName, type FieldValue } from '../fields.ts';
import type { FieldMatch } from '../match.ts';
import { readWords } from '../wire/halves.ts';
import type { Writer } from '../wire/writer.ts';

const WIRE_SIZES = [1, 2, 4, 6, 8, 16] as const;

/** Bytes that the value of a field takes on the wire; the most that it can take, for a tunnel option. */
export function wireSize(field: FieldName): number {
  return SIZES[field];
}

/** Bytes that the value of one entry takes: those of its field, or what it says about a tunnel option. */
export function entrySize({ field, value, mask, size }: FieldMatch): number {
  if (FIELDS[field].isVariable === undefined) return SIZES[field];
  return size ?? 4 * Math.max(wordsOf(value), mask === undefined ? 1 : wordsOf(mask));
}

/** True when a header may state this many bytes for a value of the field. */
export function isEntrySize(field: FieldName, size: number): boolean {
  if (FIELDS[field].isVariable === undefined) return size === SIZES[field];
  return Number.isInteger(size) && size >= 0 && size <= SIZES[field];
}

const SIZES = mapFields(
  (field) => FIELDS[field].size ?? WIRE_SIZES.find((size) => size * 8 >= FIELDS[field].bits) ?? 0,
);
const ONES = mapFields((field) => (1n << BigInt(FIELDS[field].bits)) - 1n);
const NUMBER_ONES = mapFields((field) => Number(ONES[field]));

/** The mask that compares every bit of a field, in the type that its values have. */
export function allOnes(field: FieldName, size?: number): FieldValue {
  if (FIELDS[field].isVariable && size !== undefined) return (1n << BigInt(size * 8)) - 1n;
  return wireSize(field) <= 4 ? NUMBER_ONES[field] : ONES[field];
}

/** A value in the type its field has: a number up to 32 bits, a bigint beyond. Throws OFC_RANGE when it is no integer. */
export function normalizeValue(field: FieldName, value: FieldValue): FieldValue {
  if (wireSize(field) <= 4) return typeof value === 'number' ? value : Number(value);
  if (typeof value === 'bigint') return value;
  if (!Number.isSafeInteger(value)) throw rangeError(field);
  return BigInt(value);
}

/** Reads a value of `size` bytes. */
export function readValue(view: DataView, at: number, size: number): FieldValue {
  switch (size) {
    case 1:
      return view.getUint8(at);
    case 2:
      return view.getUint16(at);
    case 3:
      return (view.getUint16(at) << 8) | view.getUint8(at + 2);
    case 4:
      return view.getUint32(at);
    case 6:
      return readWords(view, at, 3);
    case 8:
      return view.getBigUint64(at);
    case 16:
      return (view.getBigUint64(at) << 64n) | view.getBigUint64(at + 8);
    default:
      throw new Error(`no field has ${size} bytes`);
  }
}

/** Reads the value of a tunnel option, of any number of bytes. */
export function readOption(view: DataView, at: number, size: number): bigint {
  let value = 0n;
  let next = at;
  for (; next + 8 <= at + size; next += 8) value = (value << 64n) | view.getBigUint64(next);
  for (; next < at + size; next++) value = (value << 8n) | BigInt(view.getUint8(next));
  return value;
}

/** Appends the value or the mask of a tunnel option. Throws OFC_RANGE when `size` bytes can't hold it. */
export function writeOption(field: FieldName, value: FieldValue, size: number, writer: Writer): void {
  const wide = BigInt(normalizeValue(field, value));
  if (!isEntrySize(field, size) || BigInt.asUintN(size * 8, wide) !== wide) throw rangeError(field);
  const at = writer.reserve(size);
  let rest = wide;
  for (let next = at + size - 1; next >= at; next--) {
    writer.view.setUint8(next, Number(rest & 0xffn));
    rest >>= 8n;
  }
}

/** Appends a value of a field. Throws OFC_RANGE when it does not fit the field's bits. */
export function writeValue(field: FieldName, value: FieldValue, writer: Writer): void {
  writeBits(field, value, writer, NUMBER_ONES[field], FIELDS[field].bits);
}

/** Appends a mask of a field; unlike a value it may have ones in the unused bits of its bytes. */
export function writeMask(field: FieldName, mask: FieldValue, writer: Writer): void {
  const bits = wireSize(field) * 8;
  writeBits(field, mask, writer, 2 ** bits - 1, bits);
}

/** True when a value read from the wire uses only the field's bits. */
export function fitsField(field: FieldName, value: FieldValue): boolean {
  return typeof value === 'number' ? value <= NUMBER_ONES[field] : value <= ONES[field];
}

function writeBits(field: FieldName, value: FieldValue, writer: Writer, most: number, bits: number): void {
  const size = wireSize(field);
  const at = writer.reserve(size);
  const { view } = writer;
  if (size <= 4) {
    const number = Number(value);
    if (number >>> 0 !== number || number > most) throw rangeError(field);
    if (size === 1) view.setUint8(at, number);
    else if (size === 2) view.setUint16(at, number);
    else if (size === 3) {
      view.setUint16(at, number >>> 8);
      view.setUint8(at + 2, number & 0xff);
    } else view.setUint32(at, number);
    return;
  }
  const wide = typeof value === 'bigint' ? value : BigInt(normalizeValue(field, value));
  if (BigInt.asUintN(bits, wide) !== wide) throw rangeError(field);
  if (size === 6) {
    view.setUint16(at, Number(wide >> 32n));
    view.setUint32(at + 2, Number(wide & 0xffffffffn));
  } else if (size === 8) {
    view.setBigUint64(at, wide);
  } else {
    view.setBigUint64(at, wide >> 64n);
    view.setBigUint64(at + 8, wide & 0xffffffffffffffffn);
  }
}

/** Words of 4 bytes that a value needs, at least one. */
function wordsOf(value: FieldValue): number {
  return Math.max(1, Math.ceil(value.toString(16).length / 8));
}

function rangeError(field: string): CodecError {
  return new CodecError('OFC_RANGE', { struct: 'oxm_entry', field }, [4, 7]);
}

function mapFields<T>(derive: (field: FieldName) => T): Readonly<Record<FieldName, T>> {
  const names = Object.keys(FIELDS) as FieldName[];
  return Object.fromEntries(names.map((name) => [name, derive(name)])) as Record<FieldName, T>;
}
