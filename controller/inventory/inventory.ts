import { type Listener, listen } from 'ovsdb-client-ts';
import type { Logger } from 'pino';
import { type Places, tooMany } from '#controller/crowd';
import type { Store } from '#controller/store/store';
import { ThrottledLog } from '#controller/throttled-log';
import { Claims } from './claims.ts';
import { HypervisorSession } from './hypervisor-session.ts';

export interface InventoryOptions {
  readonly store: Store;
  readonly log: Logger;
  /** Where switches shall connect by OpenFlow, on the address on which their database reached us. */
  readonly openflowPort: number;
  /** The chassis connected, disconnected, or its record was stored. */
  readonly onChange?: (chassisId: string) => void;
  /** Most sessions that are not accepted, at a time. Default 1024, and 128 of one address. */
  readonly strangers?: Places;
}

/** One OVSDB connection, for status displays. */
export interface SessionStatus {
  /** external_ids:system-id; '' when it has none. */
  readonly id: string;
  /** `HOST:PORT` where the session comes from. */
  readonly peer: string;
  readonly connected: boolean;
  readonly synced: boolean;
  /** Why it cannot be used, for people; undefined when it can. */
  readonly problem: string | undefined;
  /** What went wrong lately although it is used. */
  readonly lastError: string | undefined;
}

/**
 * All hypervisors, as their databases describe them. It waits for them to connect (`ovs-vsctl set-manager`), makes
 * and keeps their bridges as we need them, and keeps their chassis records in the store.
 */
export class Inventory {
  readonly #options: InventoryOptions;
  readonly #sessions = new Set<HypervisorSession>();
  readonly #claims = new Claims<HypervisorSession>(() => this.#reconsider());
  /** Where the last session came from of chassis whose record was compared with the hypervisor in this process. */
  readonly #addresses = new Map<string, string>();
  readonly #throttled: ThrottledLog;
  #listener: Listener | undefined;

  constructor(options: InventoryOptions) {
    this.#options = options;
    this.#throttled = new ThrottledLog(options.log.child({ what: 'ovsdb' }));
  }

  /** Starts to listen and resolves with `HOST:PORT`, the chosen port for port 0. Rejects with OvsdbError. */
  async listen(address: { readonly host: string; readonly port: number }): Promise<string> {
    const { log, store, openflowPort } = this.#options;
    const host = address.host.includes(':') ? `[${address.host}]` : address.host;
    this.#listener = await listen(
      `ptcp:${address.port}:${host}`,
      (session) => {
        const hypervisor: HypervisorSession = new HypervisorSession(session, log, {
          store,
          openflowPort,
          claims: this.#claims,
          throttled: this.#throttled,
          changed: (changed) => this.#changed(changed),
        });
        this.#sessions.add(hypervisor);
        session.onClose(() => {
          this.#sessions.delete(hypervisor);
        });
        this.#makeRoom();
      },
      { onError: (error) => log.warn({ err: error }, 'ovsdb') },
    );
    return this.#listener.address;
  }

  /** The hypervisor's database is connected and accepted. */
  connected(chassisId: string): boolean {
    return this.#claims.holderOf(chassisId) !== undefined;
  }

  /** The chassis record was brought up to date from the hypervisor's database since this process started. */
  synced(chassisId: string): boolean {
    return this.#addresses.has(chassisId);
  }

  /** Where the session of a synced chassis comes from, or came from last: its switch has the same address. */
  addressOf(chassisId: string): string | undefined {
    return this.#addresses.get(chassisId);
  }

  /** Every open connection, also of hypervisors that are not accepted. */
  sessions(): readonly SessionStatus[] {
    return [...this.#sessions].map((session) => ({
      id: session.systemId,
      peer: session.peer,
      connected: true,
      synced: session.synced,
      problem: session.problem,
      lastError: session.lastError,
    }));
  }

  /** Stops listening and closes all connections; the switches go on forwarding. */
  async close(): Promise<void> {
    await this.#listener?.close();
    this.#throttled.close();
  }

  #changed(session: HypervisorSession): void {
    const { systemId } = session;
    if (session.synced) this.#addresses.set(systemId, session.address);
    if (systemId !== '') this.#options.onChange?.(systemId);
  }

  /** Those that are not accepted, yet or ever, have few places: anybody can take one. */
  #makeRoom(): void {
    const strangers = [...this.#sessions].filter((session) => session.problem !== undefined);
    tooMany(strangers, this.#options.strangers ?? STRANGERS)?.close();
  }

  /** A name came free: whoever was refused for it may have it now. */
  #reconsider(): void {
    for (const session of this.#sessions) if (session.problem !== undefined) session.wake();
  }
}

const STRANGERS: Places = { all: 1_024, each: 128 };
