import type { Action, Instruction, Match } from 'openflow-codec';
import type { MaskedWords } from './bits.ts';
import type { Run } from './translation.ts';

/** One clause of a conjunctive match that a rule is part of; `clause` counts from 0. */
export interface Clause {
  readonly id: number;
  readonly clause: number;
  readonly clauses: number;
}

/** A flow as the simulated switch holds it: what was asked for, and what has become of it. */
export interface Rule {
  readonly tableId: number;
  readonly priority: number;
  /** Table, priority and match as one string: two flows that share it are the same flow (flowKey). */
  readonly key: string;
  readonly cookie: bigint;
  /** Sum of FLOW_FLAG. */
  readonly flags: number;
  /** Canonical. */
  readonly match: Match;
  readonly condition: MaskedWords;
  readonly instructions: readonly Instruction[];
  readonly run: readonly Run[];
  /** All actions of all instructions, for what depends on them: ports, groups, learning. */
  readonly actions: readonly Action[];
  /** Empty unless the rule's actions are conjunctions. */
  readonly clauses: readonly Clause[];
  /** Seconds, 0 for never; fin_timeout may lower them. */
  idleTimeout: number;
  hardTimeout: number;
  /** Milliseconds on the caller's clock. */
  readonly created: number;
  modified: number;
  used: number;
  packetCount: number;
  byteCount: number;
}
