import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Facts } from '#apps';
import type { Pipeline } from '#pipeline';

const SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** How many flows of an app a table has, on all switches together, by their names. */
export interface FlowCount {
  readonly app: string;
  readonly table: string;
  readonly count: number;
}

/** The counts of a reconciler, by names. */
export function flowsByName(
  { apps, layout }: Pipeline<Facts>,
  counts: Iterable<{ readonly app: number; readonly tableId: number; readonly count: number }>,
): readonly FlowCount[] {
  const names = new Map(apps.map(({ number, name }) => [number, name]));
  return Array.from(counts, ({ app, tableId, count }) => ({
    app: names.get(app) ?? 'pipeline',
    table: layout.nameOf(tableId) ?? String(tableId),
    count,
  }));
}

/** What is asked at each scrape. */
export interface Scraped {
  /** OpenFlow connections in their handshake, and all of them. */
  readonly openflow: () => { readonly handshakes: number; readonly all: number };
  /** OVSDB sessions of hypervisors that are used, and all of them. */
  readonly ovsdb: () => { readonly accepted: number; readonly all: number };
  readonly flows: () => Iterable<FlowCount>;
  /** Switches of which facts are still to be derived from what is committed. */
  readonly due: () => Iterable<string>;
  readonly revision: () => number;
}

/** What the parts of the controller count while they work. */
export interface ProcessMetrics {
  readonly closed: Counter<'code'>;
  readonly sessionsClosed: Counter<'code'>;
  readonly unasked: Counter;
  readonly barrierSeconds: Histogram;
  readonly compileSeconds: Histogram;
  readonly requestSeconds: Histogram<'method' | 'status'>;
}

/** Registers what is told of the process as a whole. */
export function processMetrics(registry: Registry, scraped: Scraped): ProcessMetrics {
  const registers = [registry];
  new Gauge({
    name: 'tenantflow_openflow_connections',
    help: 'OpenFlow connections, by whether their handshake is done.',
    labelNames: ['state'],
    registers,
    collect() {
      const { handshakes, all } = scraped.openflow();
      this.set({ state: 'handshake' }, handshakes);
      this.set({ state: 'ready' }, all - handshakes);
    },
  });
  new Gauge({
    name: 'tenantflow_ovsdb_sessions',
    help: 'OVSDB sessions of hypervisors, by whether they are accepted.',
    labelNames: ['state'],
    registers,
    collect() {
      const { accepted, all } = scraped.ovsdb();
      this.set({ state: 'accepted' }, accepted);
      this.set({ state: 'pending' }, all - accepted);
    },
  });
  new Gauge({
    name: 'tenantflow_flows',
    help: 'Flows that all switches together ought to have, by app and table.',
    labelNames: ['app', 'table'],
    registers,
    collect() {
      this.reset();
      for (const { app, table, count } of scraped.flows()) this.set({ app, table }, count);
    },
  });
  new Gauge({
    name: 'tenantflow_due_switches',
    help: 'Switches for which it is still to be worked out what commits change there.',
    registers,
    collect() {
      this.set([...scraped.due()].length);
    },
  });
  new Gauge({
    name: 'tenantflow_store_revision',
    help: 'Revision of the store: one more for each commit.',
    registers,
    collect() {
      this.set(scraped.revision());
    },
  });
  return {
    closed: new Counter({
      name: 'tenantflow_openflow_closed_total',
      help: 'OpenFlow connections that have ended, by code.',
      labelNames: ['code'],
      registers,
    }),
    sessionsClosed: new Counter({
      name: 'tenantflow_ovsdb_closed_total',
      help: 'OVSDB sessions that have ended, by code.',
      labelNames: ['code'],
      registers,
    }),
    unasked: new Counter({
      name: 'tenantflow_openflow_unasked_messages_total',
      help: 'Messages of switches that answer no request: what they tell by themselves, such as changes of flows. The log names who sends floods of them.',
      registers,
    }),
    barrierSeconds: new Histogram({
      name: 'tenantflow_barrier_seconds',
      help: 'Time from a barrier request to its reply.',
      buckets: SECONDS,
      registers,
    }),
    compileSeconds: new Histogram({
      name: 'tenantflow_compile_seconds',
      help: 'Time from commits to the changed flows of all switches; of a burst, until all of them are worked out.',
      buckets: SECONDS,
      registers,
    }),
    requestSeconds: new Histogram({
      name: 'tenantflow_api_request_seconds',
      help: 'Time from a request to its answer, by method and class of status.',
      labelNames: ['method', 'status'],
      buckets: SECONDS,
      registers,
    }),
  };
}
