import {
  type Action,
  ALL_TABLES,
  CT_FLAG,
  ETHERTYPE,
  type FieldMatch,
  type FieldName,
  type FieldValue,
  type Instruction,
  METER,
  PORT,
} from 'openflow-codec';
import { bothOf, checkRegisterValue, onField, onRegister } from './condition.ts';
import { PipelineError } from './errors.ts';
import { type Lesson, learnAction } from './learn.ts';
import { RESUBMIT_LIMIT } from './limits.ts';
import { type Register, type RegisterName, regs } from './registers.ts';
import type { MatchName, StageName, Table } from './table.ts';

/**
 * Where a packet goes next: the first table of a stage or, if it has none, of a later one; or one of the app's own tables. The
 * flow's own stage stands for what comes next in it: the next app's table there, or else the next stage.
 */
export type Target = StageName | Table;
/** One value to set: a register of the pipeline or a whole field of the packet. */
export type Assignment = readonly [Register | FieldName, FieldValue];
/** An isolated copy of the packet: what it sets stays in the copy. */
export interface Branch {
  readonly set: readonly Assignment[];
  readonly to: Target;
}

/** One of the conditions of a conjunctive match (ovs-fields(7)): a packet that fulfils all of them has this conj_id. */
export interface Clause {
  /** 1–4294967295. */
  readonly id: number;
  /** From 1. */
  readonly clause: number;
  readonly of: number;
}

/** How a packet goes through connection tracking (`ct`, ovs-actions(7)). */
export interface Tracking {
  /** Holds the zone. */
  readonly zone: Register;
  /** Whether its connection is to be remembered. */
  readonly commit?: true;
}

/** What a builder hands over when its flow has ended. */
export interface FlowDraft {
  readonly tableId: number;
  readonly priority: number;
  readonly match: readonly FieldMatch[];
  readonly instructions: readonly Instruction[];
  /** Number of the reason, of a drop that says why; else 0. */
  readonly reason: number;
}

/** What a builder asks of the layout, as seen from the table that its flow stands in. */
export interface Way {
  /** The id of the table that the flow stands in. */
  readonly id: number;
  /** The most look-ups that a packet has behind it when it has found the flow. */
  readonly before: number;
  /** The table id of a target. Throws PipelineError PIPE_GOTO_BACK when it does not lie ahead. */
  tableId(to: Target): number;
  /** The id of a table of stage `aside`. Throws PipelineError PIPE_ASIDE for any other. */
  asideId(table: Table): number;
  /** The most look-ups that a packet sent there can still cause. */
  walk(to: Target): number;
  /** Name of another table at or after the target whose flows make copies, if there is one. */
  replicating(to: Target): string | undefined;
  /** True for a register of the pipeline or of the flow's app. */
  knows(register: Register): boolean;
  /** The number of a reason for a drop. Throws PipelineError PIPE_DROP_REASON for one that the app does not declare. */
  reason(name: string): number;
}

/** What a builder's flow is for. */
export interface FlowSink {
  /** The cookie of what the flow learns. */
  readonly learnedCookie: bigint;
  /** The number of the meter of the flow's fact, if it has one. */
  readonly meter: number | undefined;
  take(draft: FlowDraft): void;
}

/** Builds one flow. Ends with exactly one of goto, output, replicate, trackAndGoto, conjunction, done or drop; nothing may follow. */
export class FlowBuilder<M extends MatchName = MatchName> {
  readonly table: Table<M>;
  readonly priority: number;
  readonly #way: Way;
  readonly #sink: FlowSink;
  readonly #match: FieldMatch[] = [];
  readonly #actions: Action[] = [];
  #lookUps = 0;
  #meter: number | undefined;
  #ended = false;

  constructor(table: Table<M>, priority: number, way: Way, sink: FlowSink) {
    if (!Number.isInteger(priority) || priority < 1 || priority > 0xffff) {
      throw new PipelineError('PIPE_PRIORITY', { table: table.name, priority });
    }
    this.table = table;
    this.priority = priority;
    this.#way = way;
    this.#sink = sink;
  }

  /**
   * Adds a condition on a field or register that the table declares, by name or, for one of the app's own, the register
   * itself.
   */
  when(name: M | Register, value: FieldValue, mask?: FieldValue): this {
    this.#open();
    const isDeclared =
      typeof name === 'string'
        ? this.table.match.includes(name)
        : (this.table.registers ?? []).includes(name);
    if (!isDeclared) {
      const field = typeof name === 'string' ? name : name.name;
      throw new PipelineError('PIPE_FIELD_UNDECLARED', { table: this.table.name, field });
    }
    const register = typeof name === 'string' ? (regs as Partial<Record<string, Register>>)[name] : name;
    const condition = register ? onRegister(register, value, mask) : onField(name as FieldName, value, mask);
    for (let at = 0; at < this.#match.length; at++) {
      const before = this.#match[at];
      if (before?.field !== condition.field) continue;
      this.#match[at] = bothOf(before, condition);
      return this;
    }
    this.#match.push(condition);
    return this;
  }

  /** Sets a register or a field of the packet. */
  set(target: Register | FieldName, value: FieldValue): this {
    this.#open();
    this.#checkRegister(target);
    this.#actions.push(setAction([target, value]));
    return this;
  }

  /**
   * Adds any other action of the codec, such as push_vlan. Throws PipelineError PIPE_GOTO_BACK for a resubmit that does
   * not go forward, and PIPE_BUDGET for more of them than the table declares.
   */
  apply(...actions: readonly Action[]): this {
    this.#open();
    for (const table of resubmitsOf(actions)) {
      if (table <= this.#way.id)
        throw new PipelineError('PIPE_GOTO_BACK', { from: this.table.name, to: table });
      this.#lookUps++;
    }
    const most = this.table.lookUps ?? 0;
    if (this.#lookUps > most) {
      throw new PipelineError('PIPE_BUDGET', { table: this.table.name, lookUps: this.#lookUps, most });
    }
    this.#actions.push(...actions);
    return this;
  }

  /**
   * Looks a table of stage `aside` up: the flow found there sets registers of this packet. Throws PipelineError PIPE_ASIDE
   * and PIPE_BUDGET.
   */
  lookUp(table: Table): this {
    return this.apply({ action: 'resubmit', inPort: PORT.inPort, table: this.#way.asideId(table) });
  }

  /** Carries bytes that mean nothing to the switch, for `noteOf`. */
  note(bytes: Uint8Array): this {
    return this.apply({ action: 'note', bytes });
  }

  /** Sends the packet through the fact's meter first, which may drop it. Throws PipelineError PIPE_METER when it has none. */
  meter(): this {
    this.#open();
    this.#meter = this.#sink.meter;
    if (this.#meter === undefined || this.#meter === METER.controller)
      throw new PipelineError('PIPE_METER', { table: this.table.name });
    return this;
  }

  /** Has the switch learn flows. Throws PipelineError PIPE_ASIDE. */
  learn(...lessons: readonly Lesson[]): this {
    return this.apply(
      ...lessons.map((lesson) =>
        learnAction(lesson, this.#way.asideId(lesson.table), this.#sink.learnedCookie),
      ),
    );
  }

  /**
   * Sends the packet through connection tracking; it goes on here as it is, which tells nothing about the connection. Throws
   * PipelineError PIPE_TRACK.
   */
  track({ zone, commit }: Tracking): this {
    this.#checkTracking(zone);
    return this.apply(trackAction(zone, commit ? CT_FLAG.commit : 0, ALL_TABLES));
  }

  /** Ends the flow: as track, and on to a later table, where `ct_state` tells what tracking found. */
  trackAndGoto({ zone, commit }: Tracking, to: Target): void {
    this.#checkTracking(zone);
    this.apply(trackAction(zone, commit ? CT_FLAG.commit : 0, this.#way.tableId(to)));
    this.#end([]);
  }

  /** Ends the flow: it fulfils conditions of conjunctive matches, all of this priority, and does nothing else. */
  conjunction(clauses: readonly Clause[]): void {
    if (this.#actions.length > 0)
      throw new PipelineError('PIPE_ACTION_AFTER_END', { table: this.table.name });
    for (const { id, clause, of } of clauses)
      this.#actions.push({ action: 'conjunction', id, clause, clauses: of });
    this.#end([]);
  }

  /** Ends the flow, of a table of stage `aside`: the packet goes on where the table was looked up. */
  done(): void {
    if (this.table.stage !== 'aside') throw new PipelineError('PIPE_NO_END', { table: this.table.name });
    this.#end([]);
  }

  /** Ends the flow: on to a later table. Throws PipelineError PIPE_GOTO_BACK otherwise. */
  goto(to: Target): void {
    this.#end([{ instruction: 'goto_table', table: this.#way.tableId(to) }]);
  }

  /**
   * Ends the flow: what becomes of the packet is decided by what else it finds in this table, once `mark` is set, which the flow
   * asks to be 0; and the controller is shown it, if its meter lets it through. That is the fact's, because no packet goes to the
   * controller without one: PipelineError PIPE_METER. Throws PIPE_BUDGET as `apply` does.
   */
  show(mark: M & RegisterName): void {
    if (this.#sink.meter !== METER.controller)
      throw new PipelineError('PIPE_METER', { table: this.table.name });
    this.when(mark, 0).set(regs[mark], 1);
    const again = { action: 'resubmit', inPort: PORT.inPort, table: this.#way.id } as const;
    if (++this.#lookUps > (this.table.lookUps ?? 0))
      throw new PipelineError('PIPE_BUDGET', { table: this.table.name, lookUps: this.#lookUps });
    this.#actions.push(again, { action: 'output', port: PORT.controller, maxLength: WHOLE });
    this.#end([]);
  }

  /** Ends the flow: out of an OpenFlow port. */
  output(port: number): void {
    this.apply({ action: 'output', port, maxLength: 0 });
    this.#end([]);
  }

  /**
   * Ends the flow: one isolated copy of the packet per branch. No branch, no copy: the packet drops. The table must say
   * that it replicates, and copies may not be copied again on their way: PipelineError PIPE_REPLICATE.
   */
  replicate(branches: readonly Branch[]): void {
    this.#open();
    this.checkBudget(branches);
    for (const branch of branches) {
      const table = this.#way.tableId(branch.to);
      for (const [target] of branch.set) this.#checkRegister(target);
      this.#actions.push({
        action: 'clone',
        actions: [...branch.set.map(setAction), { action: 'resubmit', inPort: PORT.inPort, table }],
      });
    }
    this.#end([]);
  }

  /**
   * Ends the flow: the packet is dropped and counted under this flow's cookie, which carries the reason: one of the
   * app's `drops`, or that of the table when none is given.
   */
  drop(reason?: string): void {
    if (this.#actions.length > 0 || this.#meter !== undefined)
      throw new PipelineError('PIPE_ACTION_AFTER_END', { table: this.table.name });
    this.#end([], reason === undefined ? 0 : this.#way.reason(reason));
  }

  /**
   * Throws PipelineError PIPE_BUDGET when one packet along all these branches would exceed RESUBMIT_LIMIT, and
   * PIPE_REPLICATE when the table or what lies ahead does not allow copies.
   */
  checkBudget(branches: readonly Branch[]): void {
    if (!this.table.replicates) throw new PipelineError('PIPE_REPLICATE', { table: this.table.name });
    for (const { to } of branches) {
      const nested = to === this.table ? undefined : this.#way.replicating(to);
      if (nested) throw new PipelineError('PIPE_REPLICATE', { table: this.table.name, ahead: nested });
    }
    const ahead = branches.reduce(
      (sum, branch) => sum + (branch.to === this.table ? 1 : this.#way.walk(branch.to)),
      0,
    );
    const resubmits = this.#way.before + ahead;
    if (resubmits > RESUBMIT_LIMIT) {
      throw new PipelineError('PIPE_BUDGET', {
        table: this.table.name,
        branches: branches.length,
        resubmits,
      });
    }
  }

  get ended(): boolean {
    return this.#ended;
  }

  #open(): void {
    if (this.#ended) throw new PipelineError('PIPE_ACTION_AFTER_END', { table: this.table.name });
  }

  #checkRegister(target: Register | FieldName): void {
    if (typeof target === 'string' || this.#way.knows(target)) return;
    throw new PipelineError('PIPE_REGISTER_FOREIGN', { table: this.table.name, register: target.name });
  }

  #checkTracking(zone: Register): void {
    this.#checkRegister(zone);
    const { value = 0, mask } = this.#match.find(({ field }) => field === 'eth_type') ?? {};
    if ((value === ETHERTYPE.ipv4 || value === ETHERTYPE.ipv6) && mask === undefined) return;
    throw new PipelineError('PIPE_TRACK', { table: this.table.name });
  }

  #end(last: readonly Instruction[], reason = 0): void {
    this.#open();
    this.#ended = true;
    const first: Instruction[] =
      this.#meter === undefined ? [] : [{ instruction: 'meter', meter: this.#meter }];
    if (this.#actions.length > 0) first.push({ instruction: 'apply_actions', actions: this.#actions });
    this.#sink.take({
      tableId: this.#way.id,
      priority: this.priority,
      match: this.#match,
      instructions: first.length > 0 ? [...first, ...last] : last,
      reason,
    });
  }
}

function trackAction(zone: Register, flags: number, recircTable: number): Action {
  const { field, offset, bits } = zone;
  return { action: 'ct', flags, zone: { field, offset, bits }, recircTable, alg: 0, actions: [] };
}

/** Tables that actions look up on the side, those inside of clones included; 255 stands for the flow's own. */
function resubmitsOf(actions: readonly Action[]): readonly number[] {
  return actions.flatMap((action) => {
    if (action.action === 'clone') return resubmitsOf(action.actions);
    return action.action === 'resubmit' ? [action.table === SAME_TABLE ? 0 : action.table] : [];
  });
}

/** OFPCML_NO_BUFFER (OF 1.3.5, 7.2.5). Open vSwitch sends whole packets, whatever it is told. */
const WHOLE = 0xffff;

/** Table of a resubmit to where it stands. */
const SAME_TABLE = 255;

function setAction([target, value]: Assignment): Action {
  if (typeof target === 'string') return { action: 'set_field', field: target, value };
  checkRegisterValue(target, value);
  const to = { field: target.field, offset: target.offset, bits: target.bits };
  return { action: 'reg_load', to, value: BigInt(value) };
}
