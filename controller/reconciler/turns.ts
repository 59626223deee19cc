/** Flows that are compiled, or written, in one turn: some milliseconds. */
export const TURN = 1_024;

/** Lets long work of many switches go on piece by piece: one piece in each turn of the event loop, whoever asked first. */
export class Turns {
  readonly #waiting: (() => void)[] = [];

  /** Resolves when it is the caller's turn. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#waiting.push(resolve) === 1) this.#schedule();
    });
  }

  #schedule(): void {
    setImmediate(() => {
      this.#waiting.shift()?.();
      if (this.#waiting.length > 0) this.#schedule();
    });
  }
}
