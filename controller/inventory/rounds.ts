import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { Pace } from './pace.ts';

/**
 * Rounds of work, one at a time. Asking for a round while one is under way makes one more, a burst of requests makes one round,
 * and endless requests make rounds at a limited rate.
 */
export class Rounds {
  readonly #round: () => Promise<void>;
  readonly #isOver: () => boolean;
  readonly #pace = new Pace(20, 50);
  #isRunning = false;
  #isDue = false;
  #timer: NodeJS.Timeout | undefined;

  /** `round` must not reject; none begins once `isOver` holds. */
  constructor(round: () => Promise<void>, isOver: () => boolean) {
    this.#round = round;
    this.#isOver = isOver;
  }

  /** Asks for a round soon. */
  wake(): void {
    this.#isDue = true;
    if (!this.#isRunning) void this.#run();
  }

  /** Asks for one in so many milliseconds, unless another begins before; replaces what was asked for like this earlier. */
  wakeIn(delay: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.wake(), delay).unref();
  }

  /** Drops what `wakeIn` has asked for. */
  stop(): void {
    clearTimeout(this.#timer);
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#isDue) {
      const wait = this.#pace.next(performance.now());
      // No timer is that soon.
      await (wait > 0 ? sleep(wait) : nextTurn());
      if (this.#isOver()) return;
      this.#isDue = false;
      this.stop();
      await this.#round();
    }
    this.#isRunning = false;
  }
}
