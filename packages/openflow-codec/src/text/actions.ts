import { entryOf } from '../action/table.ts';
import type { Action, Instruction } from '../action.ts';
import { inOrder } from '../instruction/codec.ts';
import { bytesText } from './bytes.ts';
import { type TextNames, tableText } from './names.ts';
import { hexText, numberText } from './number.ts';

const ALL_BITS = 0xffffffffffffffffn;

/** Actions in the notation of ovs-ofctl, `drop` when there are none. */
export function formatActions(actions: readonly Action[], names: TextNames = {}): string {
  return actions.length === 0 ? 'drop' : listText(actions, names);
}

/** Instructions in the notation of ovs-ofctl, which writes applied actions without a word around them. */
export function formatInstructions(instructions: readonly Instruction[], names: TextNames = {}): string {
  const parts = inOrder(instructions).map((instruction) => instructionText(instruction, names));
  return parts.filter((part) => part !== '').join(',') || 'drop';
}

function listText(actions: readonly Action[], names: TextNames): string {
  return actions.map((action) => actionText(action, names)).join(',');
}

function actionText(action: Action, names: TextNames): string {
  if (action.action === 'raw') return `raw(${bytesText(action.bytes)})`;
  return entryOf(action).text(action, { names, actions: (inner) => listText(inner, names) });
}

function instructionText(instruction: Instruction, names: TextNames): string {
  switch (instruction.instruction) {
    case 'goto_table':
      return `goto_table:${tableText(instruction.table, names)}`;
    case 'write_metadata': {
      const { metadata, mask } = instruction;
      return `write_metadata:${numberText(metadata)}${mask === ALL_BITS ? '' : `/${hexText(mask)}`}`;
    }
    case 'write_actions':
      return `write_actions(${formatActions(instruction.actions, names)})`;
    case 'apply_actions':
      return listText(instruction.actions, names);
    case 'clear_actions':
      return 'clear_actions';
    case 'meter':
      return `meter:${instruction.meter}`;
    case 'raw':
      return `raw(${bytesText(instruction.bytes)})`;
  }
}
