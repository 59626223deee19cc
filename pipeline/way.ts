import type { Way } from './builder.ts';
import { PipelineError } from './errors.ts';
import type { Layout } from './layout.ts';
import { type Register, regs } from './registers.ts';
import type { StageName, Table } from './table.ts';

/** The app that a way is for. */
interface Traveller {
  readonly name: string;
  readonly owns: readonly Table[];
  readonly uses: readonly Table[];
  readonly registers?: Readonly<Record<string, Register>>;
  readonly drops?: Readonly<Record<string, string>>;
}

/** The ways of one app: what its flows in each table may lead to, worked out once for all of them. */
export class Ways {
  readonly #app: Traveller;
  readonly #layout: Layout;
  readonly #known = new Map<Table, Way>();

  constructor(app: Traveller, layout: Layout) {
    this.#app = app;
    this.#layout = layout;
  }

  /** The way from a table. Throws PipelineError PIPE_TABLE_FOREIGN for one that the app neither owns nor uses. */
  from(table: Table): Way {
    const known = this.#known.get(table);
    if (known !== undefined) return known;
    if (!this.#app.owns.includes(table) && !this.#app.uses.includes(table)) {
      throw new PipelineError('PIPE_TABLE_FOREIGN', { app: this.#app.name, table: table.name });
    }
    const way = new TableWay(this.#app, this.#layout, table);
    this.#known.set(table, way);
    return way;
  }
}

class TableWay implements Way {
  readonly id: number;
  readonly before: number;
  readonly #app: Traveller;
  readonly #layout: Layout;
  readonly #table: Table;
  readonly #registers: ReadonlySet<Register>;
  readonly #tableIds = new Map<StageName | Table, number>();

  constructor(app: Traveller, layout: Layout, table: Table) {
    this.id = layout.idOf(table);
    this.before = layout.before(table);
    this.#app = app;
    this.#layout = layout;
    this.#table = table;
    this.#registers = new Set<Register>([...Object.values(regs), ...Object.values(app.registers ?? {})]);
  }

  tableId(to: StageName | Table): number {
    const known = this.#tableIds.get(to);
    if (known !== undefined) return known;
    const id = this.#forward(to);
    this.#tableIds.set(to, id);
    return id;
  }

  asideId(table: Table): number {
    if (table.stage === 'aside') return this.#layout.idOf(table);
    throw new PipelineError('PIPE_ASIDE', { from: this.#table.name, to: table.name });
  }

  walk(to: StageName | Table): number {
    return this.#layout.walk(to);
  }

  replicating(to: StageName | Table): string | undefined {
    return this.#layout.replicating(to).find((each) => each !== this.#table)?.name;
  }

  knows(register: Register): boolean {
    return this.#registers.has(register);
  }

  reason(name: string): number {
    const index = Object.keys(this.#app.drops ?? {}).indexOf(name);
    if (index >= 0) return index + 1;
    throw new PipelineError('PIPE_DROP_REASON', {
      app: this.#app.name,
      table: this.#table.name,
      reason: name,
    });
  }

  #forward(to: StageName | Table): number {
    const from = this.#table;
    const at = { from: from.name, to: typeof to === 'string' ? to : to.name };
    if (to === 'aside' || (typeof to !== 'string' && to.stage === 'aside'))
      throw new PipelineError('PIPE_ASIDE', at);
    // To its own stage an app sends what it is done with, so that the next app there has its turn.
    const target = (to === from.stage && this.#layout.after(from)) || this.#layout.entry(to);
    // A table may hand a packet to itself only by replication, which counts a register up; see replicate.ts.
    if (target < this.id || (target === this.id && !from.match.includes('floodPart')))
      throw new PipelineError('PIPE_GOTO_BACK', at);
    return target;
  }
}
