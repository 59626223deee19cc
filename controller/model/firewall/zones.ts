import { addTo, removeFrom } from '../set-map.ts';

/** Zones of connection tracking that a datapath has, without zone 0, which is the default one and no port’s. */
const ZONE_COUNT = 65_535;

interface Zoned {
  readonly key: number;
  readonly chassis: readonly string[];
}

/**
 * Which zone of connection tracking a port has on a hypervisor. Each port has its own, not each interface: subports share one,
 * and their networks may have equal addresses. The zone follows from the keys of the ports there: a port has the zone that its
 * key leads to or, if a port with a lower key has that one, the next free zone. So zones survive restarts, and depend on other
 * ports only when more than 65,535 ports were ever made.
 */
export class Zones {
  readonly #ports = new Map<string, Zoned>();
  /** Chassis id → zone → ids of the ports whose keys lead to it. */
  readonly #wanting = new Map<string, Map<number, Set<string>>>();
  /** Chassis id → how many zones several ports want there. */
  readonly #contested = new Map<string, number>();
  /** Chassis id → zones by port id, where zones are contested and that is known. */
  readonly #dealt = new Map<string, ReadonlyMap<string, number>>();

  zoneOf(portId: string, chassisId: string): number {
    const wanted = wantedZone(this.#ports.get(portId)?.key ?? 0);
    if (!this.#contested.has(chassisId)) return wanted;
    const dealt = this.#dealt.get(chassisId) ?? this.#deal(chassisId);
    this.#dealt.set(chassisId, dealt);
    return dealt.get(portId) ?? wanted;
  }

  /** Takes in where a port is tracked now; returns the ids of other ports whose zones may be others by it, by chassis. */
  replace(portId: string, key: number, chassis: readonly string[]): ReadonlyMap<string, readonly string[]> {
    const before = this.#ports.get(portId);
    const touched = new Map<string, readonly string[]>();
    const note = (id: string) => {
      if (this.#contested.has(id)) touched.set(id, this.#portsAt(id));
    };
    for (const id of before?.chassis ?? []) {
      note(id);
      this.#change(id, wantedZone(before?.key ?? 0), (wanting, zone) => removeFrom(wanting, zone, portId));
    }
    if (chassis.length > 0) this.#ports.set(portId, { key, chassis });
    else this.#ports.delete(portId);
    for (const id of chassis) {
      this.#change(id, wantedZone(key), (wanting, zone) => addTo(wanting, zone, portId));
      note(id);
    }
    return touched;
  }

  #change(
    chassisId: string,
    zone: number,
    work: (wanting: Map<number, Set<string>>, zone: number) => void,
  ): void {
    const wanting = this.#wanting.get(chassisId) ?? new Map<number, Set<string>>();
    this.#wanting.set(chassisId, wanting);
    const isContested = () => Number((wanting.get(zone)?.size ?? 0) > 1);
    const before = isContested();
    work(wanting, zone);
    if (wanting.size === 0) this.#wanting.delete(chassisId);
    const count = (this.#contested.get(chassisId) ?? 0) + isContested() - before;
    if (count > 0) this.#contested.set(chassisId, count);
    else this.#contested.delete(chassisId);
    this.#dealt.delete(chassisId);
  }

  #deal(chassisId: string): ReadonlyMap<string, number> {
    const keys = this.#portsAt(chassisId).map((id) => [id, this.#ports.get(id)?.key ?? 0] as const);
    const taken = new Set<number>();
    const zones = new Map<string, number>();
    for (const [id, key] of keys.sort(([, a], [, b]) => a - b)) {
      let zone = wantedZone(key);
      for (let step = 1; taken.has(zone) && step < ZONE_COUNT; step++) zone = (zone % ZONE_COUNT) + 1;
      taken.add(zone);
      zones.set(id, zone);
    }
    return zones;
  }

  #portsAt(chassisId: string): readonly string[] {
    return [...(this.#wanting.get(chassisId)?.values() ?? [])].flatMap((ids) => [...ids]);
  }
}

/** The zone that a port's key leads to. */
function wantedZone(key: number): number {
  return 1 + (key % ZONE_COUNT);
}
