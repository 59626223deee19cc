import { FIELDS, type FieldName, type FieldValue } from '../fields.ts';
import { allOnes, normalizeValue } from '../match/value.ts';
import { FORMATS, type Masked } from './format.ts';
import type { TextNames, TextNumbers } from './names.ts';
import { type Slice, unexpected } from './slice.ts';

/** Bytes that a value of a tunnel option takes, at least one. */
export function bytesOf(value: FieldValue): number {
  return Math.max(1, Math.ceil(value.toString(16).length / 2));
}

/** A field's value, with its mask if there is one, as ovs-ofctl writes it in actions. */
export function valueText(
  field: FieldName,
  value: FieldValue,
  mask: FieldValue | undefined,
  names: TextNames,
): string {
  return FORMATS[FIELDS[field].as].print(value, mask, field, names);
}

/**
 * The inverse of valueText: value and mask in the type that the field has, without the bits that the mask leaves
 * out, and without a mask that leaves out none. `*` is a mask of zeros. Throws OFT_VALUE, OFT_WORD and OFT_SYNTAX.
 */
export function parseValue(field: FieldName, slice: Slice, numbers: TextNumbers): Masked {
  if (slice.text === '*') return { value: normalizeValue(field, 0), mask: normalizeValue(field, 0) };
  const { value, mask } = FORMATS[FIELDS[field].as].parse(slice, field, numbers);
  const ones = BigInt(allOnes(field));
  const compared = mask === undefined ? ones : BigInt(mask) & ones;
  const plain = BigInt(value);
  if ((plain & ones) !== plain) throw unexpected('OFT_VALUE', slice, `a value of ${FIELDS[field].bits} bits`);
  if (compared === ones) return { value: normalizeValue(field, plain) };
  if (!FIELDS[field].maskable && compared !== 0n)
    throw unexpected('OFT_VALUE', slice, 'a value without a mask');
  return { value: normalizeValue(field, plain & compared), mask: normalizeValue(field, compared) };
}
