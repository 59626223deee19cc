/** How patient we are with a thing that does not stay as we make it. Times in milliseconds. */
export interface PatienceOptions {
  /** Attempts that follow each other at once. */
  readonly free: number;
  /** A thing that was left in peace this long starts afresh. */
  readonly forget: number;
  readonly firstDelay: number;
  readonly maxDelay: number;
}

const PATIENCE: PatienceOptions = { free: 5, forget: 60_000, firstDelay: 1_000, maxDelay: 30_000 };

interface Attempts {
  count: number;
  last: number;
}

/** Counts attempts per thing and says how long to wait before the next. Knows no clock: callers pass the time. */
export class Patience {
  readonly #options: PatienceOptions;
  readonly #attempts = new Map<string, Attempts>();

  constructor(options: PatienceOptions = PATIENCE) {
    this.#options = options;
  }

  /** Milliseconds from `now` until the thing may be tried (again); 0 means now. */
  wait(what: string, now: number): number {
    const attempts = this.#attempts.get(what);
    if (attempts === undefined) return 0;
    return Math.max(0, attempts.last + this.#delay(attempts.count) - now);
  }

  /** Notes an attempt. Returns true when it is the one from which on we hold back. */
  tried(what: string, now: number): boolean {
    for (const [key, attempts] of this.#attempts) {
      if (now - attempts.last > this.#options.forget + this.#delay(attempts.count))
        this.#attempts.delete(key);
    }
    const attempts = this.#attempts.get(what) ?? { count: 0, last: now };
    attempts.count += 1;
    attempts.last = now;
    this.#attempts.set(what, attempts);
    return attempts.count === this.#options.free;
  }

  #delay(count: number): number {
    const { free, firstDelay, maxDelay } = this.#options;
    return count < free ? 0 : Math.min(maxDelay, firstDelay * 2 ** (count - free));
  }
}
