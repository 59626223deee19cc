import type { Subfield } from '../action.ts';
import { FIELDS } from '../fields.ts';

/** `NXM_NX_REG0[]`, `NXM_NX_REG0[3]` or `NXM_NX_REG0[0..15]`. */
export function subfieldText({ field, offset, bits }: Subfield): string {
  const row = FIELDS[field];
  if (offset === 0 && bits === (row.actionBits ?? row.bits)) return `${row.header}[]`;
  if (bits === 1) return `${row.header}[${offset}]`;
  return `${row.header}[${offset}..${offset + bits - 1}]`;
}
