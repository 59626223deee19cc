import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { PortRecord, PortStatus } from '#controller/store/records';
import type { Store, Transaction } from '#controller/store/store';
import { timestamp } from '#controller/store/timestamp';

const RETRY_MS = 1_000;

/** Writes ports' status to the store: what gathers while one commit is under way goes into the next. */
export class StatusWriter {
  readonly #store: Store;
  readonly #log: Logger;
  readonly #writes = new Map<string, PortStatus>();
  #writing = false;
  #stopped = false;

  constructor(store: Store, log: Logger) {
    this.#store = store;
    this.#log = log;
  }

  /** The port is to have this status, unless it is about to be told another. */
  write(port: PortRecord, status: PortStatus): void {
    const current = this.#store.get('ports', port.id)?.status;
    // A write under way may still change it: so nothing is left out while there is one.
    if (current === status && !this.#writing) this.#writes.delete(port.id);
    else this.#writes.set(port.id, status);
    if (!this.#writing && this.#writes.size > 0) void this.#drain();
  }

  /** Gives up what the store refuses. */
  stop(): void {
    this.#stopped = true;
  }

  async #drain(): Promise<void> {
    this.#writing = true;
    while (this.#writes.size > 0 && !this.#stopped) {
      const writes = new Map(this.#writes);
      this.#writes.clear();
      const changed = await this.#commit(writes);
      for (const id of changed) this.#log.info({ port: id, status: writes.get(id) }, 'port status');
    }
    this.#writing = false;
  }

  /** Resolves with the ports whose status changed. A store that cannot write now (a full disk, say) is tried again. */
  async #commit(writes: ReadonlyMap<string, PortStatus>): Promise<readonly string[]> {
    const work = (tx: Transaction) => {
      const updatedAt = timestamp(Date.now());
      return [...writes].flatMap(([id, status]) => {
        const port = tx.get('ports', id);
        if (!port || port.status === status) return [];
        tx.put('ports', id, { ...port, status, updatedAt, revisionNumber: port.revisionNumber + 1 });
        return [id];
      });
    };
    while (!this.#stopped) {
      try {
        return await this.#store.transact(work);
      } catch (error) {
        this.#log.error({ err: error, ports: writes.size }, 'port status not stored, trying again');
        await sleep(RETRY_MS, undefined, { ref: false });
      }
    }
    return [];
  }
}
