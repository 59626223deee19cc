import { setTimeout as sleep } from 'node:timers/promises';

/** Questions that may wait for their turn at one switch; a further one is not asked. */
const MOST_WAITING = 32;

/**
 * Has tenants' questions to a switch asked one at a time: each makes it walk what it has learned, and while it does it takes
 * no changes. Between two it has as long a rest as the last one took, so that it is never busy with them for more than half
 * of its time.
 */
export class Questions {
  readonly #asked = new Map<string, Promise<unknown>>();
  #last: Promise<unknown> = Promise.resolve();

  /**
   * The answer to a question, which those share who ask it before it is there; `key` says what is asked. Nothing when too
   * many others wait. Rejects as `work` does.
   */
  async ask<T>(key: string, work: () => Promise<T>): Promise<T | undefined> {
    const same = this.#asked.get(key) as Promise<T> | undefined;
    if (same) return same;
    if (this.#asked.size >= MOST_WAITING) return undefined;
    const before = this.#last;
    let rest = Promise.resolve();
    const answer = before.then(async () => {
      const begun = performance.now();
      try {
        return await work();
      } finally {
        this.#asked.delete(key);
        rest = sleep(performance.now() - begun, undefined, { ref: false });
      }
    });
    this.#asked.set(key, answer);
    this.#last = answer.then(
      () => rest,
      () => rest,
    );
    return answer;
  }
}
