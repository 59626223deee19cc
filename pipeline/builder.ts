import {
  type Action,
  FIELDS,
  type FieldMatch,
  type FieldName,
  type FieldValue,
  type Instruction,
  PORT,
} from 'openflow-codec';
import { PipelineError } from './errors.ts';
import { RESUBMIT_LIMIT } from './limits.ts';
import { type Register, regs } from './registers.ts';
import type { MatchName, StageName, Table } from './table.ts';

/** Where a packet goes next: the first table at or after a stage, or one of the app's own tables. */
export type Target = StageName | Table;
/** One value to set: a register of the pipeline or a whole field of the packet. */
export type Assignment = readonly [Register | FieldName, FieldValue];
/** An isolated copy of the packet: what it sets stays in the copy. */
export interface Branch {
  readonly set: readonly Assignment[];
  readonly to: Target;
}

/** What a builder hands over when its flow has ended. */
export interface FlowDraft {
  readonly table: Table;
  readonly priority: number;
  readonly match: readonly FieldMatch[];
  readonly instructions: readonly Instruction[];
}

/** What a builder asks of the layout, as seen from the table that its flow stands in. */
export interface Way {
  /** The table id of a target. Throws PipelineError PIPE_GOTO_BACK when it does not lie ahead. */
  tableId(to: Target): number;
  /** The most tables a packet sent there can still walk. */
  walk(to: Target): number;
}

/** Builds one flow. Ends with exactly one of goto, output, replicate or drop; nothing may follow. */
export class FlowBuilder<M extends MatchName = MatchName> {
  readonly table: Table<M>;
  readonly priority: number;
  readonly #way: Way;
  readonly #done: (draft: FlowDraft) => void;
  readonly #match = new Map<FieldName, FieldMatch>();
  readonly #actions: Action[] = [];
  #ended = false;

  constructor(table: Table<M>, priority: number, way: Way, done: (draft: FlowDraft) => void) {
    if (!Number.isInteger(priority) || priority < 1 || priority > 0xffff) {
      throw new PipelineError('PIPE_PRIORITY', { table: table.name, priority });
    }
    this.table = table;
    this.priority = priority;
    this.#way = way;
    this.#done = done;
  }

  /** Adds a condition on a field or register that the table declares. A register's mask is relative to the register. */
  when(name: M, value: FieldValue, mask?: FieldValue): this {
    this.#open();
    if (!this.table.match.includes(name)) {
      throw new PipelineError('PIPE_FIELD_UNDECLARED', { table: this.table.name, field: name });
    }
    const register = (regs as Partial<Record<string, Register>>)[name];
    const condition = register ? onRegister(register, value) : onField(name as FieldName, value, mask);
    const before = this.#match.get(condition.field);
    this.#match.set(condition.field, before ? bothOf(before, condition) : condition);
    return this;
  }

  /** Sets a register or a field of the packet. */
  set(target: Register | FieldName, value: FieldValue): this {
    this.#open();
    this.#actions.push(setAction([target, value]));
    return this;
  }

  /** Adds any other action of the codec, such as push_vlan. */
  apply(...actions: readonly Action[]): this {
    this.#open();
    this.#actions.push(...actions);
    return this;
  }

  /** Ends the flow: on to a later table. Throws PipelineError PIPE_GOTO_BACK otherwise. */
  goto(to: Target): void {
    this.#end([{ instruction: 'goto_table', table: this.#way.tableId(to) }]);
  }

  /** Ends the flow: out of an OpenFlow port. */
  output(port: number): void {
    this.apply({ action: 'output', port, maxLength: 0 });
    this.#end([]);
  }

  /** Ends the flow: one isolated copy of the packet per branch. No branch, no copy: the packet drops. */
  replicate(branches: readonly Branch[]): void {
    this.checkBudget(branches);
    for (const branch of branches) {
      const table = this.#way.tableId(branch.to);
      this.apply({
        action: 'clone',
        actions: [...branch.set.map(setAction), { action: 'resubmit', inPort: PORT.inPort, table }],
      });
    }
    this.#end([]);
  }

  /** Ends the flow: the packet is dropped and counted under this flow's cookie. */
  drop(): void {
    if (this.#actions.length > 0)
      throw new PipelineError('PIPE_ACTION_AFTER_END', { table: this.table.name });
    this.#end([]);
  }

  /** Throws PipelineError PIPE_BUDGET when one packet along all these branches would exceed RESUBMIT_LIMIT. */
  checkBudget(branches: readonly Branch[]): void {
    const resubmits = branches.reduce((sum, branch) => sum + this.#way.walk(branch.to), 0);
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

  #end(last: readonly Instruction[]): void {
    this.#open();
    this.#ended = true;
    const apply: Instruction[] =
      this.#actions.length > 0 ? [{ instruction: 'apply_actions', actions: this.#actions }] : [];
    this.#done({
      table: this.table,
      priority: this.priority,
      match: [...this.#match.values()],
      instructions: [...apply, ...last],
    });
  }
}

function onField(field: FieldName, value: FieldValue, mask: FieldValue | undefined): FieldMatch {
  return mask === undefined ? { field, value } : { field, value, mask };
}

function onRegister(register: Register, value: FieldValue): FieldMatch {
  const ones = (1n << BigInt(register.bits)) - 1n;
  const wide = BigInt(value);
  if (wide < 0n || wide > ones) {
    throw new PipelineError('PIPE_FIELD_VALUE', { field: register.name, value: String(value) });
  }
  const at = BigInt(register.offset);
  return {
    field: register.field,
    value: sized(register.field, wide << at),
    mask: sized(register.field, ones << at),
  };
}

/** Two conditions on bits of one field, as one; registers never share bits, so neither hides the other. */
function bothOf(a: FieldMatch, b: FieldMatch): FieldMatch {
  const mask = (match: FieldMatch) => BigInt(match.mask ?? (1n << BigInt(FIELDS[match.field].bits)) - 1n);
  return {
    field: a.field,
    value: sized(a.field, BigInt(a.value) | BigInt(b.value)),
    mask: sized(a.field, mask(a) | mask(b)),
  };
}

function setAction([target, value]: Assignment): Action {
  if (typeof target === 'string') return { action: 'set_field', field: target, value };
  if (BigInt(value) >> BigInt(target.bits) !== 0n) {
    throw new PipelineError('PIPE_FIELD_VALUE', { field: target.name, value: String(value) });
  }
  const to = { field: target.field, offset: target.offset, bits: target.bits };
  return { action: 'reg_load', to, value: BigInt(value) };
}

/** The codec's form of a value: number up to 32 bits, bigint above. */
function sized(field: FieldName, value: bigint): FieldValue {
  return FIELDS[field].bits > 32 ? value : Number(value);
}
