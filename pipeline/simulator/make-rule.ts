import {
  type Action,
  canonicalMatch,
  encodeMatch,
  FIELDS,
  type FieldMatch,
  type Instruction,
  type Match,
  Writer,
} from 'openflow-codec';
import { flowKey } from '../flow.ts';
import { join, type MaskedWords, spread } from './bits.ts';
import { SimulatorError } from './errors.ts';
import { placeOf } from './layout.ts';
import { prepareInstructions } from './prepare.ts';
import type { Clause, Rule } from './rule.ts';

/** What a new rule is made of. */
export interface RuleSource {
  readonly tableId: number;
  readonly priority: number;
  readonly cookie: bigint;
  readonly flags: number;
  readonly idleTimeout: number;
  readonly hardTimeout: number;
  readonly match: Match;
  readonly instructions: readonly Instruction[];
}

const scratch = new Writer();

/** A rule that nothing has hit yet. Throws SimulatorError for what is not modelled. `now` is milliseconds. */
export function makeRule(source: RuleSource, now: number): Rule {
  const { tableId, priority, cookie, flags, idleTimeout, hardTimeout, instructions } = source;
  const match = canonicalMatch(source.match);
  return {
    ...{ tableId, priority, cookie, flags, idleTimeout, hardTimeout, match, instructions },
    key: keyOf(tableId, priority, match),
    condition: conditionOf(match),
    run: prepareInstructions(instructions, tableId),
    actions: actionsOf(instructions),
    clauses: clausesOf(instructions),
    created: now,
    modified: now,
    used: now,
    packetCount: 0,
    byteCount: 0,
  };
}

/** The string that two flows share when they are the same flow; `match` is canonical. */
export function keyOf(tableId: number, priority: number, match: Match): string {
  scratch.reset();
  encodeMatch(match, scratch);
  return flowKey(tableId, priority, scratch.bytes());
}

/** The bits that a canonical match compares. */
export function conditionOf(match: Match): MaskedWords {
  return join(match.map((entry) => (entry.field === 'raw' ? refuse() : entryWords(entry))));
}

function refuse(): never {
  throw new SimulatorError('SIM_UNSUPPORTED', { field: 'of an unknown class or number' });
}

function entryWords({ field, value, mask }: FieldMatch): MaskedWords {
  const ones = (1n << BigInt(FIELDS[field].bits)) - 1n;
  return spread(placeOf(field), BigInt(value), mask === undefined ? ones : BigInt(mask));
}

/** All actions, those inside of clones included. */
function actionsOf(instructions: readonly Instruction[]): readonly Action[] {
  return instructions.flatMap((each) => ('actions' in each ? withNested(each.actions) : []));
}

function withNested(actions: readonly Action[]): readonly Action[] {
  return actions.flatMap((action) =>
    action.action === 'clone' ? [action, ...withNested(action.actions)] : [action],
  );
}

function clausesOf(instructions: readonly Instruction[]): readonly Clause[] {
  return instructions.flatMap((each) =>
    each.instruction === 'apply_actions'
      ? each.actions.flatMap((action) =>
          action.action === 'conjunction'
            ? [{ id: action.id, clause: action.clause - 1, clauses: action.clauses }]
            : [],
        )
      : [],
  );
}
