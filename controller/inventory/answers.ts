import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Session } from 'ovsdb-client-ts';

/** Milliseconds that a database has to answer when its switch does not: databases are hardly ever busy. */
const ANSWER_TIMEOUT = 200;

/** Whether one database answers. */
export class Answers {
  readonly #session: Session;
  /** The question that waits for its answer. */
  #pending: Promise<boolean> | undefined;
  /** When it was found to be silent last, as of `performance.now()`. */
  #silentSince = 0;

  constructor(session: Session) {
    this.#session = session;
  }

  /** It did not answer when it was asked, and has said nothing since. */
  get isSilent(): boolean {
    return this.#session.heardAt < this.#silentSince;
  }

  /** Asks it; resolves with whether it has said anything within `ANSWER_TIMEOUT`. Who asks meanwhile gets the same answer. */
  ask(): Promise<boolean> {
    this.#pending ??= this.#ask().finally(() => {
      this.#pending = undefined;
    });
    return this.#pending;
  }

  async #ask(): Promise<boolean> {
    const asked = performance.now();
    // A database that is busy with something else says something, too.
    await this.#session.echo([], { timeout: ANSWER_TIMEOUT }).catch(() => undefined);
    // While this process was held up the answer may have come: it is read before this.
    await nextTurn();
    if (this.#session.closedBecause !== undefined) return false;
    if (this.#session.heardAt >= asked) return true;
    this.#silentSince = performance.now();
    return false;
  }
}
