import type { Direction, GroupUse, PolicyRule } from '../facts.ts';
import { mirrorOf } from './mirror.ts';

const DIRECTIONS = ['ingress', 'egress'] as const satisfies readonly Direction[];

/** What a policy with these rules asks of the members of groups: keys of groups, ascending, by use. */
export function groupUses(rules: readonly PolicyRule[]): Readonly<Record<GroupUse, readonly number[]>> {
  const uses = { ingressRules: [], egressRules: [], ingressMirror: [], egressMirror: [] } as Record<
    GroupUse,
    readonly number[]
  >;
  for (const direction of DIRECTIONS) {
    uses[`${direction}Rules`] = groupsOf(rules.filter((rule) => rule.direction === direction));
    uses[`${direction}Mirror`] = groupsOf(mirrorOf(rules, direction));
  }
  return uses;
}

function groupsOf(rules: readonly PolicyRule[]): readonly number[] {
  const groups = rules.flatMap(({ remote }) => (remote && 'group' in remote ? [remote.group] : []));
  return [...new Set(groups)].sort((a, b) => a - b);
}
