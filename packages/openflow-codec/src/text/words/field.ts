import { hasLongHeader } from '../../action/subfield.ts';
import type { Action, Subfield } from '../../action.ts';
import { FIELDS, type FieldName } from '../../fields.ts';
import { allOnes, normalizeValue } from '../../match/value.ts';
import { fieldOfAction } from '../field-words.ts';
import { parseBytes, parseNumber, parseWide } from '../number.ts';
import { type Slice, splitAt, trimmed, unexpected } from '../slice.ts';
import { bitsOf, checkWritable, parseSubfield, parseTarget } from '../subfield.ts';
import { bytesOf, parseValue } from '../value.ts';
import type { Words } from './context.ts';
import { readOptions } from './options.ts';
import { plain } from './output.ts';

/** Bits of the constant in NXAST_REG_LOAD; a wider one takes several. */
const LOAD_BITS = 64;

/** Words of the actions that read and write fields (ovs-actions(7)). */
export const FIELD_WORDS: Words = {
  set_field(value, { numbers, state }) {
    const [constant, name] = arrowOf(value);
    const field = fieldOfAction(name.text);
    if (field === undefined) throw unexpected('OFT_WORD', name, 'a field');
    checkWritable(field, name);
    const { value: wanted, mask } = parseValue(field, constant, numbers);
    if (field === 'vlan_tci') state.hasVlan = (Number(wanted) & 0x1000) !== 0;
    if (mask !== undefined) return maskedLoads(field, BigInt(wanted), BigInt(mask));
    const size = FIELDS[field].isVariable && { size: bytesOf(wanted) };
    return [{ action: 'set_field', field, value: wanted, ...size }];
  },
  load(value) {
    const [constant, target] = arrowOf(value);
    const to = parseSubfield(target);
    return loads(to, parseWide(constant, to.bits));
  },
  move(value) {
    const [source, target] = arrowOf(value);
    const from = parseSubfield(source);
    const to = parseTarget(target);
    if (from.bits !== to.bits) throw unexpected('OFT_VALUE', target, `${from.bits} bits`);
    return [{ action: 'reg_move', from, to }];
  },
  push: (value) => [{ action: 'stack_push', from: parseSubfield(value) }],
  pop: (value) => [{ action: 'stack_pop', to: parseTarget(value) }],
  delete_field(value) {
    const field = fieldOfAction(value.text);
    if (field === undefined) throw unexpected('OFT_WORD', value, 'a field');
    if (!FIELDS[field].isVariable) throw unexpected('OFT_VALUE', value, 'a tunnel option');
    return [{ action: 'delete_field', field }];
  },
  check_pkt_larger(value) {
    const [length, target] = arrowOf(value);
    const to = parseSubfield(target);
    if (to.bits !== 1) throw unexpected('OFT_VALUE', target, 'one bit');
    const text = length.text.replace(/\)$/, '');
    return [{ action: 'check_pkt_larger', length: parseNumber({ text, at: length.at }, 16, 'a length'), to }];
  },
  note: (value) => [{ action: 'note', bytes: padded(parseBytes(value)) }],
  conjunction(value) {
    const [, id = '', clause = '', clauses = ''] =
      /^\s*(\d+)\s*,\s*(\d+)\s*\/\s*(\d+)\s*$/.exec(value.text) ?? [];
    if (id === '') throw unexpected('OFT_SYNTAX', value, 'conjunction(id,k/n)');
    const numbers = { id: Number(id), clause: Number(clause), clauses: Number(clauses) };
    const fits = numbers.clauses >= 2 && numbers.clauses <= 64 && numbers.clause >= 1;
    if (!fits || numbers.clause > numbers.clauses || numbers.id > 0xffffffff) {
      throw unexpected('OFT_VALUE', value, 'conjunction(id,k/n) with k from 1 to n, and n from 2 to 64');
    }
    return [{ action: 'conjunction', ...numbers }];
  },
  fin_timeout(value) {
    const timeouts = { idleTimeout: 0, hardTimeout: 0 };
    readOptions(value, {
      idle_timeout: (one) => {
        timeouts.idleTimeout = parseNumber(one, 16, 'seconds');
      },
      hard_timeout: (one) => {
        timeouts.hardTimeout = parseNumber(one, 16, 'seconds');
      },
    });
    return [{ action: 'fin_timeout', ...timeouts }];
  },
  ct_clear: plain({ action: 'ct_clear' }),
};

/** What stands on both sides of `->`. Throws OFT_SYNTAX. */
export function arrowOf(slice: Slice): readonly [Slice, Slice] {
  const parts = splitAt(slice, '->');
  if (parts === undefined) throw unexpected('OFT_SYNTAX', slice, 'what->where');
  return [trimmed(parts[0]), trimmed(parts[1])];
}

/** The lower 64 bits first, as ovs-ofctl splits a wide constant; NXAST_REG_LOAD2 where the other can't name the field. */
function loads(to: Subfield, value: bigint): Action[] {
  if (hasLongHeader(to) || FIELDS[to.field].isVariable) {
    const shift = BigInt(to.offset);
    return [maskedSet(to.field, value << shift, ((1n << BigInt(to.bits)) - 1n) << shift)];
  }
  const actions: Action[] = [];
  for (let offset = 0; offset < to.bits; offset += LOAD_BITS) {
    const bits = Math.min(LOAD_BITS, to.bits - offset);
    const part = BigInt.asUintN(bits, value >> BigInt(offset));
    actions.push({ action: 'reg_load', to: { ...to, offset: to.offset + offset, bits }, value: part });
  }
  return actions;
}

function maskedSet(field: FieldName, value: bigint, mask: bigint): Action {
  const action = { action: 'set_field', field, value: normalizeValue(field, value) } as const;
  if (mask === BigInt(allOnes(field))) return { ...action, form: 'reg_load2' };
  const size = FIELDS[field].isVariable && { size: Math.max(bytesOf(value), bytesOf(mask)) };
  return { ...action, mask: normalizeValue(field, mask), ...size };
}

/** OpenFlow 1.3's set_field has no mask: each run of ones in it becomes a load, as ovs-ofctl does. */
function maskedLoads(field: FieldName, value: bigint, mask: bigint): Action[] {
  if (mask === 0n) return [];
  if (hasLongHeader({ field }) || FIELDS[field].isVariable) return [maskedSet(field, value, mask)];
  const actions: Action[] = [];
  const most = bitsOf(field);
  let offset = 0;
  while (offset < most) {
    if (((mask >> BigInt(offset)) & 1n) === 0n) {
      offset++;
      continue;
    }
    let bits = 1;
    while (offset + bits < most && ((mask >> BigInt(offset + bits)) & 1n) === 1n) bits++;
    actions.push(...loads({ field, offset, bits }, BigInt.asUintN(bits, value >> BigInt(offset))));
    offset += bits;
  }
  return actions;
}

/** With the zeros that fill the action: 6 bytes, 14, 22 and so on. */
function padded(bytes: Uint8Array): Uint8Array {
  const size = Math.max(6, Math.ceil((bytes.length + 2) / 8) * 8 - 2);
  const whole = new Uint8Array(size);
  whole.set(bytes);
  return whole;
}
