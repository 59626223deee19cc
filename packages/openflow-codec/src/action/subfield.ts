import type { Subfield } from '../action.ts';
import { CodecError } from '../errors.ts';
import { FIELDS } from '../fields.ts';
import { type HeaderForm, readHeader, writeHeader } from '../match/header.ts';
import { type PlainHeader, plainHeader, plainSubfieldHeader } from '../match/plain.ts';
import { isEntrySize, wireSize } from '../match/value.ts';
import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

const HEADER_SIZE = 4;

/** What the header of a subfield's field says. */
export type SubfieldHeader = Pick<Subfield, 'field' | 'form' | 'size'>;

/** The field that a header in an action names, or undefined when it is unknown or not of the plain form. */
export function readFieldHeader(reader: Reader, end: number): SubfieldHeader | undefined {
  if (end - reader.at >= HEADER_SIZE) {
    const plain = plainHeader(reader.view.getUint32(reader.at));
    if (plain !== undefined && !plain.hasMask) {
      reader.at += HEADER_SIZE;
      return plain.named;
    }
  }
  const { field, form, hasMask, payload } = readHeader(reader, end);
  if (field === undefined || hasMask || form === 'alias' || !isEntrySize(field, payload)) return undefined;
  if (payload !== wireSize(field)) return { field, size: payload };
  return form === 'oxm' ? { field, form } : { field };
}

/** Appends the header of a subfield's field, as Open vSwitch does: Nicira's where there is one. */
export function writeFieldHeader(subfield: SubfieldHeader, writer: Writer): void {
  const plain = plainSubfieldHeader(subfield.field, subfield.form);
  if (plain !== undefined) {
    const at = writer.reserve(HEADER_SIZE);
    writer.view.setUint32(at, plain.header);
    return;
  }
  const form: HeaderForm = subfield.form ?? 'nxm';
  writeHeader(subfield.field, form, false, writer, headerSize(subfield));
}

/** A subfield of a field's wire bytes, or undefined when the bits lie outside of them. */
export function makeSubfield(
  header: SubfieldHeader | undefined,
  offset: number,
  bits: number,
): Subfield | undefined {
  if (header === undefined || bits < 1 || offset + bits > headerSize(header) * 8) return undefined;
  const { field, form, size } = header;
  // Two shapes for all but tunnel options: copying what may be there costs more than the rest of decoding.
  if (size !== undefined) return { ...header, offset, bits };
  return form === undefined ? { field, offset, bits } : { field, offset, bits, form };
}

/** The header of a subfield that lies inside of a plain field; undefined for any other, also a wrong one. */
export function plainHeaderOf({ field, form, offset, bits }: Subfield): PlainHeader | undefined {
  const plain = plainSubfieldHeader(field, form);
  const isWithin =
    plain !== undefined &&
    offset >>> 0 === offset &&
    bits >>> 0 === bits &&
    bits > 0 &&
    offset + bits <= plain.size * 8;
  return isWithin ? plain : undefined;
}

/** Offset and size as Nicira packs them: offset in the upper 10 bits, size less one in the lower 6. */
export function packRange(subfield: Subfield, plain = plainHeaderOf(subfield)): number {
  const { field, offset, bits } = subfield;
  if (plain === undefined) checkSubfield(subfield);
  if (bits > 64) throw new CodecError('OFC_RANGE', { struct: 'ofs_nbits', field });
  return (offset << 6) | (bits - 1);
}

/** The inverse of packRange. */
export function unpackRange(packed: number): { readonly offset: number; readonly bits: number } {
  return { offset: packed >> 6, bits: (packed & 0x3f) + 1 };
}

/** The subfield, or OFC_RANGE when it lies outside of its field. */
export function checkSubfield(subfield: Subfield): Subfield {
  const { field, offset, bits } = subfield;
  const isWhole = offset >>> 0 === offset && bits >>> 0 === bits;
  if (!isWhole || bits < 1 || offset + bits > headerSize(subfield) * 8) {
    throw new CodecError('OFC_RANGE', { struct: 'subfield', field });
  }
  return subfield;
}

/** Bytes of the value, as the header states them. Throws OFC_RANGE when the field can't have so many. */
function headerSize({ field, form, size }: SubfieldHeader): number {
  const plain = plainSubfieldHeader(field, form);
  if (plain !== undefined) return plain.size;
  const stated = size ?? wireSize(field);
  if (!isEntrySize(field, stated)) throw new CodecError('OFC_RANGE', { struct: 'subfield', field });
  return stated;
}

/** True when the header in actions is an experimenter's, which takes 8 bytes instead of 4. */
export function hasLongHeader(subfield: SubfieldHeader): boolean {
  if (plainSubfieldHeader(subfield.field, subfield.form) !== undefined) return false;
  const { oxm, nxm } = FIELDS[subfield.field];
  return (subfield.form === 'oxm' ? oxm : (nxm ?? oxm)).experimenter !== undefined;
}
