/** How many have a place in a line, and how long it rests. */
export interface WaitingLineOptions {
  /** How many may wait or be at work. */
  readonly places: number;
  /** What the line waits for after a piece of work that took so many milliseconds. Default: nothing. */
  readonly rest?: (ms: number) => Promise<unknown>;
}

/** Does one piece of work after another, in order of arrival. */
export class WaitingLine {
  readonly #places: number;
  readonly #rest: (ms: number) => Promise<unknown>;
  #taken = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor({ places, rest = () => Promise.resolve() }: WaitingLineOptions) {
    this.#places = places;
    this.#rest = rest;
  }

  /** What `work` returns, once it had its turn; undefined, without it, when all places are taken. */
  enter<T>(work: () => Promise<T>): Promise<T> | undefined {
    if (this.#taken >= this.#places) return undefined;
    this.#taken += 1;
    let rest: Promise<unknown> = Promise.resolve();
    const done = this.#last.then(async () => {
      const begun = performance.now();
      try {
        return await work();
      } finally {
        this.#taken -= 1;
        rest = this.#rest(performance.now() - begun);
      }
    });
    this.#last = done.then(
      () => rest,
      () => rest,
    );
    return done;
  }
}
