import type { Datapath } from './datapath.ts';
import { FakeHypervisor } from './fake-hypervisor.ts';
import { FaultPlan, type Faults, type Manner } from './faults.ts';
import type { Plug } from './managed-database.ts';

/** How a fleet is asked for. */
export interface FleetOptions {
  /** Hypervisors, numbered from 1. */
  readonly count: number;
  /** Decides which faults come when. Default 1. */
  readonly seed?: number;
  readonly faults?: Faults;
}

/** An interface that is to be plugged into a hypervisor, which is told by its number. */
export interface FleetPlug extends Plug {
  readonly hypervisor: number;
}

/** What there is to say of one switch. */
export interface FleetSwitch {
  readonly id: string;
  readonly flows: number;
  readonly meters: number;
  /** Flow-mods done since it began. */
  readonly changes: number;
  /** When a barrier last confirmed a change of its flows, on the machine's monotonic clock in milliseconds; 0 is never. */
  readonly confirmedAt: number;
}

/** What switches have confirmed since some time: how many, and when the last did, on the machine's monotonic clock. */
export interface ConfirmedSince {
  readonly count: number;
  readonly last: number;
}

/** Someone waits until all these switches have confirmed a change later than `since`. */
interface Watcher {
  readonly since: number;
  readonly missing: Set<Datapath>;
  readonly done: () => void;
}

/** Many fake hypervisors in one process, for controllers that are to have many. */
export class Fleet {
  readonly #hypervisors: readonly FakeHypervisor[];
  readonly #faults: FaultPlan;
  readonly #watchers = new Set<Watcher>();

  constructor({ count, seed = 1, faults }: FleetOptions) {
    this.#faults = new FaultPlan(seed, faults);
    this.#hypervisors = Array.from(
      { length: count },
      (_, at) =>
        new FakeHypervisor({
          number: at + 1,
          faults: this.#faults,
          onConfirmed: (datapath) => this.#confirmed(datapath),
        }),
    );
  }

  /** All databases call the controller whose OVSDB port is at `HOST:PORT`. */
  attach(target: string): void {
    for (const each of this.#hypervisors) each.managed.attach(target);
  }

  /** Adds interfaces; each hypervisor's in one transaction. Its bridge must be there. */
  plug(plugs: readonly FleetPlug[]): void {
    for (const [number, each] of grouped(plugs)) this.hypervisor(number).managed.plug(each);
  }

  unplug(plugs: readonly Pick<FleetPlug, 'hypervisor' | 'name'>[]): void {
    for (const [number, each] of grouped(plugs))
      this.hypervisor(number).managed.unplug(each.map(({ name }) => name));
  }

  /** From now on switches behave so badly. */
  behave(faults: Faults): void {
    this.#faults.faults = faults;
  }

  /** From now on the switches of these hypervisors treat their controllers so. */
  treat(numbers: readonly number[], manner: Manner): void {
    for (const number of numbers) this.hypervisor(number).behave(manner);
  }

  /** Breaks all connections of these hypervisors, which call again. */
  reset(numbers: readonly number[]): void {
    for (const number of numbers) this.hypervisor(number).reset();
  }

  /** All switches lose their flows and connections, as if Open vSwitch had been restarted everywhere. */
  restart(): void {
    for (const each of this.#hypervisors) each.restart();
  }

  /** Hypervisors whose bridge the controller has made. */
  get bridges(): number {
    return this.#hypervisors.filter(({ managed }) => managed.hasBridge).length;
  }

  switches(): readonly FleetSwitch[] {
    return this.#hypervisors.map(
      ({ managed: { id }, datapath: { flows, meters, changes, confirmedAt } }) => ({
        id,
        flows: flows.size,
        meters: meters.size,
        changes,
        confirmedAt,
      }),
    );
  }

  /** Resolves with when the last of these switches has confirmed a change that it did not before `since`. */
  async confirmed(numbers: readonly number[], since: number): Promise<number> {
    const datapaths = numbers.map((number) => this.hypervisor(number).datapath);
    const missing = new Set(datapaths.filter(({ confirmedAt }) => confirmedAt <= since));
    if (missing.size > 0) await new Promise<void>((done) => this.#watchers.add({ since, missing, done }));
    return Math.max(...datapaths.map(({ confirmedAt }) => confirmedAt));
  }

  /** How many switches have confirmed a change later than `since`, and when the last of them did; 0 when none has. */
  confirmedSince(since: number): ConfirmedSince {
    const times = this.#hypervisors.map(({ datapath }) => datapath.confirmedAt).filter((at) => at > since);
    return { count: times.length, last: Math.max(0, ...times) };
  }

  /** Ends all connections. */
  stop(): void {
    for (const each of this.#hypervisors) each.stop();
  }

  /** By its number. Throws when there is none. */
  hypervisor(number: number): FakeHypervisor {
    const found = this.#hypervisors[number - 1];
    if (found === undefined) throw new Error(`the fleet has no hypervisor ${number}`);
    return found;
  }

  #confirmed(datapath: Datapath): void {
    for (const watcher of this.#watchers) {
      watcher.missing.delete(datapath);
      if (watcher.missing.size > 0) continue;
      this.#watchers.delete(watcher);
      watcher.done();
    }
  }
}

/** By the number of their hypervisor. */
export function grouped<T extends { readonly hypervisor: number }>(
  items: readonly T[],
): ReadonlyMap<number, T[]> {
  const groups = new Map<number, T[]>();
  for (const item of items) {
    const group = groups.get(item.hypervisor) ?? [];
    group.push(item);
    groups.set(item.hypervisor, group);
  }
  return groups;
}
