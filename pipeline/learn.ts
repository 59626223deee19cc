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

/** A flow that the switch is to learn: it matches what packets have then, and loads registers, no more. */
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
  /** Most flows that all lessons of this flow's fact may have left in that table; the next is not learned. */
  readonly limit: number;
  /** One bit: receives 1 when the flow is there now, 0 when the limit forbade it. */
  readonly stored?: Register;
}

/** Learned flows tell apart by what they match: one priority serves all. */
const PRIORITY = 1000;

/** The action that teaches a switch so. `cookie` is that of the learned flows, which go with the last flow that learns them. */
export function learnAction(lesson: Lesson, table: number, cookie: bigint): LearnAction {
  const { same, when = [], set, stored } = lesson;
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
    flags: LEARN_FLAG.deleteLearned | (stored ? LEARN_FLAG.writeResult : 0),
    limit: lesson.limit,
    ...(stored && { result: bitsOf(stored) }),
    specs: [...equal, ...fixed, ...loads],
  };
}

function bitsOf(of: Register | FieldName | Subfield): Subfield {
  if (typeof of === 'string') return { field: of, offset: 0, bits: FIELDS[of].bits };
  return { field: of.field, offset: of.offset, bits: of.bits };
}
