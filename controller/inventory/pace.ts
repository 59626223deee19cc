/** Lets a burst through at once and what follows at a steady rate. Knows no clock: callers pass milliseconds. */
export class Pace {
  readonly #burst: number;
  readonly #interval: number;
  #credit: number;
  #last = 0;

  /** `burst` at once, then one each `interval` milliseconds. */
  constructor(burst: number, interval: number) {
    this.#burst = burst;
    this.#interval = interval;
    this.#credit = burst;
  }

  /** Takes the next turn and says in how many milliseconds it begins. */
  next(now: number): number {
    this.#credit = Math.min(this.#burst, this.#credit + (now - this.#last) / this.#interval) - 1;
    this.#last = now;
    return this.#credit >= 0 ? 0 : Math.ceil(-this.#credit * this.#interval);
  }
}
