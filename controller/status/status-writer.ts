import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Store, Transaction } from '#controller/store/store';
import { timestamp } from '#controller/store/timestamp';

/**
 * A change of one object's status, made inside a transaction; `now` in the form that records have. Returns the fields to log, or
 * undefined when there was nothing to change.
 */
export type StatusWork = (tx: Transaction, now: string) => object | undefined;

const RETRY_MS = 1_000;
/** Of one commit: of thousands of ports that come up at once, some milliseconds of work. */
const MOST_WRITES = 250;

/** Writes status to the store: what gathers while one commit is under way goes into the next ones. */
export class StatusWriter {
  readonly #store: Store;
  readonly #log: Logger;
  readonly #writes = new Map<string, StatusWork>();
  #writing = false;
  #stopped = false;

  constructor(store: Store, log: Logger) {
    this.#store = store;
    this.#log = log;
  }

  /** The work takes the place of any that still waits under the same key; `isDone`: the store says so already. */
  write(key: string, isDone: boolean, work: StatusWork): void {
    // A write under way may still change it: so nothing is left out while there is one.
    if (isDone && !this.#writing) this.#writes.delete(key);
    else this.#writes.set(key, work);
    if (!this.#writing && this.#writes.size > 0) void this.#drain();
  }

  /** Gives up what the store refuses. */
  stop(): void {
    this.#stopped = true;
  }

  async #drain(): Promise<void> {
    this.#writing = true;
    while (this.#writes.size > 0 && !this.#stopped) {
      for (const change of await this.#commit(this.#take())) this.#log.info(change, 'status');
    }
    this.#writing = false;
  }

  /** What has waited longest. */
  #take(): readonly StatusWork[] {
    const writes: StatusWork[] = [];
    for (const [key, work] of this.#writes) {
      if (writes.length === MOST_WRITES) break;
      writes.push(work);
      this.#writes.delete(key);
    }
    return writes;
  }

  /** Resolves with what changed. A store that cannot write now (a full disk, say) is tried again. */
  async #commit(writes: readonly StatusWork[]): Promise<readonly object[]> {
    const work = (tx: Transaction) => {
      const now = timestamp(Date.now());
      return writes.flatMap((write) => write(tx, now) ?? []);
    };
    while (!this.#stopped) {
      try {
        return await this.#store.transact(work);
      } catch (error) {
        this.#log.error({ err: error, changes: writes.length }, 'status not stored, trying again');
        await sleep(RETRY_MS, undefined, { ref: false });
      }
    }
    return [];
  }
}
