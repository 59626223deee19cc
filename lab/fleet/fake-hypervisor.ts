import type { Row, Value } from 'ovsdb-client-ts';
import type { Database, Draft, RowChange } from './database.ts';
import { Datapath } from './datapath.ts';
import type { FaultPlan, Manner } from './faults.ts';
import { addressOf, endpointOf, ManagedDatabase, uuidsOf } from './managed-database.ts';
import { OpenFlowLink } from './openflow-link.ts';

/** OFPP_LOCAL as Open vSwitch shows it in a database. */
const LOCAL = 65_534;

export interface FakeHypervisorOptions {
  /** From 1 up: names, addresses and the datapath id follow from it. */
  readonly number: number;
  readonly faults: FaultPlan;
  readonly onConfirmed: (datapath: Datapath) => void;
}

/**
 * A hypervisor that is there for its controller only: a database that calls its manager, and a switch that calls the
 * controllers of its bridge, both from an address of its own in 127.0.0.0/8. It does with its database what
 * ovs-vswitchd does: bridges get a datapath id, interfaces a port number.
 */
export class FakeHypervisor {
  readonly managed: ManagedDatabase;
  readonly datapath: Datapath;
  readonly #address: string;
  readonly #faults: FaultPlan;
  readonly #links = new Map<string, OpenFlowLink>();
  #lastOfport = 0;
  #isDue = false;
  #manner: Manner = 'well';

  constructor({ number, faults, onConfirmed }: FakeHypervisorOptions) {
    this.#address = addressOf(127, number);
    this.managed = new ManagedDatabase({
      id: `fake${number}`,
      encapIp: addressOf(10, number),
      localAddress: this.#address,
    });
    this.datapath = new Datapath(BigInt(number) | 0x0000_02fa_0000_0000n, onConfirmed);
    this.#faults = faults;
    this.#database.watch((changes) => this.#changed(changes));
  }

  /** Ends all connections for good. */
  stop(): void {
    this.managed.stop();
    for (const link of this.#links.values()) link.close();
  }

  /** Breaks both connections; both are made anew. */
  reset(): void {
    this.managed.reset();
    for (const link of this.#links.values()) link.reset();
  }

  /** From now on its switch treats its controllers so; its database goes on. */
  behave(manner: Manner): void {
    this.#manner = manner;
    for (const link of this.#links.values()) link.behave(manner);
  }

  /** What a restart of ovs-vswitchd is to a controller: flows and OpenFlow connections are gone, the database stays. */
  restart(): void {
    this.datapath.reset();
    for (const link of this.#links.values()) link.reset();
  }

  get #database(): Database {
    return this.managed.database;
  }

  /** ovs-vswitchd notices soon, not at once. */
  #changed(changes: readonly RowChange[]): void {
    if (this.#isDue || !changes.some(({ table }) => table !== 'Open_vSwitch')) return;
    this.#isDue = true;
    setImmediate(() => {
      this.#isDue = false;
      this.#database.transact((draft) => this.#number(draft));
      this.#call();
    });
  }

  #number(draft: Draft): void {
    for (const { uuid } of draft.find('Bridge', ({ datapath_id: id }) => id === null))
      draft.update('Bridge', uuid, { datapath_id: this.datapath.id.toString(16).padStart(16, '0') });
    const wanting = draft.find('Interface', ({ ofport }) => ofport === null);
    if (wanting.length === 0) return;
    const taken = new Set(draft.find('Interface').map(({ row }) => row.ofport));
    for (const { uuid, row } of wanting) {
      const ofport = row.type === 'internal' ? LOCAL : this.#freeOfport(row, taken);
      taken.add(ofport);
      draft.update('Interface', uuid, { ofport });
    }
  }

  #freeOfport({ ofport_request: request }: Row, taken: ReadonlySet<Value | undefined>): number {
    if (typeof request === 'number' && !taken.has(request)) return request;
    do this.#lastOfport += 1;
    while (taken.has(this.#lastOfport));
    return this.#lastOfport;
  }

  /** Connects to the bridge's controllers. Without any, Open vSwitch takes the bridge's flows away. */
  #call(): void {
    const [bridge] = this.#database.rows('Bridge').values();
    const controllers = this.#database.rows('Controller');
    const targets = new Set(uuidsOf(bridge?.controller).map((uuid) => String(controllers.get(uuid)?.target)));
    for (const [target, link] of this.#links) {
      if (targets.has(target)) continue;
      link.close();
      this.#links.delete(target);
    }
    if (targets.size === 0) this.datapath.reset();
    for (const target of targets) {
      if (this.#links.has(target)) continue;
      const where = { ...endpointOf(target), localAddress: this.#address };
      const link = new OpenFlowLink(this.datapath, this.#faults, where);
      link.behave(this.#manner);
      this.#links.set(target, link);
    }
  }
}
