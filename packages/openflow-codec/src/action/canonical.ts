import type { Action, Instruction, LearnSpec, Subfield } from '../action.ts';
import { FIELDS } from '../fields.ts';
import { inOrder } from '../instruction/codec.ts';
import { allOnes, entrySize, normalizeValue, wireSize } from '../match/value.ts';

/**
 * The instructions as ovs-vswitchd sends them back in flow stats on OpenFlow 1.3: in its own order, without
 * empty lists of actions, and each list of actions canonical.
 */
export function canonicalInstructions(instructions: readonly Instruction[]): Instruction[] {
  const canonical = instructions.map((instruction) =>
    'actions' in instruction
      ? { ...instruction, actions: canonicalActions(instruction.actions) }
      : instruction,
  );
  return inOrder(canonical).filter(
    (instruction) => !('actions' in instruction) || instruction.actions.length > 0,
  );
}

/**
 * The actions as ovs-vswitchd sends them back: values only where their mask is 1, no mask that sets all bits, and
 * each header in the form that Open vSwitch writes there.
 */
export function canonicalActions(actions: readonly Action[]): Action[] {
  return actions.map(canonicalAction);
}

function canonicalAction(action: Action): Action {
  switch (action.action) {
    case 'set_field':
      return canonicalSetField(action);
    case 'set_tunnel':
    case 'set_tunnel64':
      return { action: 'set_field', field: 'tun_id', value: BigInt(action.tunnel) };
    case 'set_mpls_label':
      return { action: 'set_field', field: 'mpls_label', value: action.label };
    case 'set_mpls_tc':
      return { action: 'set_field', field: 'mpls_tc', value: action.trafficClass };
    case 'clone':
      return { ...action, actions: canonicalActions(action.actions) };
    case 'ct': {
      const zone = typeof action.zone === 'number' ? action.zone : plainSubfield(action.zone);
      return { ...action, zone, actions: canonicalActions(action.actions) };
    }
    case 'reg_move':
      return { ...action, from: plainSubfield(action.from), to: plainSubfield(action.to) };
    case 'copy_field':
      return { ...action, from: matchSubfield(action.from), to: matchSubfield(action.to) };
    case 'reg_load':
      return action.to.form === undefined ? action : { ...action, to: plainSubfield(action.to) };
    case 'output_reg':
      return { ...action, from: plainSubfield(action.from) };
    case 'learn': {
      const specs = action.specs.map(canonicalSpec);
      return action.result
        ? { ...action, specs, result: plainSubfield(action.result) }
        : { ...action, specs };
    }
    default:
      return action;
  }
}

function canonicalSetField(action: Extract<Action, { action: 'set_field' }>): Action {
  const { field, value, mask, form } = action;
  const size = FIELDS[field].isVariable && {
    size: entrySize({ field, value, ...(mask && { mask }), ...(action.size && { size: action.size }) }),
  };
  const plain = { action: 'set_field', field, value: normalizeValue(field, value), ...size } as const;
  if (mask === undefined) return form === 'reg_load2' ? { ...plain, form } : plain;
  const ones = BigInt(allOnes(field, size?.size));
  const changed = BigInt(mask) & ones;
  const isWhole = size !== undefined || wireSize(field) * 8 === FIELDS[field].bits;
  if (changed === ones && isWhole) return { ...plain, form: 'reg_load2' };
  const bits = normalizeValue(field, BigInt(value) & changed);
  return { ...plain, value: bits, mask: normalizeValue(field, changed) };
}

function canonicalSpec(spec: LearnSpec): LearnSpec {
  if (spec.spec === 'output') return { ...spec, from: plainSubfield(spec.from) };
  const from = typeof spec.from === 'bigint' ? spec.from : plainSubfield(spec.from);
  return { ...spec, from, to: plainSubfield(spec.to) };
}

function plainSubfield({ form: _, ...subfield }: Subfield): Subfield {
  return subfield;
}

/** As the ONF's actions have it: under the header of matches. */
function matchSubfield(subfield: Subfield): Subfield {
  return FIELDS[subfield.field].nxm === undefined ? plainSubfield(subfield) : { ...subfield, form: 'oxm' };
}
