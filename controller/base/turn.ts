import { setImmediate } from 'node:timers/promises';

/** Milliseconds of work after which others have their turn. */
const WORK = 10;

/** The turn of a long piece of work, which gives way to others between its parts. */
export class Turn {
  #since = performance.now();

  /** Whether it is time to `end` it. */
  get isOver(): boolean {
    return performance.now() - this.#since > WORK;
  }

  /** Lets everybody else who waits have a turn. */
  async end(): Promise<void> {
    await setImmediate();
    this.#since = performance.now();
  }
}
