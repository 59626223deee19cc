import type { Action, Instruction, LearnSpec, Subfield } from '../action.ts';
import { INSTRUCTION_ORDER } from '../instruction/codec.ts';
import { allOnes, normalizeValue } from '../match/value.ts';

/** Most bits that one NXAST_REG_LOAD carries. */
const LOAD_BITS = 64;

/**
 * The instructions as ovs-vswitchd sends them back in flow stats on OpenFlow 1.3: in its own order, without an
 * empty list of applied actions, and each list of actions canonical.
 */
export function canonicalInstructions(instructions: readonly Instruction[]): Instruction[] {
  return instructions
    .map((instruction) =>
      'actions' in instruction
        ? { ...instruction, actions: canonicalActions(instruction.actions) }
        : instruction,
    )
    .filter((instruction) => instruction.instruction !== 'apply_actions' || instruction.actions.length > 0)
    .sort((a, b) => INSTRUCTION_ORDER.indexOf(a.instruction) - INSTRUCTION_ORDER.indexOf(b.instruction));
}

/**
 * The actions as ovs-vswitchd sends them back: a masked set_field becomes one reg_load for each run of ones in
 * the mask, and headers take the form that Open vSwitch prefers.
 */
export function canonicalActions(actions: readonly Action[]): Action[] {
  return actions.flatMap(canonicalAction);
}

function canonicalAction(action: Action): Action[] {
  switch (action.action) {
    case 'set_field':
      return canonicalSetField(action);
    case 'clone':
      return [{ ...action, actions: canonicalActions(action.actions) }];
    case 'ct': {
      const zone = typeof action.zone === 'number' ? action.zone : plainSubfield(action.zone);
      return [{ ...action, zone, actions: canonicalActions(action.actions) }];
    }
    case 'reg_move':
      return [{ ...action, from: plainSubfield(action.from), to: plainSubfield(action.to) }];
    case 'reg_load':
      return [{ ...action, to: plainSubfield(action.to) }];
    case 'output_reg':
      return [{ ...action, from: plainSubfield(action.from) }];
    case 'learn':
      return [{ ...action, specs: action.specs.map(canonicalSpec) }];
    default:
      return [action];
  }
}

function canonicalSetField({ field, value, mask }: Extract<Action, { action: 'set_field' }>): Action[] {
  const ones = BigInt(allOnes(field));
  const changed = mask === undefined ? ones : BigInt(mask) & ones;
  if (changed === ones) return [{ action: 'set_field', field, value: normalizeValue(field, value) }];
  const loads: Action[] = [];
  let offset = 0;
  while (changed >> BigInt(offset) !== 0n) {
    let bits = 0;
    while (bits < LOAD_BITS && (changed >> BigInt(offset + bits)) & 1n) bits++;
    if (bits > 0) {
      const part = BigInt.asUintN(bits, BigInt(value) >> BigInt(offset));
      loads.push({ action: 'reg_load', to: { field, offset, bits }, value: part });
    }
    offset += Math.max(bits, 1);
  }
  return loads;
}

function canonicalSpec(spec: LearnSpec): LearnSpec {
  if (spec.spec === 'output') return { ...spec, from: plainSubfield(spec.from) };
  const from = typeof spec.from === 'bigint' ? spec.from : plainSubfield(spec.from);
  return { ...spec, from, to: plainSubfield(spec.to) };
}

function plainSubfield({ field, offset, bits }: Subfield): Subfield {
  return { field, offset, bits };
}
