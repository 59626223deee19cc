import { setTimeout as sleep } from 'node:timers/promises';
import { WaitingLine } from '#controller/base/waiting-line';

/** Questions that may wait for their turn at one switch; a further one is not asked. */
const MOST_WAITING = 32;

/**
 * Has tenants' questions to a switch asked one at a time: each makes it walk what it has learned, and while it does it takes
 * no changes. Between two it rests as long as the last one took, so that it spends at most half of its time on them.
 */
export class Questions {
  readonly #asked = new Map<string, Promise<unknown>>();
  readonly #line = new WaitingLine({
    places: MOST_WAITING,
    rest: (ms) => sleep(ms, undefined, { ref: false }),
  });

  /**
   * Resolves with the answer to a question; whoever asks the same question, by `key`, before it is answered gets the same
   * answer. Resolves with undefined when too many others wait. Rejects as `work` does.
   */
  async ask<T>(key: string, work: () => Promise<T>): Promise<T | undefined> {
    const same = this.#asked.get(key) as Promise<T> | undefined;
    if (same) return same;
    const answer = this.#line.enter(async () => {
      try {
        return await work();
      } finally {
        this.#asked.delete(key);
      }
    });
    if (answer) this.#asked.set(key, answer);
    return answer;
  }
}
