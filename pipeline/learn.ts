import {
  FIELDS,
  type FieldName,
  LEARN_FLAG,
  type LearnAction,
  type LearnSpec,
  type Subfield,
} from 'openflow-codec';
import type { Register } from './registers.ts';
import type { Table } from './table.ts';

/**
 * A flow that the switch is to learn: it matches values of the packet that it is learned from, and only loads registers. It has
 * no `limit`: with one, Open vSwitch would count all flows learned by this flow for each packet that learns.
 */
export interface Lesson {
  /** A table of stage `aside`. */
  readonly table: Table;
  /** What a packet must have in common with the one that the flow was learned of. */
  readonly same: readonly (Register | FieldName | Subfield)[];
  /** What a packet must have. */
  readonly when?: readonly (readonly [Register, number])[];
  /** What it sets in packets. */
  readonly set: readonly (readonly [Register, number])[];
  /** Seconds without a packet until it is forgotten, 1–65535. */
  readonly idleTimeout: number;
  /** The same, once it has seen a FIN or RST. */
  readonly finIdleTimeout?: number;
}

/**
 * Learned flows tell apart by what they match: one priority serves all. Those that version 0.1.0 has left behind have 1000 and other
 * flags, and Open vSwitch would change them in vain each time that it learns them again: these stand above, until they are forgotten.
 */
const PRIORITY = 1001;
/** What a full table forgets is told; what ends by itself could be, too, but nobody asks for that (OFPT_SET_ASYNC). */
const FLAGS = LEARN_FLAG.deleteLearned | LEARN_FLAG.sendFlowRemoved;

/** The action that learns such a flow. Learned flows have this `cookie`, and are deleted with the last flow that learns by it. */
export function learnAction(lesson: Lesson, table: number, cookie: bigint): LearnAction {
  const { same, when = [], set } = lesson;
  const equal = same.map((each): LearnSpec => ({ spec: 'match', from: bitsOf(each), to: bitsOf(each) }));
  const fixed = when.map(
    ([to, value]): LearnSpec => ({ spec: 'match', from: BigInt(value), to: bitsOf(to) }),
  );
  const loads = set.map(([to, value]): LearnSpec => ({ spec: 'load', from: BigInt(value), to: bitsOf(to) }));
  return {
    action: 'learn',
    table,
    cookie,
    priority: PRIORITY,
    idleTimeout: lesson.idleTimeout,
    hardTimeout: 0,
    finIdleTimeout: lesson.finIdleTimeout ?? 0,
    finHardTimeout: 0,
    flags: FLAGS,
    specs: [...equal, ...fixed, ...loads],
  };
}

function bitsOf(of: Register | FieldName | Subfield): Subfield {
  if (typeof of === 'string') return { field: of, offset: 0, bits: FIELDS[of].bits };
  return { field: of.field, offset: of.offset, bits: of.bits };
}
