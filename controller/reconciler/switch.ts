import type { Logger } from 'pino';
import type { Facts } from '#apps';
import type { Connection } from '#controller/channel/connection';
import type { FactDelta } from '#controller/model/fact-delta';
import type { Pipeline } from '#pipeline';
import { Alarm } from './alarm.ts';
import { Evictions } from './audit/evictions.ts';
import { FlowWatch } from './audit/flow-watch.ts';
import { Suspicion } from './audit/suspicion.ts';
import { SwitchAudit } from './audit/switch-audit.ts';
import type { Desired } from './desired/desired.ts';
import { takeIn } from './desired/take-in.ts';
import { tellFailure } from './failure.ts';
import { Emptiness } from './install/emptiness.ts';
import { fill, isAsFilled } from './install/fill.ts';
import { FormerGuests } from './install/former-guests.ts';
import { showFragments } from './install/fragments.ts';
import { install, type Refusal } from './install/install.ts';
import { installMetered, Meters } from './install/meters.ts';
import { Outstanding } from './install/outstanding.ts';
import { Refusals } from './install/refusals.ts';
import type { ReconcileMetrics } from './metrics.ts';
import { Rank } from './rank.ts';
import { compareByTurns, readBackBeside } from './reading/read-back.ts';
import type { Mastership } from './role.ts';
import type { SwitchOptions } from './switch-options.ts';
import { IDLE_STATES, type SwitchState } from './switch-state.ts';
import { Turns } from './turns.ts';

const RETRY_MS = { first: 250, most: 10_000 };

/**
 * Brings one switch to its desired flows and keeps it there: read back, compare, one bundle with the difference,
 * barrier, steady. The same path serves first connect, controller restart and OVS restart.
 */
export class SwitchReconciler {
  readonly chassisId: string;
  readonly evictions: Evictions;
  readonly #desired: Desired;
  readonly #pipeline: Pipeline<Facts>;
  readonly #log: Logger;
  readonly #metrics: ReconcileMetrics;
  readonly #onProgress: (chassisId: string) => void;
  readonly #emptiness: Emptiness;
  readonly #outstanding = new Outstanding();
  readonly #formerGuests = new FormerGuests();
  readonly #refusals: Refusals;
  readonly #meters: Meters;
  readonly #alarm = new Alarm();
  readonly #audit: SwitchAudit;
  /** The switch has told that somebody changes flows: what is repaired is found out by an audit. */
  readonly #suspicion = new Suspicion(() => void this.audit());
  readonly #watch: FlowWatch;
  readonly #rank: Rank;
  readonly #turns: Turns;
  #connection: Connection | undefined;
  #state: SwitchState = 'absent';
  #reason: string | undefined;
  #isSilent = false;
  /** True while what the switch has is known: the desired flows but for what is outstanding. */
  #known = false;
  readonly #upTo: () => number | undefined;
  /** Nothing is known to be on a switch that has just connected. */
  #confirmed = -1;
  #bundles = 0;
  /** Times that the switch was read back: what an audit saw before the last of them is not to be used. */
  #reads = 0;

  constructor(options: SwitchOptions) {
    this.chassisId = options.chassisId;
    this.#desired = options.desired;
    this.#upTo = options.upTo;
    this.#turns = options.turns ?? new Turns();
    this.#pipeline = options.pipeline;
    this.#log = options.log;
    this.#metrics = options.metrics;
    this.#onProgress = options.onProgress;
    this.#rank = new Rank(options);
    this.#meters = new Meters(this.#desired);
    this.evictions = new Evictions(this.#log);
    this.#refusals = new Refusals(this.#pipeline, this.#log, this.#metrics);
    this.#watch = new FlowWatch(this.#pipeline.layout, this.#suspicion);
    this.#emptiness = new Emptiness(async () => options.onEmpty?.(this.chassisId));
    this.#audit = new SwitchAudit({
      ...{ ...options, outstanding: this.#outstanding, meters: this.#meters, turns: this.#turns },
      ...{ policy: options.foreignFlows ?? 'leave', onEmpty: () => void this.#emptiness.tell() },
    });
  }

  get state(): SwitchState {
    if (this.#isSilent) return 'silent';
    // It need not be connected: the master has it connect to himself only.
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
    return this.#outstanding.size;
  }

  get refused(): Iterable<Refusal> {
    return this.#outstanding.refused.values();
  }

  get refusedCount(): number {
    return this.#outstanding.refused.size;
  }

  /** True when a barrier has confirmed all that commits up to `revision` ask of this switch. */
  isSettled(revision: number): boolean {
    const isCalm = this.#state === 'steady' && this.#isDone;
    return this.#confirmed >= revision || (isCalm && (this.#upTo() ?? -1) >= revision);
  }

  /** True when flows of any fact are missing because the switch or the compiler refused them. */
  get hasFaults(): boolean {
    return this.#refusals.any || this.#desired.hasFaults;
  }

  /** True when flows of this fact are missing because the switch or the compiler refused them. */
  isFaulty(kind: keyof Facts, key: number): boolean {
    return this.#refusals.has(kind, key) || this.#desired.isFaulty(kind, key);
  }

  /** What audits have found here. */
  get audits(): Pick<SwitchAudit, 'report' | 'census' | 'denied'> {
    return this.#audit;
  }

  /**
   * Compares what the switch has with what it ought to have, beside all other work, and has what somebody else changed
   * repaired. Resolves with false when it could not look, which is tried again when there was a suspicion.
   */
  async audit(): Promise<boolean> {
    const connection = this.#connection;
    const isIdle = this.#state === 'steady' && this.#isDone && !this.#audit.isUnderWay;
    if (!connection || !isIdle) {
      if (connection) this.#suspicion.raise();
      return false;
    }
    const reads = this.#reads;
    try {
      return await this.#audit.run(connection, () => this.#reads === reads && this.#mayWrite(connection));
    } catch (error) {
      if (this.#connection === connection) {
        this.#failed(error, 'audit failed');
        this.#suspicion.raise();
      }
      return false;
    } finally {
      if (!this.#isDone) this.#alarm.wake();
    }
  }

  /** Takes in changed facts. */
  update(delta: FactDelta): void {
    this.#formerGuests.add(delta);
    takeIn(delta, this.#desired, this.#outstanding, this.#log);
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
    this.#known = false;
    this.#confirmed = -1;
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
    if (!this.#known) await this.#read(connection);
    await this.#emptiness.told;
    if (!this.#mayWrite(connection)) return;
    await this.#installPending(connection);
    if (this.#mayWrite(connection) && this.#isDone) await this.#idle();
  }

  /** True when nothing is to be sent. */
  get #isDone(): boolean {
    return this.#outstanding.size === 0 && !this.#meters.isDirty;
  }

  #mayWrite(connection: Connection): boolean {
    return this.#connection === connection && this.#rank.granted === 'master';
  }

  /** It stays with this switch. Returns it in words. */
  #failed(error: unknown, what: string, retryMs?: number): string {
    return tellFailure(error, what, { log: this.#log, metrics: this.#metrics, retryMs });
  }

  async #read(connection: Connection): Promise<void> {
    this.#enter('reading');
    this.#reads += 1;
    await showFragments(connection);
    // From before it is read back: what is changed after that is told.
    this.#beginWatch(connection);
    const areFactsDue = () => this.#upTo() === undefined;
    const [installed] = await Promise.all([
      readBackBeside(connection, this.#desired, this.#turns, areFactsDue),
      this.#meters.read(connection),
    ]);
    if (installed.size === 0) await this.#emptiness.tell();
    // What hundreds have read at once goes on with one after the other.
    await this.#turns.next();
    // A newer connection reads for itself.
    if (!this.#mayWrite(connection)) return;
    if (installed.size === 0) return await this.#fill(connection);
    const desired = this.#desired.flows;
    const compared = await compareByTurns(desired, installed, this.#turns);
    if (!this.#mayWrite(connection)) return;
    const changes = compared();
    this.#formerGuests.compare(changes);
    this.#outstanding.reset(changes);
    this.#known = true;
    const sizes = { installed: installed.size, desired: desired.size, changes: changes.length };
    this.#log.info(sizes, 'switch read back');
  }

  /** The switch has nothing of ours: it gets what is desired as that is compiled. */
  async #fill(connection: Connection): Promise<void> {
    this.#enter('installing');
    this.#known = true;
    this.#formerGuests.forget(connection);
    this.#watch.end();
    const end = this.#metrics.installSeconds.startTimer();
    const filled = await fill(connection, {
      ...{ desired: this.#desired, outstanding: this.#outstanding, turns: this.#turns },
      goesOn: () => this.#mayWrite(connection),
    });
    if (!filled) return;
    end();
    this.#metrics.changes.inc(filled.changes);
    this.#log.info(filled, 'switch filled');
    this.#beginWatch(connection);
    // What somebody did before that, nobody told.
    void isAsFilled(connection, filled).then((isSo) => isSo || this.#suspicion.raise());
  }

  #beginWatch(connection: Connection): void {
    // Nothing waits for the answer: a switch that tells nothing is audited all the same.
    this.#watch.begin(connection).then(
      (isWatched) =>
        isWatched || this.#log.info('the switch does not tell of changed flows: audits find them'),
      (error) => this.#connection === connection && this.#failed(error, 'changed flows are not told'),
    );
  }

  async #installPending(connection: Connection): Promise<void> {
    const revision = this.#upTo();
    const changes = this.#outstanding.take();
    this.#formerGuests.forget(connection);
    if (changes.length > 0 || this.#meters.isDirty) {
      this.#enter('installing');
      const end = this.#metrics.installSeconds.startTimer();
      const refusals = await installMetered(connection, this.#meters, changes, (ready) =>
        install(connection, () => ++this.#bundles, this.#turns, ready),
      );
      end();
      if (!this.#mayWrite(connection)) return;
      this.#metrics.changes.inc(changes.length - refusals.length);
      this.#metrics.bundles.inc();
      for (const refusal of refusals) this.#outstanding.refuse(refusal);
      this.#refusals.note(refusals, this.refused);
      this.#log.info({ changes: changes.length, refused: refusals.length }, 'flows installed');
    }
    if (!this.#mayWrite(connection)) return;
    if (revision !== undefined) this.#confirmed = revision;
    if (this.#isDone) this.#enter('steady');
    this.#onProgress(this.chassisId);
  }

  /** Waits until there is something to do; refused flows are tried again from time to time. */
  async #idle(): Promise<void> {
    const { wait } = this.#refusals;
    await this.#alarm.sleep(Number.isFinite(wait) ? wait : undefined);
    if (this.#refusals.wait > 0) return;
    this.#refusals.retried();
    this.#meters.retry();
    this.#outstanding.retry();
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
