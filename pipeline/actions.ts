import { type Action, FIELDS, type FieldName, type Subfield } from 'openflow-codec';
import type { Register } from './registers.ts';

/** Lets a packet leave by the OpenFlow port it came in by, as it must from one logical port to another on the same interface. */
export const FORGET_IN_PORT: Action = {
  action: 'reg_load',
  to: { field: 'nxm_in_port', offset: 0, bits: 16 },
  value: 0n,
};

/** Copies a whole field or register to another of the same width. */
export function move(from: FieldName | Register, to: FieldName | Register): Action {
  return { action: 'reg_move', from: whole(from), to: whole(to) };
}

/** Copies a whole field to the lowest bits of a register. */
export function put(from: FieldName, to: Register): Action {
  const source = whole(from);
  return { action: 'reg_move', from: source, to: { ...whole(to), bits: source.bits } };
}

/** Exchanges what two fields of the same width hold. */
export function swap(one: FieldName, other: FieldName): readonly Action[] {
  return [
    { action: 'stack_push', from: whole(one) },
    move(other, one),
    { action: 'stack_pop', to: whole(other) },
  ];
}

function whole(of: FieldName | Register): Subfield {
  if (typeof of !== 'string') return { field: of.field, offset: of.offset, bits: of.bits };
  return { field: of, offset: 0, bits: FIELDS[of].bits };
}
