import { METER } from 'openflow-codec';
import type { App, Emit, Fact, FactOf } from './app.ts';
import { FlowBuilder, type FlowDraft, type FlowSink } from './builder.ts';
import { checkApps, naming } from './check-apps.ts';
import { checkFactKey, cookieHi, learnedCookie, parseCookie } from './cookie.ts';
import { PipelineError } from './errors.ts';
import { type Flow, makeFlow } from './flow.ts';
import { Layout, type PlacedTable } from './layout.ts';
import { controllerMeter, type Meter, type MeterRate, makeMeter, parseMeter } from './meter.ts';
import { printFlow } from './print.ts';
import { MISS_PRIORITY } from './priority.ts';
import type { MatchName, Table } from './table.ts';
import { Ways } from './way.ts';

interface FlowCookie {
  readonly hi: number;
  readonly lo: number;
}

/** Why packets are dropped, as counters and people call it. */
export interface DropReason {
  readonly app: string;
  /** Name of a reason that the app declares, or of the table that the packet ended in. */
  readonly name: string;
  readonly doc: string;
}

/** The apps of a controller, put together: turns facts into flows. Pure. */
export class Pipeline<F extends { [K in keyof F]: Fact }> {
  readonly layout: Layout;
  readonly apps: readonly App<F>[];
  /** Flows that every switch has, whatever its facts: the apps' own, and what a table does when nothing matches. */
  readonly base: readonly Flow[];
  readonly #kinds: Readonly<Record<keyof F, number>>;
  readonly #ways = new Map<App<F>, Ways>();
  /** The apps that have meters. */
  readonly #metering: readonly App<F>[];
  /** The kinds of facts that any of them has meters for. */
  readonly #meteredKinds: ReadonlySet<string>;
  readonly #compiled = new WeakMap<object, readonly Flow[]>();
  #baseKeys: ReadonlySet<string> = new Set();

  /** Throws PipelineError when two apps or tables clash. `kinds` numbers the kinds of facts for the cookies (1–255). */
  constructor(apps: readonly App<F>[], kinds: Readonly<Record<keyof F, number>>) {
    checkApps(apps);
    this.apps = apps;
    this.#metering = apps.filter(({ meters }) => meters);
    this.#meteredKinds = new Set(this.#metering.flatMap(({ meters }) => Object.keys(meters?.rates ?? {})));
    this.layout = new Layout(apps);
    this.#kinds = kinds;
    this.base = [
      ...this.layout.tables.map((placed) => this.#miss(placed)),
      ...apps.flatMap((app) => this.#always(app)),
    ];
    this.#checkDistinct(this.base);
    this.#baseKeys = new Set(this.base.map(({ key }) => key));
  }

  /** All flows of one fact, by every app that reads its kind. Throws PipelineError, which names the app, on its mistake. */
  compile(fact: FactOf<F>): Flow[] {
    const flows: Flow[] = [];
    for (const app of this.apps) {
      // What `kind` says decides the rest of the row: the compiler cannot follow that through a type parameter.
      const compile = app.compile[fact.kind as keyof F] as
        | ((fact: FactOf<F>, emit: Emit) => void)
        | undefined;
      if (!compile) continue;
      const meter = app.meters && this.#meterOf(app, fact);
      this.#run(app, this.#cookieOf(app, fact), (emit) => compile(fact, emit), flows, meter?.number);
    }
    this.#checkDistinct(flows);
    return flows;
  }

  /** The same, worked out once for each object: for facts that many switches have. Throws as `compile` does, each time. */
  compileOnce(fact: FactOf<F>): readonly Flow[] {
    const known = this.#compiled.get(fact);
    if (known !== undefined) return known;
    const flows = Object.freeze(this.compile(fact));
    this.#compiled.set(fact, flows);
    return flows;
  }

  /** The meters of a fact, one of an app at most. Throws PipelineError PIPE_METER, which names the app. */
  metersOf(fact: FactOf<F>): readonly Meter[] {
    if (!this.#meteredKinds.has(fact.kind)) return NO_METERS;
    return this.#metering.flatMap((app) => this.#meterOf(app, fact) ?? []);
  }

  /** Why a meter of ours drops packets; nothing when its app is not there. */
  meterDropOf(number: number): DropReason | undefined {
    const { name: app, drops, meters } = this.#metersApp(number) ?? {};
    const name = meters?.drop;
    const doc = name && drops?.[name];
    return app !== undefined && name !== undefined && doc ? { app, name, doc } : undefined;
  }

  /** Whose a meter of our numbers is, or says that it is; null when no such app has meters. */
  causeOfMeter(number: number): { app: string; kind: string; key: number } | null {
    const app = this.#metersApp(number);
    const [kind] = Object.keys(app?.meters?.rates ?? {});
    return app && kind !== undefined ? { app: app.name, kind, key: parseMeter(number).key } : null;
  }

  /** Names of the app and the kind of fact behind a cookie's numbers. */
  describe(app: number, kind: number): { app: string; kind: string } {
    const kinds = Object.entries(this.#kinds) as [string, number][];
    return {
      app: app === 0 ? 'pipeline' : (this.apps.find((each) => each.number === app)?.name ?? `app ${app}`),
      kind: kind === 0 ? 'always' : (kinds.find(([, number]) => number === kind)?.[0] ?? `kind ${kind}`),
    };
  }

  /**
   * Why a flow drops packets: the reason that its cookie carries, else that of its table. Nothing for a flow that does
   * something, or that is not ours.
   */
  dropReasonOf(
    flow: Pick<Flow, 'tableId' | 'cookieHi' | 'cookieLo' | 'instructions'>,
  ): DropReason | undefined {
    const cookie = parseCookie(flow.cookieHi, flow.cookieLo);
    if (!cookie || flow.instructions.length > 0) return undefined;
    const app = this.apps.find(({ number }) => number === cookie.app);
    const [name, doc] = Object.entries(app?.drops ?? {})[cookie.reason - 1] ?? [];
    if (app && name !== undefined && doc !== undefined) return { app: app.name, name, doc };
    const placed = this.layout.tables.find(({ id }) => id === flow.tableId);
    if (placed?.table.stage === 'aside') return undefined;
    return (
      placed && {
        app: app?.name ?? placed.owner,
        name: placed.table.name,
        doc: placed.table.lost ?? placed.table.doc,
      }
    );
  }

  #always(app: App<F>): Flow[] {
    const flows: Flow[] = [];
    if (app.always) this.#run(app, { hi: cookieHi(app.number, 0), lo: 0 }, app.always, flows);
    return flows;
  }

  #cookieOf(app: App<F>, fact: Fact): FlowCookie {
    checkFactKey(fact.key, fact.kind);
    const kind = this.#kinds[fact.kind as keyof F];
    if (kind === undefined) throw new PipelineError('PIPE_FACT_KIND', { kind: fact.kind });
    return { hi: cookieHi(app.number, kind), lo: fact.key };
  }

  #metersApp(number: number): App<F> | undefined {
    if (number === METER.controller) return this.#metering.find(({ meters }) => meters?.ofController);
    const wanted = parseMeter(number).app;
    return this.#metering.find((app) => app.number === wanted);
  }

  #meterOf(app: App<F>, fact: FactOf<F>): Meter | undefined {
    const rateOf = app.meters?.rates[fact.kind as keyof F] as
      | ((fact: FactOf<F>) => MeterRate | undefined)
      | undefined;
    if (!rateOf) return undefined;
    return naming(app.name, () => {
      const rate = rateOf(fact);
      if (app.meters?.ofController) return rate && controllerMeter(rate);
      return rate && makeMeter(app.number, fact.key, rate);
    });
  }

  #run(app: App<F>, cookie: FlowCookie, work: (emit: Emit) => void, out: Flow[], meter?: number): void {
    const sink = new Sink(cookie, out, meter);
    const emit = emitInto(sink, this.#waysOf(app));
    naming(app.name, () => work(emit));
    const open = sink.begun.find((builder) => !builder.ended);
    if (open) throw new PipelineError('PIPE_NO_END', { app: app.name, table: open.table.name });
  }

  #waysOf(app: App<F>): Ways {
    const known = this.#ways.get(app);
    if (known) return known;
    const ways = new Ways(app, this.layout);
    this.#ways.set(app, ways);
    return ways;
  }

  /** Two flows that a switch would take for one are a mistake wherever they come from. */
  #checkDistinct(flows: readonly Flow[]): void {
    const seen = new Set<string>();
    for (const flow of flows) {
      if (seen.has(flow.key) || this.#baseKeys.has(flow.key)) {
        const first = flows.find(({ key }) => key === flow.key);
        const apps = [first ?? flow, flow].map(
          ({ cookieHi: hi }) => this.describe((hi >>> 16) & 0xff, 0).app,
        );
        throw new PipelineError('PIPE_TWICE', {
          app: [...new Set(apps)].join(' and '),
          flow: printFlow(flow, this.layout),
        });
      }
      seen.add(flow.key);
    }
  }

  #miss({ id, table }: PlacedTable): Flow {
    const after = table.miss === 'next' ? this.layout.after(table) : undefined;
    const instructions = after === undefined ? [] : [{ instruction: 'goto_table', table: after } as const];
    return makeFlow(id, MISS_PRIORITY, { hi: cookieHi(0, 0), lo: id }, [], instructions);
  }
}

const NO_METERS: readonly Meter[] = [];

function emitInto(sink: Sink, ways: Ways): Emit {
  return <M extends MatchName>(table: Table<M>, priority: number): FlowBuilder<M> => {
    const builder = new FlowBuilder(table, priority, ways.from(table), sink);
    sink.begun.push(builder as unknown as FlowBuilder<never>);
    return builder;
  };
}

/** Takes the flows of one fact, or those that every switch has, of one app. */
class Sink implements FlowSink {
  readonly #cookie: FlowCookie;
  readonly #out: Flow[];
  readonly begun: FlowBuilder<never>[] = [];
  readonly meter: number | undefined;

  constructor(cookie: FlowCookie, out: Flow[], meter: number | undefined) {
    this.meter = meter;
    this.#cookie = cookie;
    this.#out = out;
  }

  get learnedCookie(): bigint {
    return learnedCookie(this.#cookie.hi, this.#cookie.lo);
  }

  take({ tableId, priority, match, instructions, reason }: FlowDraft): void {
    const { hi, lo } = this.#cookie;
    this.#out.push(makeFlow(tableId, priority, { hi: (hi | reason) >>> 0, lo }, match, instructions));
  }
}
