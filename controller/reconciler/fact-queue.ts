import type { FactDelta } from '#controller/model/fact-delta';
import type { SwitchReconciler } from './switch.ts';
import type { Turns } from './turns.ts';

/** Milliseconds for which changed facts may be compiled before others have their turn. */
const TURN_MS = 8;

interface Entry {
  readonly of: Pick<SwitchReconciler, 'announce' | 'update'>;
  readonly delta: FactDelta;
  readonly revision: number;
}

/**
 * Hands changed facts to switches, which compile them: at once what a moment is enough for, as a port that comes, and the
 * rest of what touches thousands of them turn by turn, in order. A switch knows of what is still to come.
 */
export class FactQueue {
  readonly #turns: Pick<Turns, 'next'>;
  readonly #now: () => number;
  #waiting: Entry[] = [];
  readonly #gone = new WeakSet<Entry['of']>();

  /** `now` gives milliseconds. */
  constructor(turns: Pick<Turns, 'next'>, now: () => number = () => performance.now()) {
    this.#turns = turns;
    this.#now = now;
  }

  /** Facts of switches have changed by the commit that made the store's `revision`. */
  add(entries: Iterable<Entry>): void {
    const end = this.#now() + TURN_MS;
    const isFirst = this.#waiting.length === 0;
    for (const entry of entries) {
      if (this.#waiting.length === 0 && this.#now() < end) {
        entry.of.update(entry.delta, entry.revision);
        continue;
      }
      entry.of.announce();
      this.#waiting.push(entry);
    }
    if (isFirst && this.#waiting.length > 0) void this.#drain();
  }

  /** A switch is gone: what waits for it is for nobody. */
  forget(of: Entry['of']): void {
    this.#gone.add(of);
  }

  async #drain(): Promise<void> {
    let at = 0;
    do {
      await this.#turns.next();
      const end = this.#now() + TURN_MS;
      for (; at < this.#waiting.length && this.#now() < end; at++) {
        const { of, delta, revision } = this.#waiting[at] as Entry;
        if (!this.#gone.has(of)) of.update(delta, revision, true);
      }
    } while (at < this.#waiting.length);
    this.#waiting = [];
  }
}
