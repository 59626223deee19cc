import type { TrunkRecord } from '#controller/store/records';
import { addTo, removeFrom } from './set-map.ts';

/** Whose interface a port's packets use, and the tag that they wear there. */
export interface Carrier {
  /** The port itself; of a subport, the parent of its trunk. */
  readonly portId: string;
  /** VLAN id, 1–4094; absent when the packets are untagged. */
  readonly vlan?: number;
}

/** What a trunk says of its subports. */
interface Wiring {
  readonly trunk: TrunkRecord;
  readonly parentId: string;
  /** Subport id → its carrier; nothing while the trunk is administratively down. */
  readonly carriers: ReadonlyMap<string, Carrier | undefined>;
}

/** Which ports are subports, and of which parents. */
export class Trunks {
  readonly #wirings = new Map<string, Wiring>();
  /** Port id → ids of the trunks that name it as a subport: one, unless a mistake made it more. */
  readonly #trunksOf = new Map<string, Set<string>>();
  /** Port id → ids of the trunks whose parent it is. */
  readonly #trunksOn = new Map<string, Set<string>>();

  trunk(id: string): TrunkRecord | undefined {
    return this.#wirings.get(id)?.trunk;
  }

  /** Takes in a trunk as it is now; returns the ids of the ports that this may move. */
  replace(id: string, after: TrunkRecord | undefined): readonly string[] {
    const then = this.#wirings.get(id);
    if (then) {
      removeFrom(this.#trunksOn, then.parentId, id);
      for (const portId of then.carriers.keys()) removeFrom(this.#trunksOf, portId, id);
      this.#wirings.delete(id);
    }
    const now = after && wiringOf(after);
    if (now) {
      addTo(this.#trunksOn, now.parentId, id);
      for (const portId of now.carriers.keys()) addTo(this.#trunksOf, portId, id);
      this.#wirings.set(id, now);
    }
    const named = new Set([...(then?.carriers.keys() ?? []), ...(now?.carriers.keys() ?? [])]);
    return [...named].filter((portId) => !(then && now && isSamePlace(portId, then, now)));
  }

  /** Whose interface a port uses; nothing for the subport of a trunk that is administratively down. */
  carrierOf(portId: string): Carrier | undefined {
    const trunkIds = this.#trunksOf.get(portId);
    if (!trunkIds) return { portId };
    const [first = ''] = trunkIds.size === 1 ? trunkIds : [...trunkIds].sort();
    return this.#wirings.get(first)?.carriers.get(portId);
  }

  /** VLAN ids of the subports on a parent's interface, ascending, whether they can be used or not. */
  subVlansOf(parentId: string): readonly number[] {
    const trunks = [...(this.#trunksOn.get(parentId) ?? [])].flatMap((id) => this.trunk(id) ?? []);
    const vlans = trunks.flatMap(({ subPorts }) => subPorts.map(({ segmentationId }) => segmentationId));
    return [...new Set(vlans)].sort((a, b) => a - b);
  }

  /** Ids of the ports that use another's interface. */
  subPortsOf(parentId: string): readonly string[] {
    return [...(this.#trunksOn.get(parentId) ?? [])].flatMap((id) => [
      ...(this.#wirings.get(id)?.carriers.keys() ?? []),
    ]);
  }
}

function wiringOf(trunk: TrunkRecord): Wiring {
  const { portId: parentId, adminStateUp, subPorts } = trunk;
  const carrier = (vlan: number): Carrier | undefined =>
    adminStateUp ? { portId: parentId, vlan } : undefined;
  return {
    trunk,
    parentId,
    carriers: new Map(subPorts.map(({ portId, segmentationId }) => [portId, carrier(segmentationId)])),
  };
}

function isSamePlace(portId: string, a: Wiring, b: Wiring): boolean {
  const [one, other] = [a.carriers.get(portId), b.carriers.get(portId)];
  const isNamedByBoth = a.carriers.has(portId) && b.carriers.has(portId);
  return isNamedByBoth && one?.portId === other?.portId && one?.vlan === other?.vlan;
}
