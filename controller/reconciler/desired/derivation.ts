import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FactDelta } from '#controller/model/fact-delta';
import type { Model } from '#controller/model/model';
import type { Change, Commit } from '#controller/store/store';

/** Milliseconds of work before others have their turn. */
const TURN_MS = 8;
/** Changes that are taken in, and facts of what is elsewhere that are derived of one switch, before the clock is looked at. */
const PIECE = 128;

export interface DerivationOptions {
  readonly model: Pick<Model, 'take' | 'settle' | 'isDue' | 'due' | 'takeNewlyDue' | 'derive' | 'deriveNew'>;
  /** The store's revision that the model is of. */
  readonly revision: number;
  /** The model has taken in some changes, of commits up to `revision`, and maybe not yet all of them. Facts follow. */
  readonly onTaken: (changes: readonly Change[], revision: number) => void;
  /** Facts of a switch have changed, or nothing is due there any more. */
  readonly onFacts: (chassisId: string, delta: FactDelta) => void;
  /** So many seconds after the first of some commits all facts that follow from them have been told. */
  readonly onDone?: (seconds: number) => void;
  /** Milliseconds on a clock that never jumps. */
  readonly now?: () => number;
}

/**
 * Brings commits into the model and derives facts from it, in turns of a few milliseconds. A commit begins to be taken in at once;
 * facts are derived from the next turn on, so that whoever waits for the commit is answered before a hundred switches get their
 * flows. All waiting changes are taken in before facts are derived, so that facts never follow from half a commit. Switches
 * with the newest changes come first; then all take turns.
 */
export class Derivation {
  readonly #options: DerivationOptions;
  readonly #now: () => number;
  readonly #waiting: Commit[] = [];
  /** Changes of the first commit that waits which were taken in. */
  #takenCount = 0;
  #revision: number;
  /** Ids of switches where something has come to be due, and nothing was derived since; the last first. */
  #news: ReadonlySet<string> = new Set();
  /** When the work that is under way began; absent, when there is none. */
  #since: number | undefined;

  constructor(options: DerivationOptions) {
    this.#options = options;
    this.#revision = options.revision;
    this.#now = options.now ?? (() => performance.now());
  }

  /** Changes are committed. */
  add(commit: Commit): void {
    this.#waiting.push(commit);
    this.begin();
  }

  /** Something has come to be due in the model. */
  begin(): void {
    if (this.#since !== undefined) return;
    const since = this.#now();
    this.#since = since;
    this.#takeIn(since + TURN_MS);
    setImmediate(() => this.#turn(since));
  }

  /** The store's revision up to which all that commits ask of a switch has been told; nothing while any of it is due. */
  upTo(chassisId: string): number | undefined {
    return this.#options.model.isDue(chassisId) ? undefined : this.#revision;
  }

  /** Resolves when all changes of commits up to that revision are taken in. */
  async takenIn(revision: number): Promise<void> {
    while (this.#revision < revision) await nextTurn();
  }

  #turn(since: number): void {
    const end = this.#now() + TURN_MS;
    if (this.#takeIn(end) && this.#derive(end)) {
      this.#since = undefined;
      this.#options.onDone?.((this.#now() - since) / 1_000);
    } else setImmediate(() => this.#turn(since));
  }

  /** Returns whether all changes are in. */
  #takeIn(end: number): boolean {
    const { model, onTaken } = this.#options;
    let taken = this.#revision;
    for (let [next] = this.#waiting; next !== undefined; [next] = this.#waiting) {
      const { changes, revision } = next;
      while (this.#takenCount < changes.length) {
        if (this.#now() >= end) return false;
        const some = changes.slice(this.#takenCount, this.#takenCount + PIECE);
        for (const change of some) model.take(change);
        this.#takenCount += some.length;
        onTaken(some, revision);
      }
      this.#waiting.shift();
      this.#takenCount = 0;
      taken = revision;
    }
    model.settle();
    this.#revision = taken;
    return true;
  }

  /** Returns whether nothing is due any more. */
  #derive(end: number): boolean {
    const { model } = this.#options;
    const news = new Set([...model.takeNewlyDue(), ...this.#news]);
    this.#news = news;
    for (const id of news) {
      if (this.#now() >= end) return false;
      news.delete(id);
      this.#tell(id, model.deriveNew(id, PIECE));
    }
    for (const id of model.due) {
      if (this.#now() >= end) return false;
      this.#tell(id, model.derive(id, PIECE));
    }
    return true;
  }

  #tell(id: string, delta: FactDelta): void {
    const { model, onFacts } = this.#options;
    if (delta.gone.length > 0 || delta.come.length > 0 || !model.isDue(id)) onFacts(id, delta);
  }
}
