import { CodecError } from 'openflow-codec';
import type { Logger } from 'pino';
import type { Facts } from '#apps';
import type { Connection } from '#controller/channel/connection';
import { ChannelError } from '#controller/channel/errors';
import type { FactDelta } from '#controller/model/model';
import { type Pipeline, parseCookie } from '#pipeline';
import { install, type Refusal } from './bundle.ts';
import type { Desired } from './desired.ts';
import { ReconcileError } from './errors.ts';
import { showFragments } from './fragments.ts';
import type { ReconcileMetrics } from './metrics.ts';
import { Outstanding } from './outstanding.ts';
import { differences, readBack } from './read-back.ts';

/** absent: no connection. reading, installing: on the way. retrying: waiting after a failure. steady: all is as desired. */
const SWITCH_STATES = ['absent', 'reading', 'installing', 'retrying', 'steady'] as const;
export type SwitchState = (typeof SWITCH_STATES)[number];

const RETRY_MS = { first: 250, most: 10_000 };
const REFUSED_RETRY_MS = 30_000;
/** Refusals of one installation that are logged; their number always is. */
const LOGGED_REFUSALS = 20;

/**
 * Brings one switch to its desired flows and keeps it there: read back, compare, one bundle with the difference,
 * barrier, steady. The same path serves first connect, controller restart and OVS restart.
 */
export class SwitchReconciler {
  readonly chassisId: string;
  readonly #desired: Desired;
  readonly #pipeline: Pipeline<Facts>;
  readonly #log: Logger;
  readonly #metrics: ReconcileMetrics;
  readonly #onProgress: (chassisId: string) => void;
  readonly #outstanding = new Outstanding();
  /** Kind and key of the facts whose flows the switch refused. */
  #refusedFacts = new Set<string>();
  /** When refused flows are tried again, on performance.now(). */
  #retryAt = 0;
  #connection: Connection | undefined;
  #state: SwitchState = 'absent';
  /** True while what the switch has is known: the desired flows but for what is outstanding. */
  #known = false;
  #revision = 0;
  /** Nothing is known to be on a switch that has just connected. */
  #confirmed = -1;
  #bundles = 0;
  #wake: (() => void) | undefined;

  constructor(options: {
    readonly chassisId: string;
    readonly desired: Desired;
    readonly pipeline: Pipeline<Facts>;
    readonly log: Logger;
    readonly metrics: ReconcileMetrics;
    readonly onProgress: (chassisId: string) => void;
  }) {
    this.chassisId = options.chassisId;
    this.#desired = options.desired;
    this.#pipeline = options.pipeline;
    this.#log = options.log;
    this.#metrics = options.metrics;
    this.#onProgress = options.onProgress;
  }

  get state(): SwitchState {
    return this.#state;
  }

  get connection(): Connection | undefined {
    return this.#connection;
  }

  get desired(): Desired {
    return this.#desired;
  }

  get refused(): Iterable<Refusal> {
    return this.#outstanding.refused.values();
  }

  get refusedCount(): number {
    return this.#outstanding.refused.size;
  }

  /** True when a barrier has confirmed all that commits up to `revision` ask of this switch. */
  isSettled(revision: number): boolean {
    return this.#confirmed >= revision || (this.#state === 'steady' && this.#outstanding.size === 0);
  }

  /** True when flows of any fact are missing because the switch or the compiler refused them. */
  get hasFaults(): boolean {
    return this.#refusedFacts.size > 0 || this.#desired.hasFaults;
  }

  /** True when flows of this fact are missing because the switch or the compiler refused them. */
  isFaulty(kind: keyof Facts, key: number): boolean {
    return this.#refusedFacts.has(factName(kind, key)) || this.#desired.isFaulty(kind, key);
  }

  /** Takes in changed facts, of the commit that made the store's `revision`. */
  update(delta: FactDelta, revision: number): void {
    const contested = this.#desired.flows.conflicts;
    for (const change of this.#desired.apply(delta)) this.#outstanding.add(change);
    const { conflicts } = this.#desired.flows;
    if (conflicts > contested)
      this.#log.error({ conflicts }, 'two facts claim one flow: the lower cookie has it');
    for (const fact of delta.come) {
      const fault = this.#desired.faultOf(fact);
      if (fault) this.#log.error({ fact, code: fault.code, reason: fault.message }, 'fact not compiled');
    }
    this.#revision = revision;
    this.#wake?.();
  }

  /** The switch has connected: reconcile over this connection from now on. */
  attach(connection: Connection): void {
    this.#connection = connection;
    this.#known = false;
    this.#confirmed = -1;
    this.#wake?.();
    void this.#run(connection);
  }

  /** The connection is gone; the switch keeps forwarding by what it has. */
  detach(connection: Connection): void {
    if (this.#connection !== connection) return;
    this.#connection = undefined;
    this.#known = false;
    this.#confirmed = -1;
    this.#enter('absent');
    this.#wake?.();
  }

  async #run(connection: Connection): Promise<void> {
    let delay = RETRY_MS.first;
    while (this.#connection === connection) {
      try {
        if (!this.#known) await this.#read(connection);
        if (this.#connection !== connection) return;
        await this.#installPending(connection);
        delay = RETRY_MS.first;
        if (this.#connection === connection && this.#outstanding.size === 0) await this.#idle();
      } catch (error) {
        if (this.#connection !== connection) return;
        this.#known = false;
        this.#enter('retrying');
        this.#failed(error, delay);
        await this.#rest(connection, delay);
        delay = Math.min(delay * 2, RETRY_MS.most);
      }
    }
  }

  /** Counts and logs; what nobody expects is our own mistake, and it stays with this switch. */
  #failed(error: unknown, retryMs: number): void {
    const expected = isExpected(error);
    const code = expected ? error.code : 'RECO_FAULT';
    this.#metrics.failures.inc({ code });
    if (expected) this.#log.warn({ code, reason: error.message, retryMs }, 'switch not reconciled');
    else this.#log.error({ code, err: error, retryMs }, 'switch not reconciled');
  }

  async #read(connection: Connection): Promise<void> {
    this.#enter('reading');
    await showFragments(connection);
    const installed = await readBack(connection, this.#desired.flows.size);
    // A newer connection reads for itself.
    if (this.#connection !== connection) return;
    this.#outstanding.reset(differences(this.#desired.flows, installed));
    this.#known = true;
    this.#log.info(
      { installed: installed.size, desired: this.#desired.flows.size, changes: this.#outstanding.size },
      'switch read back',
    );
  }

  async #installPending(connection: Connection): Promise<void> {
    const revision = this.#revision;
    const changes = this.#outstanding.take();
    if (changes.length > 0) {
      this.#enter('installing');
      const end = this.#metrics.installSeconds.startTimer();
      const refusals = await install(connection, () => ++this.#bundles, changes);
      end();
      if (this.#connection !== connection) return;
      this.#metrics.changes.inc(changes.length - refusals.length);
      this.#metrics.bundles.inc();
      for (const [at, refusal] of refusals.entries()) this.#refuse(refusal, at < LOGGED_REFUSALS);
      this.#takeStockOfRefusals();
      this.#log.info({ changes: changes.length, refused: refusals.length }, 'flows installed');
    }
    if (this.#connection !== connection) return;
    this.#confirmed = revision;
    if (this.#outstanding.size === 0) this.#enter('steady');
    this.#onProgress(this.chassisId);
  }

  #refuse(refusal: Refusal, loudly: boolean): void {
    const flow = refusal.change.after ?? refusal.change.before;
    if (!flow) return;
    const cookie = parseCookie(flow.cookieHi, flow.cookieLo);
    const cause = cookie && { ...this.#pipeline.describe(cookie.app, cookie.kind), key: cookie.key };
    const table = this.#pipeline.layout.nameOf(flow.tableId);
    this.#outstanding.refuse(refusal);
    this.#metrics.refusals.inc({ error: refusal.error });
    this.#log[loudly ? 'error' : 'debug'](
      { error: refusal.error, table, cause },
      'flow refused by the switch',
    );
  }

  #takeStockOfRefusals(): void {
    if (this.#refusedFacts.size === 0) this.#retryAt = performance.now() + REFUSED_RETRY_MS;
    this.#refusedFacts = new Set();
    for (const { change } of this.refused) {
      const cookie = change.after && parseCookie(change.after.cookieHi, change.after.cookieLo);
      if (cookie)
        this.#refusedFacts.add(factName(this.#pipeline.describe(cookie.app, cookie.kind).kind, cookie.key));
    }
  }

  /** Waits until there is something to do; refused flows are tried again from time to time. */
  async #idle(): Promise<void> {
    const refused = this.#outstanding.refused.size > 0;
    await this.#sleep(refused ? Math.max(0, this.#retryAt - performance.now()) : undefined);
    if (!refused || performance.now() < this.#retryAt) return;
    this.#retryAt = performance.now() + REFUSED_RETRY_MS;
    this.#outstanding.retry();
  }

  /** Waits out a failure while the connection lasts: no change of the desired flows shortens it. */
  async #rest(connection: Connection, ms: number): Promise<void> {
    const end = performance.now() + ms;
    for (let left = ms; left > 0 && this.#connection === connection; left = end - performance.now())
      await this.#sleep(left);
  }

  #sleep(ms: number | undefined): Promise<void> {
    return new Promise((resolve) => {
      const timer = ms === undefined ? undefined : setTimeout(() => this.#wake?.(), ms);
      timer?.unref();
      this.#wake = () => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
    });
  }

  #enter(state: SwitchState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#log.debug({ state }, 'switch state');
  }
}

function factName(kind: string, key: number): string {
  return `${kind} ${key}`;
}

function isExpected(error: unknown): error is ChannelError | ReconcileError | CodecError {
  return error instanceof ChannelError || error instanceof ReconcileError || error instanceof CodecError;
}
