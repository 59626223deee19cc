import type { Subfield } from '../action.ts';
import { FIELDS, type FieldName } from '../fields.ts';
import { fieldOfAction } from './field-words.ts';
import { cut, type Slice, unexpected } from './slice.ts';

const FORM = /^([^[\]]+)(?:\[(?:(\d{1,4})(?:\.\.(\d{1,4}))?)?\])?$/;

/** `NXM_NX_REG0[]`, `NXM_NX_REG0[3]` or `NXM_NX_REG0[0..15]`. */
export function subfieldText({ field, offset, bits }: Subfield): string {
  const { header } = FIELDS[field];
  if (offset === 0 && bits === bitsOf(field)) return `${header}[]`;
  if (bits === 1) return `${header}[${offset}]`;
  return `${header}[${offset}..${offset + bits - 1}]`;
}

/** The inverse of subfieldText; also `reg0[0..15]`, and a name alone for the whole field. Throws TextError. */
export function parseSubfield(slice: Slice): Subfield {
  const [, word = '', first, last = first] = FORM.exec(slice.text) ?? [];
  if (word === '') throw unexpected('OFT_SYNTAX', slice, 'field, field[], field[bit] or field[first..last]');
  const field = fieldOfAction(word);
  if (field === undefined) throw unexpected('OFT_WORD', cut(slice, 0, word.length), 'a field');
  if (first === undefined) return wholeSubfield(field);
  const offset = Number(first);
  const bits = Number(last) - offset + 1;
  if (bits < 1 || offset + bits > bitsOf(field)) {
    throw unexpected('OFT_VALUE', slice, `bits of the ${bitsOf(field)} of ${word}`);
  }
  return { field, offset, bits };
}

/** As parseSubfield, for what an action sets: throws OFT_VALUE also when the field is read-only. */
export function parseTarget(slice: Slice): Subfield {
  const target = parseSubfield(slice);
  checkWritable(target.field, slice);
  return target;
}

/** Throws OFT_VALUE for a field that actions may not set. */
export function checkWritable(field: FieldName, slice: Slice): void {
  if (FIELDS[field].readOnly) throw unexpected('OFT_VALUE', slice, 'a field that can be set');
}

/** All bits of a field. */
export function wholeSubfield(field: FieldName): Subfield {
  return { field, offset: 0, bits: bitsOf(field) };
}

/** Bits that a whole subfield has. */
export function bitsOf(field: FieldName): number {
  return FIELDS[field].actionBits ?? FIELDS[field].bits;
}
