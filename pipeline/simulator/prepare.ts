import type { Action, ActionName, Instruction } from 'openflow-codec';
import { canonicalInstructions } from 'openflow-codec';
import { clearCt, prepareCt } from './ct-actions.ts';
import { SimulatorError } from './errors.ts';
import { FIELD_ACTIONS } from './field-actions.ts';
import { prepareLearn } from './learn.ts';
import { PACKET_ACTIONS } from './packet-actions.ts';
import type { Run } from './translation.ts';

type Prepare<N extends ActionName> = (action: Extract<Action, { action: N }>) => Run['run'];
/** How to make actions ready, by name; an action that is not here is not modelled. */
export type Preparations = { readonly [N in ActionName]?: Prepare<N> };

/** Actions that run other actions or depend on them. */
const NESTED: Preparations = {
  clone: ({ actions }) => {
    const list = prepareActions(actions);
    return (packet) => packet.runClone(list);
  },
  learn: prepareLearn,
  ct: (action) => prepareCt(action, prepareActions(action.actions)),
  ct_clear: () => clearCt,
};
const ALL: Preparations = { ...FIELD_ACTIONS, ...PACKET_ACTIONS, ...NESTED };

/** Makes a list of actions ready to run. Throws SimulatorError SIM_UNSUPPORTED for one that is not modelled. */
export function prepareActions(actions: readonly Action[]): readonly Run[] {
  return actions.map((action) => ({ action, run: prepare(action) }));
}

function prepare(action: Action): Run['run'] {
  // The row under an action's name takes that action: the compiler cannot see it through an index.
  const row = ALL[action.action] as ((action: Action) => Run['run']) | undefined;
  if (!row) throw new SimulatorError('SIM_UNSUPPORTED', { action: action.action });
  return row(action);
}

/** Makes the instructions of a flow of `table` ready to run, in the order in which Open vSwitch does. */
export function prepareInstructions(instructions: readonly Instruction[], table: number): readonly Run[] {
  return canonicalInstructions(instructions).flatMap((instruction) => prepareInstruction(instruction, table));
}

/** Stands for what is no action in the list of actions that instructions become. */
const INSTRUCTION: Action = { action: 'note', bytes: new Uint8Array() };

function prepareInstruction(instruction: Instruction, table: number): readonly Run[] {
  const run = (work: Run['run']): readonly Run[] => [{ action: INSTRUCTION, run: work }];
  switch (instruction.instruction) {
    case 'apply_actions':
      return prepareActions(instruction.actions);
    case 'write_actions': {
      const list = prepareActions(instruction.actions);
      return run((packet) => packet.writeActions(list));
    }
    case 'clear_actions':
      return run((packet) => packet.clearActions());
    case 'write_metadata':
      return prepareActions([{ ...instruction, action: 'write_metadata' }]);
    case 'goto_table': {
      const next = instruction.table;
      if (next <= table) throw new SimulatorError('SIM_GOTO_BACK', { table, goto: next });
      return run((packet) => packet.lookUp(next, packet.inPort));
    }
    case 'meter':
      // A meter lets everything pass: there is no clock that could fill it.
      return [];
    case 'raw':
      throw new SimulatorError('SIM_UNSUPPORTED', { instruction: 'raw' });
  }
}
