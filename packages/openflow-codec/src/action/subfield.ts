import type { Subfield } from '../action.ts';
import { CodecError } from '../errors.ts';
import { FIELDS } from '../fields.ts';
import { type HeaderForm, readHeader, writeHeader } from '../match/header.ts';
import { wireSize } from '../match/value.ts';
import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

/** The field that a header in an action names, or undefined when it is unknown or not of the plain form. */
export function readFieldHeader(reader: Reader, end: number): Pick<Subfield, 'field' | 'form'> | undefined {
  const { field, form, hasMask, payload } = readHeader(reader, end);
  if (field === undefined || hasMask || payload !== wireSize(field)) return undefined;
  return form === 'oxm' ? { field, form } : { field };
}

/** Appends the header of a subfield's field, as Open vSwitch does: Nicira's where there is one. */
export function writeFieldHeader(subfield: Pick<Subfield, 'field' | 'form'>, writer: Writer): void {
  const form: HeaderForm = subfield.form ?? 'nxm';
  writeHeader(subfield.field, form, false, writer);
}

/** A subfield of a field's wire bytes, or undefined when the bits lie outside of them. */
export function makeSubfield(
  header: Pick<Subfield, 'field' | 'form'> | undefined,
  offset: number,
  bits: number,
): Subfield | undefined {
  if (header === undefined || bits < 1 || offset + bits > wireSize(header.field) * 8) return undefined;
  return header.form === undefined
    ? { field: header.field, offset, bits }
    : { field: header.field, offset, bits, form: header.form };
}

/** Offset and size as Nicira packs them: offset in the upper 10 bits, size less one in the lower 6. */
export function packRange(subfield: Subfield): number {
  const { field, offset, bits } = checkSubfield(subfield);
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
  const whole = Number.isInteger(offset) && Number.isInteger(bits);
  if (!whole || offset < 0 || bits < 1 || offset + bits > wireSize(field) * 8) {
    throw new CodecError('OFC_RANGE', { struct: 'subfield', field });
  }
  return subfield;
}

/** True when the header in actions is an experimenter's, which takes 8 bytes instead of 4. */
export function hasLongHeader(subfield: Subfield): boolean {
  const { oxm, nxm } = FIELDS[subfield.field];
  return (subfield.form === 'oxm' ? oxm : (nxm ?? oxm)).experimenter !== undefined;
}
