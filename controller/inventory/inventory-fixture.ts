import { startOvsdbServer, type TestServer } from 'ovsdb-client-ts/testing';
import { pino } from 'pino';
import { afterEach, beforeEach, vi } from 'vitest';
import { openMemoryStore } from '#controller/store/memory-store';
import type { ChassisRecord, VifRecord } from '#controller/store/records';
import type { Store } from '#controller/store/store';
import { Inventory, type InventoryOptions, type SessionStatus } from './inventory.ts';

const schema = new URL('../../packages/ovsdb-client-ts/schema/vswitch.ovsschema', import.meta.url);

/** That of the fixture's inventory. */
export const GENERATION = 1_800_000_000_000n;

/** An inventory over a store in memory, to which real database servers connect. One for each test. */
export class InventoryFixture {
  readonly store: Store = openMemoryStore();
  readonly log: Record<string, unknown>[] = [];
  /** Ids that the inventory has told of, in order. */
  readonly changes: string[] = [];
  inventory: Inventory;
  readonly #servers: TestServer[] = [];
  #address = '';

  constructor(options: Partial<InventoryOptions> = {}) {
    this.inventory = this.#newInventory(options);
  }

  /** What a hypervisor calls its manager. */
  get target(): string {
    return `tcp:${this.#address}`;
  }

  /** Where it listens. */
  get port(): number {
    return Number(this.#address.split(':')[1]);
  }

  async start(): Promise<void> {
    this.#address = await this.inventory.listen({ host: '127.0.0.1', port: 0 });
  }

  async stop(): Promise<void> {
    await this.inventory.close();
    await Promise.all(this.#servers.map((server) => server.stop()));
    await this.store.close();
  }

  /** Another inventory in place of the one that listens, on the same port and store. `meanwhile` runs before it listens. */
  async restart(options: Partial<InventoryOptions> = {}, meanwhile: () => void = () => {}): Promise<void> {
    await this.inventory.close();
    this.inventory = this.#newInventory(options);
    meanwhile();
    await this.inventory.listen({ host: '127.0.0.1', port: this.port });
  }

  /** A database server, which is stopped after the test. */
  async server(): Promise<TestServer> {
    const server = await startOvsdbServer({ schema });
    this.#servers.push(server);
    return server;
  }

  /** A database server with these external_ids that connects. */
  async hypervisor(ids: Record<string, string>): Promise<TestServer> {
    const server = await this.server();
    await this.join(server, ids);
    return server;
  }

  async join(server: TestServer, ids: Record<string, string>): Promise<void> {
    const words = Object.entries(ids).map(([key, value]) => `external_ids:${key}="${value}"`);
    await server.vsctl('set', 'Open_vSwitch', '.', ...words);
    await server.vsctl('set-manager', this.target);
  }

  chassis(id: string): ChassisRecord | undefined {
    return this.store.get('chassis', id);
  }

  vifs(id: string): readonly VifRecord[] {
    return this.store.find('vifs', 'chassis', id);
  }

  /** The first session's that is not accepted; '' when there is none. */
  problem(): string {
    return this.inventory.sessions().find((each) => each.problem)?.problem ?? '';
  }

  status(test: (session: SessionStatus) => boolean): boolean {
    return this.inventory.sessions().some(test);
  }

  repaired(what: string, times = 1): boolean {
    return this.log.filter(({ repairs }) => Array.isArray(repairs) && repairs.includes(what)).length >= times;
  }

  #newInventory(options: Partial<InventoryOptions>): Inventory {
    const lines = {
      write: (line: string): void => {
        this.log.push(JSON.parse(line));
      },
    };
    return new Inventory({
      store: this.store,
      log: pino({ level: 'debug' }, lines),
      openflowPort: 6653,
      generation: GENERATION,
      onChange: (id) => this.changes.push(id),
      ...options,
    });
  }
}

/** A fixture for each test of the file; the function gives that of the test that runs. */
export function eachWithInventory(): () => InventoryFixture {
  let fixture: InventoryFixture;
  vi.setConfig({ testTimeout: 30_000 });
  beforeEach(async () => {
    fixture = new InventoryFixture();
    await fixture.start();
  });
  afterEach(() => fixture.stop());
  return () => fixture;
}

/** Resolves once `test` holds. */
export function until(test: () => boolean): Promise<boolean> {
  return vi.waitUntil(test, { timeout: 20_000, interval: 1 });
}

/** The external_ids of a hypervisor by its number. */
export function hv(number: number) {
  return {
    'system-id': `hv${number}`,
    hostname: `host${number}`,
    'tenantflow-encap-ip': `192.0.2.${number}`,
  };
}

/** Plays ovs-vswitchd, which none of these tests needs for real: gives an interface its port number. */
export function plug(server: TestServer, name: string, ofport: number): Promise<string> {
  return server.vsctl('set', 'interface', name, `ofport=${ofport}`);
}
