import type { PolicyRule } from '#apps';
import type { PolicyRecord, SecurityGroupRecord, SecurityGroupRuleRecord } from '#controller/store/records';
import { addTo, removeFrom } from '../set-map.ts';
import { distinctRules, policyRuleOf } from './policy-rule.ts';

/** Security groups, their rules, and the sets of groups that ports have. */
export class Policies {
  readonly #groups = new Map<string, SecurityGroupRecord>();
  readonly #rules = new Map<string, SecurityGroupRuleRecord>();
  /** Group id → ids of its rules. */
  readonly #rulesIn = new Map<string, Set<string>>();
  /** Group id → ids of the rules that name it as remote. */
  readonly #rulesNaming = new Map<string, Set<string>>();
  readonly #policies = new Map<string, PolicyRecord>();
  /** Group id → ids of the policies whose set has it. */
  readonly #policiesWith = new Map<string, Set<string>>();
  /** Policy id → what its rules admit, as long as that is known. */
  readonly #compiled = new Map<string, readonly PolicyRule[]>();

  policy(id: string): PolicyRecord | undefined {
    return this.#policies.get(id);
  }

  group(id: string): SecurityGroupRecord | undefined {
    return this.#groups.get(id);
  }

  rule(id: string): SecurityGroupRuleRecord | undefined {
    return this.#rules.get(id);
  }

  /** The number of a group in the pipeline. */
  groupKey(id: string): number | undefined {
    return this.#groups.get(id)?.key;
  }

  /** Takes in a group as it is now; returns ids of the policies whose rules may say something else by it. */
  replaceGroup(id: string, after: SecurityGroupRecord | undefined): readonly string[] {
    const before = this.#groups.get(id);
    if (after) this.#groups.set(id, after);
    else this.#groups.delete(id);
    if (before?.key === after?.key && before?.stateful === after?.stateful) return [];
    const naming = [...(this.#rulesNaming.get(id) ?? [])].map(
      (rule) => this.#rules.get(rule)?.securityGroupId ?? '',
    );
    return this.#forget([id, ...naming]);
  }

  /** The same for a rule. */
  replaceRule(id: string, after: SecurityGroupRuleRecord | undefined): readonly string[] {
    const before = this.#rules.get(id);
    if (before) {
      removeFrom(this.#rulesIn, before.securityGroupId, id);
      if (before.remoteGroupId !== null) removeFrom(this.#rulesNaming, before.remoteGroupId, id);
      this.#rules.delete(id);
    }
    if (after) {
      addTo(this.#rulesIn, after.securityGroupId, id);
      if (after.remoteGroupId !== null) addTo(this.#rulesNaming, after.remoteGroupId, id);
      this.#rules.set(id, after);
    }
    return this.#forget([before, after].flatMap((rule) => rule?.securityGroupId ?? []));
  }

  /** The same for a policy. */
  replacePolicy(id: string, after: PolicyRecord | undefined): void {
    const before = this.#policies.get(id);
    for (const group of before?.securityGroupIds ?? []) removeFrom(this.#policiesWith, group, id);
    for (const group of after?.securityGroupIds ?? []) addTo(this.#policiesWith, group, id);
    if (after) this.#policies.set(id, after);
    else this.#policies.delete(id);
    this.#compiled.delete(id);
  }

  /** What the rules of a policy admit, each once, in an order that follows from what they say. */
  rulesOf(id: string): readonly PolicyRule[] {
    const known = this.#compiled.get(id);
    if (known) return known;
    const rules = distinctRules(
      this.#recordsOf(id).flatMap((rule) => {
        const own = this.#groups.get(rule.securityGroupId);
        const remote = rule.remoteGroupId === null ? undefined : this.#groups.get(rule.remoteGroupId);
        return (own && policyRuleOf(rule, { own, remote })) ?? [];
      }),
    );
    this.#compiled.set(id, rules);
    return rules;
  }

  /** Ids of the groups that a policy's rules name as remote. */
  remotesOf(id: string): ReadonlySet<string> {
    return new Set(this.#recordsOf(id).flatMap(({ remoteGroupId }) => remoteGroupId ?? []));
  }

  #recordsOf(id: string): readonly SecurityGroupRuleRecord[] {
    const groups = this.#policies.get(id)?.securityGroupIds ?? [];
    return groups.flatMap((group) =>
      [...(this.#rulesIn.get(group) ?? [])].flatMap((rule) => this.#rules.get(rule) ?? []),
    );
  }

  /** Ids of the policies that have one of the groups: what their rules admit has to be found out anew. */
  #forget(groups: readonly string[]): readonly string[] {
    const touched = new Set(groups.flatMap((group) => [...(this.#policiesWith.get(group) ?? [])]));
    for (const id of touched) this.#compiled.delete(id);
    return [...touched];
  }
}
