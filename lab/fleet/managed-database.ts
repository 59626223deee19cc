import { connect, type Socket } from 'node:net';
import { openVSwitch, parseActiveTarget, type Uuid, type Value } from 'ovsdb-client-ts';
import { Database } from './database.ts';
import { DatabaseSession } from './database-session.ts';

/** Milliseconds until a database calls its manager again. */
const BACKOFF = 1_000;

/** What a hypervisor's database says of it. */
export interface HypervisorIdentity {
  /** external_ids:system-id, and its host's name. */
  readonly id: string;
  /** Its tunnel end. */
  readonly encapIp: string;
  /** Address that it calls from. Default: what the kernel chooses. */
  readonly localAddress?: string | undefined;
}

/** An interface of a VM, as who plugs it says. */
export interface Plug {
  readonly name: string;
  /** external_ids:iface-id. */
  readonly portId: string;
}

/** A hypervisor's database, which calls its manager; what of it only ovs-vswitchd would write is for others to write. */
export class ManagedDatabase {
  readonly id: string;
  readonly database = new Database(openVSwitch);
  readonly #localAddress: string | undefined;
  #manager: Socket | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor({ id, encapIp, localAddress }: HypervisorIdentity) {
    this.id = id;
    this.#localAddress = localAddress;
    this.database.transact((draft) =>
      draft.insert('Open_vSwitch', {
        external_ids: new Map([
          ['system-id', id],
          ['hostname', id],
          ['tenantflow-encap-ip', encapIp],
        ]),
      }),
    );
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

  /** Ends its connection for good. */
  stop(): void {
    clearTimeout(this.#timer);
    const manager = this.#manager;
    this.#manager = undefined;
    manager?.destroy();
  }

  /** Breaks its connection; it calls again. */
  reset(): void {
    this.#manager?.resetAndDestroy();
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
    const socket = connect({ ...endpointOf(`tcp:${target}`), ...from(this.#localAddress) });
    socket.setNoDelay(true);
    const session = new DatabaseSession(this.database, socket);
    this.#manager = socket;
    socket.on('close', () => {
      session.end();
      if (this.#manager === socket) this.#timer = setTimeout(() => this.#callManager(target), BACKOFF);
    });
  }
}

/** The address in a network of 2^24 that the hypervisor with this number has. */
export function addressOf(net: number, number: number): string {
  return `${net}.${number >> 16}.${(number >> 8) & 255}.${number & 255}`;
}

/** Host and port of an active target such as `tcp:HOST:PORT`. */
export function endpointOf(text: string): { readonly host: string; readonly port: number } {
  const target = parseActiveTarget(text);
  if (target.transport !== 'tcp') throw new Error(`not a TCP target: ${text}`);
  return { host: target.host, port: target.port };
}

/** The rows that a column refers to. */
export function uuidsOf(value: Value | undefined): readonly Uuid[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function from(localAddress: string | undefined): { readonly localAddress?: string } {
  return localAddress === undefined ? {} : { localAddress };
}
