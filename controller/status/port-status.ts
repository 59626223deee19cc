import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Model } from '../model/model.ts';
import type { Reconciler } from '../reconciler/reconciler.ts';
import type { PortRecord, PortStatus } from '../store/records.ts';
import type { Change, Store, Transaction } from '../store/store.ts';
import { timestamp } from '../store/timestamp.ts';

const RETRY_MS = 1_000;

/**
 * Turns what the switches have confirmed into the ports' status: ACTIVE when the barrier of the last flow that a port
 * needs has come back from its own switch and from every connected switch of its network; DOWN when it is unplugged or
 * administratively down. A switch that is away changes nothing: its ports go on forwarding.
 */
export class PortStatusKeeper {
  readonly #store: Store;
  readonly #model: Model;
  readonly #reconciler: Reconciler;
  readonly #log: Logger;
  /** Ports that wait for confirmation, with the store revision that wired them, by chassis of their home. */
  readonly #waiting = new Map<string, { readonly home: string; readonly since: number }>();
  readonly #writes = new Map<string, PortStatus>();
  #writing = false;
  #stopped = false;

  constructor(store: Store, model: Model, reconciler: Reconciler, log: Logger) {
    this.#store = store;
    this.#model = model;
    this.#reconciler = reconciler;
    this.#log = log;
  }

  /** Takes stock after a start: ports left waiting wait again, ports unplugged meanwhile go down. */
  start(): void {
    for (const port of this.#store.list('ports')) this.#look(port, this.#store.revision);
  }

  /** Gives up writes that the store refuses. */
  stop(): void {
    this.#stopped = true;
  }

  /** Takes in a commit, after the model has. */
  changed(changes: readonly Change[], revision: number): void {
    for (const change of changes) {
      if (change.collection === 'ports') {
        if (change.after) this.#look(change.after, revision);
        else this.#waiting.delete(change.id);
      } else if (
        change.collection === 'networks' &&
        change.before?.adminStateUp !== change.after?.adminStateUp
      ) {
        this.#lookAtNetwork(change.id, revision);
      } else if (change.collection === 'chassis') {
        const plugged = { ...change.before?.interfaces, ...change.after?.interfaces };
        for (const id of Object.keys(plugged)) {
          const port = this.#store.get('ports', id);
          if (port) this.#look(port, revision);
        }
      }
    }
  }

  /** A switch confirmed something or its connection came or went. */
  progress(): void {
    for (const [id, { home, since }] of this.#waiting) {
      const port = this.#store.get('ports', id);
      if (port && this.#isConfirmed(port, home, since)) {
        this.#waiting.delete(id);
        this.#write(id, 'ACTIVE');
      }
    }
  }

  #lookAtNetwork(networkId: string, revision: number): void {
    for (const port of this.#store.find('ports', 'network', networkId)) this.#look(port, revision);
  }

  #look(port: PortRecord, revision: number): void {
    const home = this.#model.homeOf(port.id);
    const up =
      home !== undefined && port.adminStateUp && this.#store.get('networks', port.networkId)?.adminStateUp;
    if (!up) {
      this.#waiting.delete(port.id);
      if (port.status !== 'DOWN') this.#write(port.id, 'DOWN');
      return;
    }
    const waiting = this.#waiting.get(port.id);
    if (port.status === 'ACTIVE' || waiting?.home === home) return;
    this.#waiting.set(port.id, { home, since: revision });
    // Not at once: the switches learn of this commit in the same turn.
    setImmediate(() => this.progress());
  }

  #isConfirmed(port: PortRecord, home: string, since: number): boolean {
    const own = this.#reconciler.switchOf(home);
    if (!own?.connection || !own.isSettled(since) || own.isFaulty('localPort', port.key)) return false;
    for (const id of this.#model.hostsOf(port.networkId)) {
      const other = this.#reconciler.switchOf(id);
      if (other?.connection && !other.isSettled(since)) return false;
    }
    return true;
  }

  #write(portId: string, status: PortStatus): void {
    this.#writes.set(portId, status);
    if (!this.#writing) void this.#drain();
  }

  /** Writes what has gathered, in one commit, until nothing more gathers. */
  async #drain(): Promise<void> {
    this.#writing = true;
    try {
      while (this.#writes.size > 0) {
        const writes = [...this.#writes];
        this.#writes.clear();
        await this.#commit(writes);
        for (const [port, status] of writes) this.#log.info({ port, status }, 'port status');
      }
    } finally {
      this.#writing = false;
    }
  }

  /** A store that cannot write now (a full disk, say) is tried again: a status must not get lost. */
  async #commit(writes: readonly (readonly [string, PortStatus])[]): Promise<void> {
    const updatedAt = timestamp(Date.now());
    const work = (tx: Transaction) => {
      for (const [id, status] of writes) {
        const port = tx.get('ports', id);
        if (!port || port.status === status) continue;
        tx.put('ports', id, { ...port, status, updatedAt, revisionNumber: port.revisionNumber + 1 });
      }
    };
    for (;;) {
      try {
        return await this.#store.transact(work);
      } catch (error) {
        if (this.#stopped) return;
        this.#log.error({ err: error, ports: writes.length }, 'port status not stored, trying again');
        await sleep(RETRY_MS);
      }
    }
  }
}
