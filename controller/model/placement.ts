import type { ChassisRecord, PortRecord } from '../store/records.ts';

/** Where ports are: which hypervisors plug an interface for a port, and which one of them counts as its home. */
export class Placement {
  /** Port id → chassis ids that have an interface with this iface-id and an OpenFlow port number. */
  readonly #claims = new Map<string, Set<string>>();
  readonly #homes = new Map<string, string>();
  /** Network id → chassis id → ids of the ports at home there. */
  readonly #hosts = new Map<string, Map<string, Set<string>>>();
  /** Chassis id → network ids with a port at home there. */
  readonly #networks = new Map<string, Set<string>>();

  /** The chassis that a port is plugged into, if any. */
  home(portId: string): string | undefined {
    return this.#homes.get(portId);
  }

  /** The chassis where a network is present, with the ports that make it so. */
  hosts(networkId: string): ReadonlyMap<string, ReadonlySet<string>> {
    return this.#hosts.get(networkId) ?? NO_HOSTS;
  }

  networksAt(chassisId: string): ReadonlySet<string> {
    return this.#networks.get(chassisId) ?? NOTHING;
  }

  claim(portId: string, chassisId: string): void {
    entry(this.#claims, portId, () => new Set<string>()).add(chassisId);
  }

  unclaim(portId: string, chassisId: string): void {
    const claims = this.#claims.get(portId);
    claims?.delete(chassisId);
    if (claims?.size === 0) this.#claims.delete(portId);
  }

  /**
   * Decides a port's home anew; `port` is absent when it was deleted. Of several hypervisors that plug it, only the
   * one that binding:host_id names counts; without a binding, the one with the lowest system-id, so that the
   * result never depends on who came first.
   */
  settle(
    networkId: string,
    portId: string,
    port: PortRecord | undefined,
    chassis: ReadonlyMap<string, ChassisRecord>,
  ): { readonly before: string | undefined; readonly after: string | undefined } {
    const before = this.#homes.get(portId);
    const after = port && this.#choose(port, chassis);
    if (before === after) return { before, after };
    if (before !== undefined) this.#leave(networkId, portId, before);
    if (after !== undefined) this.#enter(networkId, portId, after);
    return { before, after };
  }

  #choose(port: PortRecord, chassis: ReadonlyMap<string, ChassisRecord>): string | undefined {
    let best: string | undefined;
    for (const id of this.#claims.get(port.id) ?? NOTHING) {
      const allowed = port.hostId === '' || port.hostId === id || port.hostId === chassis.get(id)?.hostname;
      if (allowed && (best === undefined || id < best)) best = id;
    }
    return best;
  }

  #enter(networkId: string, portId: string, chassisId: string): void {
    this.#homes.set(portId, chassisId);
    const hosts = entry(this.#hosts, networkId, () => new Map<string, Set<string>>());
    entry(hosts, chassisId, () => new Set<string>()).add(portId);
    entry(this.#networks, chassisId, () => new Set<string>()).add(networkId);
  }

  #leave(networkId: string, portId: string, chassisId: string): void {
    this.#homes.delete(portId);
    const hosts = this.#hosts.get(networkId);
    const ports = hosts?.get(chassisId);
    ports?.delete(portId);
    if (ports?.size !== 0) return;
    hosts?.delete(chassisId);
    if (hosts?.size === 0) this.#hosts.delete(networkId);
    const networks = this.#networks.get(chassisId);
    networks?.delete(networkId);
    if (networks?.size === 0) this.#networks.delete(chassisId);
  }
}

const NOTHING: ReadonlySet<string> = new Set();
const NO_HOSTS: ReadonlyMap<string, ReadonlySet<string>> = new Map();

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}
