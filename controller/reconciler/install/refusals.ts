import type { Logger } from 'pino';
import type { Facts } from '#apps';
import { factName } from '#controller/model/fact-delta';
import { type Pipeline, parseCookie } from '#pipeline';
import type { ReconcileMetrics } from '../metrics.ts';
import type { Refusal } from './install.ts';

/** When what a switch has refused is tried again: a first time after so many milliseconds, then after twice as many… */
const RETRY_MS = { first: 5_000, most: 600_000 };
/** Refusals of one installation that are logged; their number always is. */
const LOGGED = 20;

/** What the present refusals of a switch mean: which facts lack flows, and when they are sent again. */
export class Refusals {
  readonly #pipeline: Pipeline<Facts>;
  readonly #log: Logger;
  readonly #metrics: ReconcileMetrics;
  /** Kind and key of the facts whose flows the switch refused. */
  #facts = new Set<string>();
  #delay = RETRY_MS.first;
  #retryAt = Number.POSITIVE_INFINITY;

  constructor(pipeline: Pipeline<Facts>, log: Logger, metrics: ReconcileMetrics) {
    this.#pipeline = pipeline;
    this.#log = log;
    this.#metrics = metrics;
  }

  /** True when flows of any fact are refused. */
  get any(): boolean {
    return this.#facts.size > 0;
  }

  /** True when flows of this fact are refused. */
  has(kind: string, key: number): boolean {
    return this.#facts.has(factName({ kind, key }));
  }

  /** Milliseconds until the refused flows are due; Infinity when there are none. */
  get wait(): number {
    return Math.max(0, this.#retryAt - performance.now());
  }

  /** An installation was refused these; `all` are now refused. Refusals of flows never refused before begin the waits anew. */
  note(fresh: readonly Refusal[], all: Iterable<Refusal>): void {
    const before = this.#facts;
    for (const [at, refusal] of fresh.entries()) this.#tell(refusal, at < LOGGED);
    this.#facts = new Set([...all].flatMap((refusal) => this.#factOf(refusal) ?? []));
    if (this.#facts.size === 0) {
      this.#delay = RETRY_MS.first;
      this.#retryAt = Number.POSITIVE_INFINITY;
    } else if (fresh.some((refusal) => !before.has(this.#factOf(refusal) ?? ''))) {
      this.#delay = RETRY_MS.first;
      this.#retryAt = performance.now() + this.#delay;
    }
  }

  /** The refused flows are sent again now. */
  retried(): void {
    this.#delay = Math.min(this.#delay * 2, RETRY_MS.most);
    this.#retryAt = performance.now() + this.#delay;
  }

  #tell({ change, error }: Refusal, loudly: boolean): void {
    const flow = change.after ?? change.before;
    const cookie = flow && parseCookie(flow.cookieHi, flow.cookieLo);
    const cause = cookie && { ...this.#pipeline.describe(cookie.app, cookie.kind), key: cookie.key };
    const table = flow && this.#pipeline.layout.nameOf(flow.tableId);
    this.#metrics.refusals.inc({ error });
    this.#log[loudly ? 'error' : 'debug']({ error, table, cause }, 'flow refused by the switch');
  }

  #factOf({ change: { after } }: Refusal): string | undefined {
    const cookie = after && parseCookie(after.cookieHi, after.cookieLo);
    return (
      cookie && factName({ kind: this.#pipeline.describe(cookie.app, cookie.kind).kind, key: cookie.key })
    );
  }
}
