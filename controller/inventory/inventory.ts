import { type Listener, listen } from 'ovsdb-client-ts';
import type { Logger } from 'pino';
import type { Store } from '#controller/store/store';
import { Claims } from './claims.ts';
import { HypervisorSession } from './hypervisor-session.ts';

export interface InventoryOptions {
  readonly store: Store;
  readonly log: Logger;
  /** Where switches shall connect by OpenFlow, on the address on which their database reached us. */
  readonly openflowPort: number;
  /** The chassis connected, disconnected, or its record was stored. */
  readonly onChange?: (chassisId: string) => void;
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
  /** Chassis whose record was compared with the hypervisor since this process started. */
  readonly #synced = new Set<string>();
  #listener: Listener | undefined;

  constructor(options: InventoryOptions) {
    this.#options = options;
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
          changed: (changed) => this.#changed(changed),
        });
        this.#sessions.add(hypervisor);
        session.onClose(() => {
          this.#sessions.delete(hypervisor);
        });
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
    return this.#synced.has(chassisId);
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
  }

  #changed(session: HypervisorSession): void {
    const { systemId } = session;
    if (session.synced) this.#synced.add(systemId);
    if (systemId !== '') this.#options.onChange?.(systemId);
  }

  /** A name came free: whoever was refused for it may have it now. */
  #reconsider(): void {
    for (const session of this.#sessions) if (session.problem !== undefined) session.wake();
  }
}
