import type { Logger } from 'pino';
import type { Facts } from '#apps';
import type { Connection } from '#controller/channel/connection';
import type { FactDelta } from '#controller/model/fact-delta';
import { Alarm } from './alarm.ts';
import { Evictions } from './audit/evictions.ts';
import { Suspicion } from './audit/suspicion.ts';
import { SwitchAudit } from './audit/switch-audit.ts';
import { Convergence } from './convergence.ts';
import type { Desired } from './desired/desired.ts';
import { tellFailure } from './failure.ts';
import type { Refusal } from './install/install.ts';
import type { ReconcileMetrics } from './metrics.ts';
import { Rank } from './rank.ts';
import type { Mastership } from './role.ts';
import type { SwitchOptions } from './switch-options.ts';
import { IDLE_STATES, type SwitchState } from './switch-state.ts';
import { Turns } from './turns.ts';

/** How long to wait after a failure, in milliseconds: twice as long after each in a row. */
const RETRY_MS = { first: 250, most: 10_000 };

/**
 * Keeps one switch at its desired flows while it is connected: takes the role of its master, brings its flows to what is
 * desired, sleeps until there is more to do, and begins anew after a failure. The same path serves first connect, controller
 * restart and OVS restart.
 */
export class SwitchReconciler {
  readonly chassisId: string;
  readonly evictions: Evictions;
  readonly #desired: Desired;
  readonly #log: Logger;
  readonly #metrics: ReconcileMetrics;
  readonly #onProgress: (chassisId: string) => void;
  readonly #upTo: () => number | undefined;
  readonly #convergence: Convergence;
  readonly #alarm = new Alarm();
  readonly #audit: SwitchAudit;
  /** The switch has told that somebody changes flows: an audit finds out what is to be repaired. */
  readonly #suspicion = new Suspicion(() => void this.audit());
  readonly #rank: Rank;
  #connection: Connection | undefined;
  #state: SwitchState = 'absent';
  #reason: string | undefined;
  #isSilent = false;

  constructor(options: SwitchOptions) {
    this.chassisId = options.chassisId;
    this.#desired = options.desired;
    this.#upTo = options.upTo;
    this.#log = options.log;
    this.#metrics = options.metrics;
    this.#onProgress = options.onProgress;
    this.#rank = new Rank(options);
    this.evictions = new Evictions(this.#log);
    const turns = options.turns ?? new Turns();
    const convergence = new Convergence({
      ...{ ...options, turns, suspicion: this.#suspicion },
      isPresent: (connection) => this.#connection === connection,
      mayWrite: (connection) => this.#mayWrite(connection),
      enter: (state) => this.#enter(state),
    });
    this.#convergence = convergence;
    const { outstanding, meters, emptiness } = convergence;
    this.#audit = new SwitchAudit({
      ...{ ...options, outstanding, meters, turns },
      ...{ policy: options.foreignFlows ?? 'leave', onEmpty: () => void emptiness.tell() },
    });
  }

  get state(): SwitchState {
    if (this.#isSilent) return 'silent';
    // A switch with another master connects to that one only.
    if (this.#state === 'absent' && this.#rank.outrankedBy !== undefined) return 'outranked';
    return this.#state === 'steady' && this.#upTo() === undefined ? 'installing' : this.#state;
  }

  /** Why it is in this state, if it ought not to be. */
  get reason(): string | undefined {
    return this.#reason;
  }

  /** It is connected, and answers or is only busy. */
  get isReachable(): boolean {
    return this.#connection !== undefined && !this.#isSilent;
  }

  /** True while what this switch has can come to be as desired: it is connected, and we may and can write. */
  get isWorking(): boolean {
    return this.#connection !== undefined && !IDLE_STATES.includes(this.state);
  }

  /** Which masters are above us. */
  get rank(): Pick<Rank, 'outrankedBy' | 'told'> {
    return this.#rank;
  }

  get connection(): Connection | undefined {
    return this.#connection;
  }

  get desired(): Desired {
    return this.#desired;
  }

  /** Flows in which the switch is known to differ from what it ought to have, and is to be changed. */
  get pendingCount(): number {
    return this.#convergence.outstanding.size;
  }

  get refused(): Iterable<Refusal> {
    return this.#convergence.outstanding.refused.values();
  }

  get refusedCount(): number {
    return this.#convergence.outstanding.refused.size;
  }

  /** True when a barrier has confirmed all that commits up to `revision` ask of this switch. */
  isSettled(revision: number): boolean {
    const isCalm = this.#state === 'steady' && this.#convergence.isDone;
    return this.#convergence.confirmed >= revision || (isCalm && (this.#upTo() ?? -1) >= revision);
  }

  /** True when flows of any fact are missing because the switch or the compiler refused them. */
  get hasFaults(): boolean {
    return this.#convergence.hasRefusals || this.#desired.hasFaults;
  }

  /** True when flows of this fact are missing because the switch or the compiler refused them. */
  isFaulty(kind: keyof Facts, key: number): boolean {
    return this.#convergence.isRefused(kind, key) || this.#desired.isFaulty(kind, key);
  }

  /** What audits have found here. */
  get audits(): Pick<SwitchAudit, 'report' | 'census' | 'denied'> {
    return this.#audit;
  }

  /**
   * Compares what the switch has with what it ought to have, beside all other work, and repairs what somebody else changed.
   * Resolves with false when it could not look now; a suspicion is then followed up later.
   */
  async audit(): Promise<boolean> {
    const connection = this.#connection;
    const isIdle = this.#state === 'steady' && this.#convergence.isDone && !this.#audit.isUnderWay;
    if (!connection || !isIdle) {
      if (connection) this.#suspicion.raise();
      return false;
    }
    const { reads } = this.#convergence;
    try {
      return await this.#audit.run(
        connection,
        () => this.#convergence.reads === reads && this.#mayWrite(connection),
      );
    } catch (error) {
      if (this.#connection === connection) {
        this.#failed(error, 'audit failed');
        this.#suspicion.raise();
      }
      return false;
    } finally {
      if (!this.#convergence.isDone) this.#alarm.wake();
    }
  }

  /** Takes in changed facts. */
  update(delta: FactDelta): void {
    this.#convergence.take(delta);
    this.#alarm.wake();
  }

  /** Takes another role or generation from now on, on the present connection and on those to come. */
  assume(mastership: Mastership): void {
    this.#rank.assume(mastership);
    this.#askAnew();
  }

  /** While its hypervisor's database names a master above us, this one writes nothing. */
  yieldTo(master: bigint | undefined): void {
    if (this.#rank.yieldTo(master)) this.#askAnew();
  }

  /** The switch has connected: reconcile over this connection from now on. */
  attach(connection: Connection): void {
    this.#connection = connection;
    this.#isSilent = false;
    this.#askAnew();
    this.evictions.hear(connection);
    this.#rank.watch(connection, () => this.#connection === connection && this.#askAnew());
    void this.#run(connection);
  }

  /** Whether it answers has been looked at: undefined, or what does not. Its connection goes on waiting. Returns whether that is news. */
  takePulse(connection: Connection, silence: string | undefined): boolean {
    if (this.#connection !== connection || this.#isSilent === (silence !== undefined)) return false;
    this.#isSilent = silence !== undefined;
    this.#log.warn(silence ?? 'switch answers again');
    return true;
  }

  /** The connection is gone; the switch keeps forwarding by what it has. */
  detach(connection: Connection): void {
    if (this.#connection !== connection) return;
    this.#connection = undefined;
    this.#isSilent = false;
    this.#forget();
    this.#rank.detach();
    this.#enter('absent');
    this.#alarm.wake();
  }

  async #run(connection: Connection): Promise<void> {
    let delay = RETRY_MS.first;
    while (this.#connection === connection) {
      try {
        if (this.#rank.granted === 'unknown') await this.#takeRole(connection);
        if (this.#connection !== connection) return;
        if (this.#rank.granted === 'master') await this.#reconcile(connection);
        else if (this.#rank.granted === 'slave') await this.#alarm.sleep();
        delay = RETRY_MS.first;
      } catch (error) {
        if (this.#connection !== connection) return;
        this.#forget();
        this.#enter('retrying', this.#failed(error, 'switch not reconciled', delay));
        await this.#rest(connection, delay);
        delay = Math.min(delay * 2, RETRY_MS.most);
      }
    }
  }

  /** What the switch has and what we are to it must be asked anew. */
  #forget(): void {
    this.#suspicion.drop();
    this.#rank.forget();
    this.#convergence.forget();
  }

  async #takeRole(connection: Connection): Promise<void> {
    this.#enter('reading');
    await this.#rank.take(connection, () => this.#connection === connection);
    if (this.#connection !== connection || this.#rank.granted !== 'slave') return;
    this.#enter(this.#rank.outrankedBy === undefined ? 'standby' : 'outranked');
    this.#onProgress(this.chassisId);
  }

  #askAnew(): void {
    this.#forget();
    this.#alarm.wake();
  }

  async #reconcile(connection: Connection): Promise<void> {
    await this.#convergence.bring(connection);
    if (!this.#mayWrite(connection) || !this.#convergence.isDone) return;
    // Until there is something to do; refused flows are tried again from time to time.
    await this.#alarm.sleep(this.#convergence.retryMs);
    this.#convergence.retry();
  }

  #mayWrite(connection: Connection): boolean {
    return this.#connection === connection && this.#rank.granted === 'master';
  }

  /** It stays with this switch. Returns it in words. */
  #failed(error: unknown, what: string, retryMs?: number): string {
    return tellFailure(error, what, { log: this.#log, metrics: this.#metrics, retryMs });
  }

  /** Waits out a failure while the connection lasts: no change of the desired flows shortens it. */
  async #rest(connection: Connection, ms: number): Promise<void> {
    const end = performance.now() + ms;
    for (let left = ms; left > 0 && this.#connection === connection; left = end - performance.now())
      await this.#alarm.sleep(left);
  }

  #enter(state: SwitchState, reason?: string): void {
    this.#reason = reason;
    if (this.#state === state) return;
    this.#state = state;
    this.#log.debug({ state }, 'switch state');
  }
}
