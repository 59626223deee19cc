import { connect, type Operation, openVSwitch, type Session, TableCache } from 'ovsdb-client-ts';
import { LabError } from '../errors.ts';
import { DummySwitch } from './dummy-switch.ts';
import { type FleetPlug, grouped } from './fleet.ts';
import { RealBridge, WRITTEN } from './real-bridge.ts';

/**
 * Many hypervisors in one ovs-vswitchd: each has a bridge of its own there, with real tables and a real OpenFlow connection, and
 * a database of its own towards its controller. Devices are dummies, so that a thousand ports cost nothing; packets are given to
 * them by `ovs-appctl netdev-dummy/receive`.
 */
export class RealBridges {
  readonly shared: DummySwitch;
  readonly #bridges = new Map<number, RealBridge>();
  readonly #session: Session;
  #failure: string | undefined;

  private constructor(shared: DummySwitch, session: Session) {
    this.shared = shared;
    this.#session = session;
  }

  /** Hypervisors with these numbers, in an Open vSwitch that has this name. */
  static async start(name: string, numbers: readonly number[]): Promise<RealBridges> {
    const shared = new DummySwitch(name);
    await shared.start();
    const session = await connect(shared.target);
    const all = new RealBridges(shared, session);
    for (const number of numbers)
      all.#bridges.set(number, new RealBridge(number, (operations) => void all.#transact(operations)));
    const cache = new TableCache(openVSwitch, WRITTEN);
    cache.onChange((changes) => {
      for (const { table, uuid, after } of changes) {
        if (after === undefined) continue;
        const { _uuid, ...columns } = after;
        for (const each of all.#bridges.values()) each.written(table, uuid, columns);
      }
    });
    await session.replicate(cache);
    return all;
  }

  /** All databases call the controller whose OVSDB port is at `HOST:PORT`. */
  attach(target: string): void {
    for (const { managed } of this.#bridges.values()) managed.attach(target);
  }

  /** Adds interfaces; each hypervisor's in one transaction. Its bridge must be there. */
  plug(plugs: readonly FleetPlug[]): void {
    for (const [number, each] of grouped(plugs)) this.bridge(number).managed.plug(each);
  }

  /** By the hypervisor's number. Throws when there is none. */
  bridge(number: number): RealBridge {
    const found = this.#bridges.get(number);
    if (found === undefined) throw new Error(`no hypervisor ${number} has a real bridge`);
    return found;
  }

  /** Hypervisors whose bridge the controller has made. Throws LAB_FLEET when Open vSwitch refused a change. */
  get count(): number {
    if (this.#failure !== undefined) throw new LabError('LAB_FLEET', this.#failure);
    return [...this.#bridges.values()].filter(({ managed }) => managed.hasBridge).length;
  }

  /** How many flows a bridge has. */
  flowCount(name: string): Promise<number> {
    return this.shared.flowCount(name);
  }

  /** Ends all connections, and the switch. */
  async stop(): Promise<void> {
    for (const { managed } of this.#bridges.values()) managed.stop();
    this.#session.close();
    await this.shared.stop();
  }

  async #transact(operations: readonly Operation[]): Promise<void> {
    const reply = await this.#session.transact(openVSwitch, operations).catch((error) => {
      // Closed, as at the end.
      if (this.#session.closedBecause === undefined) throw error;
      return undefined;
    });
    if (reply?.ok === false) this.#failure ??= `${reply.error.error}: ${reply.error.details}`;
  }
}
