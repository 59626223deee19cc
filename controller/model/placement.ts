import type { ChassisRecord, PortRecord } from '#controller/store/records';

/** The hypervisors that a port is wired on. */
export interface Places {
  /** Where its packets are sent to; absent when no hypervisor plugs it that may. */
  readonly home: string | undefined;
  /** Where its VM is about to go, or comes from: it may send there, too. Ascending. */
  readonly standbys: readonly string[];
}

/** Where ports are: which hypervisors plug an interface for a port, and which one of them counts as its home. */
export class Placement {
  /** Port id → chassis id → claim number of its VIF there. */
  readonly #claims = new Map<string, Map<string, number>>();
  /** Chassis id → ids of the ports that it claims. */
  readonly #claimed = new Map<string, Set<string>>();
  readonly #places = new Map<string, Places>();
  /** Network id → chassis id → ids of the ports wired there. */
  readonly #hosts = new Map<string, Map<string, Set<string>>>();
  /** Chassis id → network ids with a port wired there. */
  readonly #networks = new Map<string, Set<string>>();

  /** The chassis that a port is plugged into, if any. */
  home(portId: string): string | undefined {
    return this.#places.get(portId)?.home;
  }

  /** What a chassis is to a port: its home, a place where it may only send, or nothing. */
  roleAt(portId: string, chassisId: string): 'home' | 'standby' | undefined {
    const { home, standbys } = this.#places.get(portId) ?? NOWHERE;
    if (home === chassisId) return 'home';
    return standbys.includes(chassisId) ? 'standby' : undefined;
  }

  /** Ids of the chassis that a port is wired on. */
  chassisOf(portId: string): readonly string[] {
    return chassisOf(this.#places.get(portId) ?? NOWHERE);
  }

  /** The chassis where a network is present, with the ports that make it so. */
  hosts(networkId: string): ReadonlyMap<string, ReadonlySet<string>> {
    return this.#hosts.get(networkId) ?? NO_HOSTS;
  }

  networksAt(chassisId: string): ReadonlySet<string> {
    return this.#networks.get(chassisId) ?? NOTHING;
  }

  /** Ids of the ports that a chassis has VIFs for, at home there or not. */
  claimedBy(chassisId: string): ReadonlySet<string> {
    return this.#claimed.get(chassisId) ?? NOTHING;
  }

  /** A chassis has a VIF for a port; `claim` is the VIF's claim number. */
  claim(portId: string, chassisId: string, claim: number): void {
    entry(this.#claims, portId, () => new Map<string, number>()).set(chassisId, claim);
    entry(this.#claimed, chassisId, () => new Set<string>()).add(portId);
  }

  unclaim(portId: string, chassisId: string): void {
    const claims = this.#claims.get(portId);
    claims?.delete(chassisId);
    if (claims?.size === 0) this.#claims.delete(portId);
    const claimed = this.#claimed.get(chassisId);
    claimed?.delete(portId);
    if (claimed?.size === 0) this.#claimed.delete(chassisId);
  }

  /**
   * Decides again where a port is wired. `plugged` is the port whose interface it uses: itself, or its trunk's parent; absent
   * when there is none. `turned` are the chassis to which its network has come by this, or from which it has gone.
   */
  settle(
    networkId: string,
    portId: string,
    plugged: PortRecord | undefined,
    chassis: ReadonlyMap<string, ChassisRecord>,
  ): { readonly before: Places; readonly after: Places; readonly turned: ReadonlySet<string> } {
    const before = this.#places.get(portId) ?? NOWHERE;
    const after = plugged ? this.#choose(plugged, chassis) : NOWHERE;
    const [left, entered] = [chassisOf(before), chassisOf(after)];
    const turned = new Set<string>();
    for (const id of left) if (!entered.includes(id) && this.#leave(networkId, portId, id)) turned.add(id);
    for (const id of entered) if (!left.includes(id) && this.#enter(networkId, portId, id)) turned.add(id);
    if (entered.length > 0) this.#places.set(portId, after);
    else this.#places.delete(portId);
    return { before, after, turned };
  }

  /**
   * Of several hypervisors that plug a port, one whose system-id is the port's binding:host_id comes before one whose hostname
   * is, and no other counts. A port without a binding trusts every hypervisor: the newest claim wins,
   * so that a VM may start elsewhere though its old hypervisor is dead and cannot say that it is gone.
   */
  #choose(port: PortRecord, chassis: ReadonlyMap<string, ChassisRecord>): Places {
    const claims = this.#claims.get(port.id) ?? new Map<string, number>();
    let best: { readonly id: string; readonly rank: number; readonly claim: number } | undefined;
    for (const [id, claim] of claims) {
      const rank = rankOf(port.hostId, chassis.get(id));
      if (rank === 0 || (best && (rank < best.rank || (rank === best.rank && claim < best.claim)))) continue;
      best = { id, rank, claim };
    }
    const home = best?.id;
    const others = otherHosts(port);
    const standbys = others.length === 0 ? [] : [...claims.keys()].filter((id) => id !== home);
    const isNamed = (id: string) => others.some((host) => rankOf(host, chassis.get(id)) > 0);
    return { home, standbys: standbys.filter(isNamed).sort() };
  }

  /** Returns whether the network is new there. */
  #enter(networkId: string, portId: string, chassisId: string): boolean {
    const hosts = entry(this.#hosts, networkId, () => new Map<string, Set<string>>());
    const isNew = !hosts.has(chassisId);
    entry(hosts, chassisId, () => new Set<string>()).add(portId);
    entry(this.#networks, chassisId, () => new Set<string>()).add(networkId);
    return isNew;
  }

  /** Returns whether the network is gone from there. */
  #leave(networkId: string, portId: string, chassisId: string): boolean {
    const hosts = this.#hosts.get(networkId);
    const ports = hosts?.get(chassisId);
    ports?.delete(portId);
    if (ports?.size !== 0) return false;
    hosts?.delete(chassisId);
    if (hosts?.size === 0) this.#hosts.delete(networkId);
    const networks = this.#networks.get(chassisId);
    networks?.delete(networkId);
    if (networks?.size === 0) this.#networks.delete(chassisId);
    return true;
  }
}

/** Hosts between which a bound port's VM migrates, besides the one that it is bound to. */
function otherHosts({ hostId, inactiveBindings, bindingProfile }: PortRecord): readonly string[] {
  if (hostId === '') return [];
  const { migrating_to: target } = bindingProfile;
  const named = inactiveBindings.map(({ hostId: host }) => host);
  return typeof target === 'string' && target !== '' ? [...named, target] : named;
}

/** Ids of all the hypervisors of a port. */
export function chassisOf({ home, standbys }: Places): readonly string[] {
  return home === undefined ? standbys : [home, ...standbys];
}

/** How well a binding names a chassis: 0 not at all, or it is not there. */
function rankOf(hostId: string, chassis: ChassisRecord | undefined): number {
  if (!chassis) return 0;
  if (hostId === '' || hostId === chassis.id) return 2;
  return hostId === chassis.hostname ? 1 : 0;
}

const NOWHERE: Places = { home: undefined, standbys: [] };
const NOTHING: ReadonlySet<string> = new Set();
const NO_HOSTS: ReadonlyMap<string, ReadonlySet<string>> = new Map();

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}
