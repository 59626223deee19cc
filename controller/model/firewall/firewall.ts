import { GROUP_USES, groupUses } from '#apps';
import { groupSetKey } from '#controller/store/indexes';
import type {
  PolicyRecord,
  PortRecord,
  SecurityGroupRecord,
  SecurityGroupRuleRecord,
} from '#controller/store/records';
import type { Marks } from '../marks.ts';
import { type ChangedSet, GuardedPorts } from './guarded-ports.ts';
import { Members } from './members.ts';
import { Policies } from './policies.ts';
import { type ChangedUse, RemoteGroups, type Uses } from './remote-groups.ts';
import { Zones } from './zones.ts';

/**
 * What facts of the firewall are derived from, and which of them a change may touch. A changed rule touches the policies with
 * its group, not the ports of those; a changed member touches the one fact with its addresses, where rules name its groups.
 */
export class Firewall {
  readonly policies = new Policies();
  readonly members = new Members();
  readonly remotes = new RemoteGroups();
  readonly zones = new Zones();
  readonly #guarded = new GuardedPorts();
  readonly #marks: Pick<Marks, 'add' | 'sweep'>;
  /** Ids of the policies whose rules have changed since `settle`. */
  readonly #stale = new Set<string>();
  /** Set of groups → id of its policy. */
  readonly #policyIds = new Map<string, string>();

  constructor(marks: Pick<Marks, 'add' | 'sweep'>) {
    this.#marks = marks;
  }

  /** The policy of a port with port security; nothing while there is none for its groups. */
  policyOf(port: PortRecord): PolicyRecord | undefined {
    return this.policies.policy(this.#policyIds.get(groupSetKey(port)) ?? '');
  }

  /** Whether a port with a policy's groups is wired on a hypervisor. */
  isUsedAt(policy: PolicyRecord, chassisId: string): boolean {
    return this.#guarded.chassisOf(groupSetKey(policy)).has(chassisId);
  }

  group(id: string, after: SecurityGroupRecord | undefined): void {
    for (const policyId of this.policies.replaceGroup(id, after)) this.#stale.add(policyId);
  }

  rule(id: string, after: SecurityGroupRuleRecord | undefined): void {
    for (const policyId of this.policies.replaceRule(id, after)) this.#stale.add(policyId);
  }

  policy(id: string, after: PolicyRecord | undefined): void {
    const before = this.policies.policy(id);
    const sets = [before, after].flatMap((each) => (each ? [groupSetKey(each)] : []));
    if (before && this.#policyIds.get(groupSetKey(before)) === id)
      this.#policyIds.delete(groupSetKey(before));
    // Nothing of it may stay counted under a set that it leaves.
    if (before) this.#recount(before, NO_USES);
    this.policies.replacePolicy(id, after);
    if (after) this.#policyIds.set(groupSetKey(after), id);
    for (const set of sets)
      for (const [chassisId, ports] of this.#guarded.chassisOf(set)) {
        this.#marks.add(chassisId, { kind: 'policy', policy: id });
        for (const port of ports) this.#marks.add(chassisId, { kind: 'firewallPort', port });
      }
    this.#stale.add(id);
  }

  /** A port's addresses, groups or port security are new, or it is gone. */
  port(id: string, after: PortRecord | undefined): void {
    for (const { portId, groups } of this.members.replace(id, after))
      for (const group of groups)
        for (const chassisId of this.remotes.chassisOf(group))
          this.#marks.add(chassisId, { kind: 'member', port: portId });
  }

  /** A port is wired on these hypervisors now, or its groups or port security are new there. */
  wired(id: string, port: PortRecord | undefined, chassis: readonly string[]): void {
    const set = port?.portSecurityEnabled ? groupSetKey(port) : undefined;
    for (const changed of this.#guarded.replace(id, set, chassis)) this.#setChanged(changed);
    for (const chassisId of chassis) this.#marks.add(chassisId, { kind: 'firewallPort', port: id });
    const touched = this.zones.replace(id, port?.key ?? 0, set === undefined ? [] : chassis);
    for (const [chassisId, others] of touched)
      for (const other of others) this.#marks.add(chassisId, { kind: 'firewallPort', port: other });
  }

  /** Marks what follows from changed rules; to be called once all changes of a commit are taken in. */
  settle(): void {
    for (const id of this.#stale) {
      const policy = this.policies.policy(id);
      if (!policy) continue;
      this.#recount(policy, this.#usesOf(id));
      for (const chassisId of this.#guarded.chassisOf(groupSetKey(policy)).keys())
        this.#marks.add(chassisId, { kind: 'policy', policy: id });
    }
    this.#stale.clear();
  }

  #setChanged({ chassisId, set, isHere }: ChangedSet): void {
    const id = this.#policyIds.get(set);
    if (id === undefined) return;
    this.#marks.add(chassisId, { kind: 'policy', policy: id });
    this.#usesChanged(isHere ? this.remotes.enter(id, chassisId) : this.remotes.leave(id, chassisId));
  }

  #recount(policy: PolicyRecord, uses: Uses): void {
    const chassis = this.#guarded.chassisOf(groupSetKey(policy)).keys();
    this.#usesChanged(this.remotes.replace(policy.id, chassis, uses));
  }

  #usesChanged(changes: readonly ChangedUse[]): void {
    for (const { chassisId, group } of changes) {
      this.#marks.add(chassisId, { kind: 'remoteGroup', group });
      const isNamed = this.remotes.usesAt(chassisId, group) !== undefined;
      this.#marks.sweep(chassisId, isNamed ? { kind: 'membersIn', group } : { kind: 'members' });
    }
  }

  #usesOf(policyId: string): Uses {
    const uses = groupUses(this.policies.rulesOf(policyId));
    return new Map(
      [...this.policies.remotesOf(policyId)].map((id) => {
        const key = this.policies.groupKey(id);
        return [id, GROUP_USES.filter((use) => key !== undefined && uses[use].includes(key))];
      }),
    );
  }
}

const NO_USES: Uses = new Map();
