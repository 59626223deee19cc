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
import { type Mastership, onRoleLost, takeRole } from './role.ts';

/**
 * absent: no connection. standby: slave by our own wish. outranked: another controller is its master, of a newer
 * generation. reading, installing: on the way. retrying: waiting after a failure. steady: all is as desired.
 */
const SWITCH_STATES = [
  'absent',
  'standby',
  'outranked',
  'reading',
  'installing',
  'retrying',
  'steady',
] as const;
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
  readonly #onOutranked: ((generation: bigint) => void) | undefined;
  readonly #outstanding = new Outstanding();
  /** Kind and key of the facts whose flows the switch refused. */
  #refusedFacts = new Set<string>();
  /** When refused flows are tried again, on performance.now(). */
  #retryAt = 0;
  #mastership: Mastership;
  /** What the switch has granted on the present connection. */
  #role: Mastership['role'] | 'unknown' = 'unknown';
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
    readonly mastership: Mastership;
    /** The switch has a master of this newer generation. */
    readonly onOutranked?: (generation: bigint) => void;
  }) {
    this.chassisId = options.chassisId;
    this.#desired = options.desired;
    this.#pipeline = options.pipeline;
    this.#log = options.log;
    this.#metrics = options.metrics;
    this.#onProgress = options.onProgress;
    this.#mastership = options.mastership;
    this.#onOutranked = options.onOutranked;
  }

  get state(): SwitchState {
    return this.#state;
  }

  /** True while what this switch has can come to be as desired: it is connected, and we may and can write. */
  get isWorking(): boolean {
    return this.#connection !== undefined && !IDLE_STATES.includes(this.#state);
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

  /** Takes another role or generation from now on, on the present connection and on those to come. */
  assume(mastership: Mastership): void {
    this.#mastership = mastership;
    this.#forget();
    this.#wake?.();
  }

  /** The switch has connected: reconcile over this connection from now on. */
  attach(connection: Connection): void {
    this.#connection = connection;
    this.#forget();
    this.#wake?.();
    onRoleLost(connection, () => this.#roleLost(connection));
    void this.#run(connection);
  }

  /** The connection is gone; the switch keeps forwarding by what it has. */
  detach(connection: Connection): void {
    if (this.#connection !== connection) return;
    this.#connection = undefined;
    this.#forget();
    this.#enter('absent');
    this.#wake?.();
  }

  async #run(connection: Connection): Promise<void> {
    let delay = RETRY_MS.first;
    while (this.#connection === connection) {
      try {
        if (this.#role === 'unknown') await this.#takeRole(connection);
        if (this.#connection !== connection) return;
        if (this.#role === 'master') await this.#reconcile(connection);
        else if (this.#role === 'slave') await this.#sleep(undefined);
        delay = RETRY_MS.first;
      } catch (error) {
        if (this.#connection !== connection) return;
        this.#forget();
        this.#enter('retrying');
        this.#failed(error, delay);
        await this.#rest(connection, delay);
        delay = Math.min(delay * 2, RETRY_MS.most);
      }
    }
  }

  /** What the switch has and what we are to it must be asked anew. */
  #forget(): void {
    this.#role = 'unknown';
    this.#known = false;
    this.#confirmed = -1;
  }

  async #takeRole(connection: Connection): Promise<void> {
    const wanted = this.#mastership;
    this.#enter('reading');
    const newer = await takeRole(connection, wanted);
    if (this.#connection !== connection || wanted !== this.#mastership) return;
    this.#role = newer === undefined ? wanted.role : 'slave';
    if (this.#role === 'master') return;
    this.#enter(newer === undefined ? 'standby' : 'outranked');
    if (newer === undefined) return;
    this.#log.error({ generation: wanted.generation, newer }, 'another controller is this switch’s master');
    this.#onOutranked?.(newer);
    this.#onProgress(this.chassisId);
  }

  /** The switch has told that another controller became its master. What we still send it refuses. */
  #roleLost(connection: Connection): void {
    if (this.#connection !== connection || this.#role !== 'master') return;
    this.#forget();
    this.#wake?.();
  }

  async #reconcile(connection: Connection): Promise<void> {
    if (!this.#known) await this.#read(connection);
    if (!this.#mayWrite(connection)) return;
    await this.#installPending(connection);
    if (this.#mayWrite(connection) && this.#outstanding.size === 0) await this.#idle();
  }

  #mayWrite(connection: Connection): boolean {
    return this.#connection === connection && this.#role === 'master';
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
    if (!this.#mayWrite(connection)) return;
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
      if (!this.#mayWrite(connection)) return;
      this.#metrics.changes.inc(changes.length - refusals.length);
      this.#metrics.bundles.inc();
      for (const [at, refusal] of refusals.entries()) this.#refuse(refusal, at < LOGGED_REFUSALS);
      this.#takeStockOfRefusals();
      this.#log.info({ changes: changes.length, refused: refusals.length }, 'flows installed');
    }
    if (!this.#mayWrite(connection)) return;
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

const IDLE_STATES: readonly SwitchState[] = ['standby', 'outranked', 'retrying'];

function factName(kind: string, key: number): string {
  return `${kind} ${key}`;
}

function isExpected(error: unknown): error is ChannelError | ReconcileError | CodecError {
  return error instanceof ChannelError || error instanceof ReconcileError || error instanceof CodecError;
}
