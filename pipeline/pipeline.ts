import type { App, Emit, Fact, FactOf } from './app.ts';
import { FlowBuilder, type FlowDraft, type Target } from './builder.ts';
import { checkFactKey, cookieHi } from './cookie.ts';
import { PipelineError } from './errors.ts';
import { type Flow, makeFlow } from './flow.ts';
import { Layout, type PlacedTable } from './layout.ts';
import { MISS_PRIORITY } from './priority.ts';
import type { MatchName, Table } from './table.ts';

interface FlowCookie {
  readonly hi: number;
  readonly lo: number;
}

/** The apps of a controller, put together: turns facts into flows. Pure. */
export class Pipeline<F extends { [K in keyof F]: Fact }> {
  readonly layout: Layout;
  readonly apps: readonly App<F>[];
  /** Flows that every switch has, whatever its facts: the apps' own, and what a table does when nothing matches. */
  readonly base: readonly Flow[];
  readonly #kinds: Readonly<Record<keyof F, number>>;

  /** Throws PipelineError when two apps or tables clash. `kinds` numbers the kinds of facts for the cookies (1–255). */
  constructor(apps: readonly App<F>[], kinds: Readonly<Record<keyof F, number>>) {
    const numbers = new Set<number>();
    for (const app of apps) {
      const fits = Number.isInteger(app.number) && app.number >= 1 && app.number <= 255;
      if (!fits || numbers.has(app.number)) throw new PipelineError('PIPE_APP_NUMBER', { app: app.name });
      numbers.add(app.number);
    }
    this.apps = apps;
    this.layout = new Layout(apps);
    this.#kinds = kinds;
    this.base = [
      ...this.layout.tables.map((placed) => this.#miss(placed)),
      ...apps.flatMap((app) => this.#always(app)),
    ];
  }

  /** All flows of one fact, by every app that reads its kind. Throws PipelineError on an app's mistake. */
  compile(fact: FactOf<F>): Flow[] {
    return this.apps.flatMap((app) => {
      // What `kind` says decides the rest of the row: the compiler cannot follow that through a type parameter.
      const compile = app.compile[fact.kind as keyof F] as
        | ((fact: FactOf<F>, emit: Emit) => void)
        | undefined;
      return compile ? this.#run(app, this.#cookieOf(app, fact), (emit) => compile(fact, emit)) : [];
    });
  }

  /** Names of the app and the kind of fact behind a cookie's numbers. */
  describe(app: number, kind: number): { app: string; kind: string } {
    const kinds = Object.entries(this.#kinds) as [string, number][];
    return {
      app: app === 0 ? 'pipeline' : (this.apps.find((each) => each.number === app)?.name ?? `app ${app}`),
      kind: kind === 0 ? 'always' : (kinds.find(([, number]) => number === kind)?.[0] ?? `kind ${kind}`),
    };
  }

  #always(app: App<F>): Flow[] {
    return app.always ? this.#run(app, { hi: cookieHi(app.number, 0), lo: 0 }, app.always) : [];
  }

  #cookieOf(app: App<F>, fact: Fact): FlowCookie {
    checkFactKey(fact.key, fact.kind);
    const kind = this.#kinds[fact.kind as keyof F];
    if (kind === undefined) throw new PipelineError('PIPE_FACT_KIND', { kind: fact.kind });
    return { hi: cookieHi(app.number, kind), lo: fact.key };
  }

  #run(app: App<F>, cookie: FlowCookie, work: (emit: Emit) => void): Flow[] {
    const out: Flow[] = [];
    const builders: FlowBuilder<never>[] = [];
    const emit = <M extends MatchName>(table: Table<M>, priority: number): FlowBuilder<M> => {
      if (!app.owns.includes(table) && !app.uses.includes(table)) {
        throw new PipelineError('PIPE_TABLE_FOREIGN', { app: app.name, table: table.name });
      }
      const way = {
        tableId: (to: Target) => this.#forward(table, to),
        walk: (to: Target) => this.layout.walk(to),
      };
      const builder = new FlowBuilder(table, priority, way, (draft) => out.push(this.#encode(draft, cookie)));
      builders.push(builder as unknown as FlowBuilder<never>);
      return builder;
    };
    work(emit);
    const open = builders.find((builder) => !builder.ended);
    if (open) throw new PipelineError('PIPE_NO_END', { app: app.name, table: open.table.name });
    return out;
  }

  #encode(draft: FlowDraft, cookie: FlowCookie): Flow {
    return makeFlow(this.layout.idOf(draft.table), draft.priority, cookie, draft.match, draft.instructions);
  }

  #forward(from: Table, to: Target): number {
    const target = this.layout.entry(to);
    const here = this.layout.idOf(from);
    // A table may hand a packet to itself only by replication, which counts a register up; see replicate.ts.
    if (target < here || (target === here && !from.match.includes('floodPart'))) {
      throw new PipelineError('PIPE_GOTO_BACK', {
        from: from.name,
        to: typeof to === 'string' ? to : to.name,
      });
    }
    return target;
  }

  #miss({ id, table }: PlacedTable): Flow {
    const after = table.miss === 'next' ? this.layout.stageAfter(table.stage) : undefined;
    const instructions = after
      ? [{ instruction: 'goto_table', table: this.layout.entry(after) } as const]
      : [];
    return makeFlow(id, MISS_PRIORITY, { hi: cookieHi(0, 0), lo: id }, [], instructions);
  }
}
