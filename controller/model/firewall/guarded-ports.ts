import { addTo, removeFrom } from '../set-map.ts';

/** A port's set of groups (`groupSetKey`), and the hypervisors that it is wired on. */
interface Guarded {
  readonly set: string;
  readonly chassis: readonly string[];
}

/** A set of groups that came to a hypervisor with its first port, or went with its last. */
export interface ChangedSet {
  readonly chassisId: string;
  readonly set: string;
  readonly isHere: boolean;
}

/** Which ports with port security are wired where, by their sets of groups. */
export class GuardedPorts {
  readonly #ports = new Map<string, Guarded>();
  /** Set → chassis id → ids of the ports. */
  readonly #at = new Map<string, Map<string, Set<string>>>();

  /** The chassis where ports have a set, with the ids of those ports. */
  chassisOf(set: string): ReadonlyMap<string, ReadonlySet<string>> {
    return this.#at.get(set) ?? NOWHERE;
  }

  /** Takes in where a port is now, and its set; no set without port security. */
  replace(portId: string, set: string | undefined, chassis: readonly string[]): readonly ChangedSet[] {
    const before = this.#ports.get(portId);
    const after = set === undefined || chassis.length === 0 ? undefined : { set, chassis };
    if (after) this.#ports.set(portId, after);
    else this.#ports.delete(portId);
    // Enter before leaving: a set that stays must not look gone in between.
    const came = (after?.chassis ?? []).flatMap((id) => this.#enter(portId, after?.set ?? '', id));
    const kept = new Set(after?.set === before?.set ? after?.chassis : []);
    const left = (before?.chassis ?? []).filter((id) => !kept.has(id));
    return [...came, ...left.flatMap((id) => this.#leave(portId, before?.set ?? '', id))];
  }

  #enter(portId: string, set: string, chassisId: string): readonly ChangedSet[] {
    const at = this.#at.get(set) ?? new Map<string, Set<string>>();
    this.#at.set(set, at);
    const isNew = !at.has(chassisId);
    addTo(at, chassisId, portId);
    return isNew ? [{ chassisId, set, isHere: true }] : [];
  }

  #leave(portId: string, set: string, chassisId: string): readonly ChangedSet[] {
    const at = this.#at.get(set);
    if (!at) return [];
    removeFrom(at, chassisId, portId);
    if (at.has(chassisId)) return [];
    if (at.size === 0) this.#at.delete(set);
    return [{ chassisId, set, isHere: false }];
  }
}

const NOWHERE: ReadonlyMap<string, ReadonlySet<string>> = new Map();
