/** Does one piece of work after another, in order of arrival. */
export class WaitingLine {
  readonly #places: number;
  #taken = 0;
  #last: Promise<unknown> = Promise.resolve();

  /** `places`: how many may wait or be at work. */
  constructor(places: number) {
    this.#places = places;
  }

  /** What `work` returns, once it had its turn; undefined, without it, when all places are taken. */
  enter<T>(work: () => Promise<T>): Promise<T> | undefined {
    if (this.#taken >= this.#places) return undefined;
    this.#taken += 1;
    const done = this.#last.then(work).finally(() => {
      this.#taken -= 1;
    });
    this.#last = done.catch(() => undefined);
    return done;
  }
}
