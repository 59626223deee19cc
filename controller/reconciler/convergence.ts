import type { Facts } from '#apps';
import type { Connection } from '#controller/channel/connection';
import type { FactDelta } from '#controller/model/fact-delta';
import { FlowWatch } from './audit/flow-watch.ts';
import type { Suspicion } from './audit/suspicion.ts';
import { takeIn } from './desired/take-in.ts';
import { tellFailure } from './failure.ts';
import { Emptiness } from './install/emptiness.ts';
import { fill, isAsFilled } from './install/fill.ts';
import { FormerGuests } from './install/former-guests.ts';
import { showFragments } from './install/fragments.ts';
import { install } from './install/install.ts';
import { installMetered, Meters } from './install/meters.ts';
import { Outstanding } from './install/outstanding.ts';
import { Refusals } from './install/refusals.ts';
import { compareByTurns, readBackBeside } from './reading/read-back.ts';
import type { SwitchOptions } from './switch-options.ts';
import type { SwitchState } from './switch-state.ts';
import type { Turns } from './turns.ts';

/** What the flows of one switch are brought to be as desired with. */
export interface ConvergenceOptions
  extends Pick<
    SwitchOptions,
    'chassisId' | 'desired' | 'upTo' | 'pipeline' | 'log' | 'metrics' | 'onProgress' | 'onEmpty'
  > {
  readonly turns: Turns;
  /** Raised when the switch tells that somebody else changes its flows. */
  readonly suspicion: Suspicion;
  /** Whether the switch is connected by this connection still. */
  isPresent(connection: Connection): boolean;
  /** Whether it is, and has granted that this controller is its master. */
  mayWrite(connection: Connection): boolean;
  /** The work has come to this state. */
  enter(state: SwitchState): void;
}

/** Brings what one switch has to what is desired: reads back, compares, installs the difference, confirms with a barrier. */
export class Convergence {
  readonly outstanding = new Outstanding();
  readonly meters: Meters;
  readonly emptiness: Emptiness;
  readonly #options: ConvergenceOptions;
  readonly #formerGuests = new FormerGuests();
  readonly #refusals: Refusals;
  readonly #watch: FlowWatch;
  /** True while what the switch has is known: the desired flows but for what is outstanding. */
  #known = false;
  /** Nothing is known to be on a switch that has just connected. */
  #confirmed = -1;
  #bundles = 0;
  #reads = 0;

  constructor(options: ConvergenceOptions) {
    this.#options = options;
    const { chassisId, desired, pipeline, log, metrics, suspicion, onEmpty } = options;
    this.meters = new Meters(desired);
    this.emptiness = new Emptiness(async () => onEmpty?.(chassisId));
    this.#refusals = new Refusals(pipeline, log, metrics);
    this.#watch = new FlowWatch(pipeline.layout, suspicion);
  }

  /** True when nothing is to be sent. */
  get isDone(): boolean {
    return this.outstanding.size === 0 && !this.meters.isDirty;
  }

  /** The store's revision up to which a barrier has confirmed all that commits ask of this switch; -1 when none has. */
  get confirmed(): number {
    return this.#confirmed;
  }

  /** Times that the switch was read back: what an audit saw before the last of them is not to be used. */
  get reads(): number {
    return this.#reads;
  }

  /** True when the switch has refused flows of any fact. */
  get hasRefusals(): boolean {
    return this.#refusals.any;
  }

  /** True when the switch has refused flows of this fact. */
  isRefused(kind: keyof Facts, key: number): boolean {
    return this.#refusals.has(kind, key);
  }

  /** Takes in changed facts. */
  take(delta: FactDelta): void {
    this.#formerGuests.add(delta);
    takeIn(delta, this.#options.desired, this.outstanding, this.#options.log);
  }

  /** What the switch has must be read anew. */
  forget(): void {
    this.#known = false;
    this.#confirmed = -1;
  }

  /**
   * Reads what the switch has, unless that is known, and installs what is outstanding. Returns early when it may no longer
   * write. Rejects when the switch fails; the caller then has to `forget`.
   */
  async bring(connection: Connection): Promise<void> {
    if (!this.#known) await this.#read(connection);
    await this.emptiness.told;
    if (this.#options.mayWrite(connection)) await this.#installOutstanding(connection);
  }

  /** Milliseconds until refused flows are due to be sent again; undefined when there are none. */
  get retryMs(): number | undefined {
    const { wait } = this.#refusals;
    return Number.isFinite(wait) ? wait : undefined;
  }

  /** Makes outstanding again what the switch has refused, if it is due. */
  retry(): void {
    if (this.#refusals.wait > 0) return;
    this.#refusals.retried();
    this.meters.retry();
    this.outstanding.retry();
  }

  async #read(connection: Connection): Promise<void> {
    const { desired, turns, upTo, mayWrite, enter, log, metrics } = this.#options;
    enter('reading');
    const end = metrics.readBackSeconds.startTimer();
    this.#reads += 1;
    const shown = showFragments(connection);
    // Before the flows are read, so that no change after the reading is missed.
    this.#beginWatch(connection);
    const areFactsDue = () => upTo() === undefined;
    const [installed] = await Promise.all([
      readBackBeside(connection, desired, turns, areFactsDue),
      this.meters.read(connection),
      shown,
    ]);
    if (installed.size === 0) await this.emptiness.tell();
    // Hundreds of switches may have been read at once: they go on one at a time.
    await turns.next();
    // A newer connection reads for itself.
    if (!mayWrite(connection)) return;
    if (installed.size === 0) return await this.#fill(connection);
    const { flows } = desired;
    const compared = await compareByTurns(flows, installed, turns);
    if (!mayWrite(connection)) return;
    end();
    const changes = compared();
    this.#formerGuests.compare(changes);
    this.outstanding.reset(changes);
    this.#known = true;
    const sizes = { installed: installed.size, desired: flows.size, changes: changes.length };
    log.info(sizes, 'switch read back');
  }

  /** The switch has nothing of ours: it gets what is desired as that is compiled. */
  async #fill(connection: Connection): Promise<void> {
    const { desired, turns, suspicion, metrics, log, mayWrite, enter } = this.#options;
    enter('installing');
    this.#known = true;
    this.#formerGuests.forget(connection);
    this.#watch.end();
    const end = metrics.installSeconds.startTimer();
    const filled = await fill(connection, {
      ...{ desired, outstanding: this.outstanding, turns },
      goesOn: () => mayWrite(connection),
    });
    if (!filled) return;
    end();
    metrics.changes.inc(filled.changes);
    log.info(filled, 'switch filled');
    this.#beginWatch(connection);
    // While the watch was off, nobody told of what others did.
    void isAsFilled(connection, filled).then((isSo) => isSo || suspicion.raise());
  }

  #beginWatch(connection: Connection): void {
    const { isPresent, log, metrics } = this.#options;
    // Nothing waits for the answer: a switch that tells nothing is audited all the same.
    this.#watch.begin(connection).then(
      (isWatched) => isWatched || log.info('the switch does not tell of changed flows: audits find them'),
      (error) =>
        isPresent(connection) &&
        tellFailure(error, 'changed flows are not told', { log, metrics, retryMs: undefined }),
    );
  }

  async #installOutstanding(connection: Connection): Promise<void> {
    const { chassisId, turns, upTo, metrics, log, mayWrite, enter, onProgress } = this.#options;
    const revision = upTo();
    const changes = this.outstanding.take();
    this.#formerGuests.forget(connection);
    if (changes.length > 0 || this.meters.isDirty) {
      enter('installing');
      const end = metrics.installSeconds.startTimer();
      const refusals = await installMetered(connection, this.meters, changes, (ready) =>
        install(connection, () => ++this.#bundles, turns, ready),
      );
      end();
      if (!mayWrite(connection)) return;
      metrics.changes.inc(changes.length - refusals.length);
      metrics.bundles.inc();
      for (const refusal of refusals) this.outstanding.refuse(refusal);
      this.#refusals.note(refusals, this.outstanding.refused.values());
      log.info({ changes: changes.length, refused: refusals.length }, 'flows installed');
    }
    if (!mayWrite(connection)) return;
    if (revision !== undefined) this.#confirmed = revision;
    if (this.isDone) enter('steady');
    onProgress(chassisId);
  }
}
