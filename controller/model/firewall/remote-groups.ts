import type { GroupUse } from '#apps';

/** What a policy uses the groups for that its rules name: by id of the group. */
export type Uses = ReadonlyMap<string, readonly GroupUse[]>;

/** A group whose uses on a hypervisor have changed. */
export interface ChangedUse {
  readonly chassisId: string;
  readonly group: string;
}

/** Which groups the policies of each hypervisor name as remote, and what for. */
export class RemoteGroups {
  /** Chassis id → group id → use → how many policies there have that use for it. */
  readonly #counts = new Map<string, Map<string, Map<GroupUse, number>>>();
  /** Group id → ids of the chassis where a policy names it. */
  readonly #chassisOf = new Map<string, Set<string>>();
  /** Policy id → what is counted of it, where it is. */
  readonly #counted = new Map<string, Uses>();

  /** What a group is used for on a hypervisor; nothing where no policy names it. */
  usesAt(chassisId: string, group: string): ReadonlyMap<GroupUse, number> | undefined {
    return this.#counts.get(chassisId)?.get(group);
  }

  /** The groups that are named on a hypervisor, by id, and what each is used for. */
  at(chassisId: string): ReadonlyMap<string, ReadonlyMap<GroupUse, number>> {
    return this.#counts.get(chassisId) ?? NOTHING;
  }

  /** Ids of the chassis where a group is named. */
  chassisOf(group: string): Iterable<string> {
    return this.#chassisOf.get(group) ?? [];
  }

  /** A policy has come to a hypervisor. */
  enter(policyId: string, chassisId: string): readonly ChangedUse[] {
    return this.#count(chassisId, NONE, this.#counted.get(policyId) ?? NONE);
  }

  /** A policy is gone from a hypervisor. */
  leave(policyId: string, chassisId: string): readonly ChangedUse[] {
    return this.#count(chassisId, this.#counted.get(policyId) ?? NONE, NONE);
  }

  /** The uses of a policy, wherever it is, are now these; none when it is gone. */
  replace(policyId: string, chassis: Iterable<string>, after: Uses): readonly ChangedUse[] {
    const before = this.#counted.get(policyId) ?? NONE;
    if (after.size > 0) this.#counted.set(policyId, after);
    else this.#counted.delete(policyId);
    return [...chassis].flatMap((id) => this.#count(id, before, after));
  }

  #count(chassisId: string, before: Uses, after: Uses): readonly ChangedUse[] {
    const groups = [...new Set([...before.keys(), ...after.keys()])];
    return groups.flatMap((group) => {
      const then = [...(this.usesAt(chassisId, group)?.keys() ?? [])];
      for (const use of after.get(group) ?? []) this.#add(chassisId, group, use, 1);
      for (const use of before.get(group) ?? []) this.#add(chassisId, group, use, -1);
      const now = this.usesAt(chassisId, group);
      const isSame = then.length === (now?.size ?? 0) && then.every((use) => now?.has(use));
      return isSame ? [] : [{ chassisId, group }];
    });
  }

  #add(chassisId: string, group: string, use: GroupUse, by: 1 | -1): void {
    const groups = this.#counts.get(chassisId) ?? new Map<string, Map<GroupUse, number>>();
    const uses = groups.get(group) ?? new Map<GroupUse, number>();
    const chassis = this.#chassisOf.get(group) ?? new Set<string>();
    const count = (uses.get(use) ?? 0) + by;
    if (count > 0) uses.set(use, count);
    else uses.delete(use);
    if (uses.size > 0) {
      this.#counts.set(chassisId, groups.set(group, uses));
      this.#chassisOf.set(group, chassis.add(chassisId));
      return;
    }
    groups.delete(group);
    chassis.delete(chassisId);
    if (groups.size === 0) this.#counts.delete(chassisId);
    if (chassis.size === 0) this.#chassisOf.delete(group);
  }
}

const NONE: Uses = new Map();
const NOTHING: ReadonlyMap<string, ReadonlyMap<GroupUse, number>> = new Map();
