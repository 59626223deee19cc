import { connect, type Socket } from 'node:net';
import { openVSwitch, parseActiveTarget, type Row, type Uuid, type Value } from 'ovsdb-client-ts';
import { Database, type Draft, type RowChange } from './database.ts';
import { DatabaseSession } from './database-session.ts';
import { Datapath } from './datapath.ts';
import type { FaultPlan, Manner } from './faults.ts';
import { OpenFlowLink } from './openflow-link.ts';

/** Milliseconds until a database calls its manager again. */
const BACKOFF = 1_000;
/** OFPP_LOCAL as Open vSwitch shows it in a database. */
const LOCAL = 65_534;

export interface FakeHypervisorOptions {
  /** From 1 up: names, addresses and the datapath id follow from it. */
  readonly number: number;
  readonly faults: FaultPlan;
  readonly onConfirmed: (datapath: Datapath) => void;
}

/** An interface of a VM, as who plugs it says. */
export interface Plug {
  readonly name: string;
  /** external_ids:iface-id. */
  readonly portId: string;
}

/**
 * A hypervisor that is there for its controller only: a database that calls its manager, and a switch that calls the
 * controllers of its bridge, both from an address of its own in 127.0.0.0/8. It does with its database what
 * ovs-vswitchd does: bridges get a datapath id, interfaces a port number.
 */
export class FakeHypervisor {
  readonly id: string;
  readonly datapath: Datapath;
  readonly database = new Database(openVSwitch);
  readonly #address: string;
  readonly #faults: FaultPlan;
  readonly #links = new Map<string, OpenFlowLink>();
  #manager: Socket | undefined;
  #timer: NodeJS.Timeout | undefined;
  #lastOfport = 0;
  #isDue = false;
  #manner: Manner = 'well';

  constructor({ number, faults, onConfirmed }: FakeHypervisorOptions) {
    const address = (net: number) => `${net}.${number >> 16}.${(number >> 8) & 255}.${number & 255}`;
    this.id = `fake${number}`;
    this.datapath = new Datapath(BigInt(number) | 0x0000_02fa_0000_0000n, onConfirmed);
    this.#address = address(127);
    this.#faults = faults;
    this.database.transact((draft) =>
      draft.insert('Open_vSwitch', {
        external_ids: new Map([
          ['system-id', this.id],
          ['hostname', this.id],
          ['tenantflow-encap-ip', address(10)],
        ]),
      }),
    );
    this.database.watch((changes) => this.#changed(changes));
  }

  /** What `ovs-vsctl set-manager` does: the database calls `HOST:PORT`, and again whenever the connection ends. */
  attach(target: string): void {
    this.database.transact((draft) => {
      const manager = draft.insert('Manager', { target: `tcp:${target}` });
      for (const { uuid } of draft.find('Open_vSwitch'))
        draft.update('Open_vSwitch', uuid, { manager_options: [manager] });
    });
    this.#callManager(target);
  }

  /** Ends all connections for good. */
  stop(): void {
    clearTimeout(this.#timer);
    const manager = this.#manager;
    this.#manager = undefined;
    manager?.destroy();
    for (const link of this.#links.values()) link.close();
  }

  /** Breaks both connections; both are made anew. */
  reset(): void {
    this.#manager?.resetAndDestroy();
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

  /** Adds VMs' interfaces to the bridge, which must be there. */
  plug(plugs: readonly Plug[]): void {
    this.database.transact((draft) => {
      const [bridge] = draft.find('Bridge');
      if (bridge === undefined) throw new Error(`${this.id} has no bridge yet`);
      const ports = plugs.map(({ name, portId }) => {
        const ids = new Map([['iface-id', portId]]);
        const port = draft.insert('Interface', { name, external_ids: ids });
        return draft.insert('Port', { name, interfaces: [port] });
      });
      draft.update('Bridge', bridge.uuid, { ports: [...uuidsOf(bridge.row.ports), ...ports] });
    });
  }

  /** Takes interfaces away, by their names. */
  unplug(names: readonly string[]): void {
    const gone = new Set(names);
    this.database.transact((draft) => {
      const ports = draft.find('Port', ({ name }) => gone.has(String(name))).map(({ uuid }) => uuid);
      for (const { uuid, row } of draft.find('Bridge'))
        draft.update('Bridge', uuid, { ports: uuidsOf(row.ports).filter((port) => !ports.includes(port)) });
    });
  }

  get hasBridge(): boolean {
    return this.database.rows('Bridge').size > 0;
  }

  #callManager(target: string): void {
    const { host, port } = endpointOf(`tcp:${target}`);
    const socket = connect({ host, port, localAddress: this.#address });
    socket.setNoDelay(true);
    const session = new DatabaseSession(this.database, socket);
    this.#manager = socket;
    socket.on('close', () => {
      session.end();
      if (this.#manager === socket) this.#timer = setTimeout(() => this.#callManager(target), BACKOFF);
    });
  }

  /** ovs-vswitchd notices soon, not at once. */
  #changed(changes: readonly RowChange[]): void {
    if (this.#isDue || !changes.some(({ table }) => table !== 'Open_vSwitch')) return;
    this.#isDue = true;
    setImmediate(() => {
      this.#isDue = false;
      this.database.transact((draft) => this.#number(draft));
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
    const [bridge] = this.database.rows('Bridge').values();
    const controllers = this.database.rows('Controller');
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

function endpointOf(text: string): { readonly host: string; readonly port: number } {
  const target = parseActiveTarget(text);
  if (target.transport !== 'tcp') throw new Error(`not a TCP target: ${text}`);
  return { host: target.host, port: target.port };
}

function uuidsOf(value: Value | undefined): readonly Uuid[] {
  return Array.isArray(value) ? value.map(String) : [];
}
