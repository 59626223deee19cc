import type { Emit, FlowBuilder, MatchName } from '#pipeline';
import { ETH_TYPE, ICMP_ERRORS, ICMP_PROTOCOL, ICMP_TYPE, VERSIONS } from '../connection-kinds.ts';
import { type Direction, GROUP_USES, type GroupUse, type Policy, type PolicyRule } from '../facts.ts';
import { firewallBand, firewallTables, PASS, type PacketField } from '../firewall-tables.ts';
import { mirrorOf } from './mirror.ts';
import { addressIn, type Conditions, errorMatches, familyOf, ruleMatches } from './rule-matches.ts';

/** Conjunctive matches have two conditions: a policy's rule names the group, and the group has that member. */
const RULE = 1;
const MEMBER = 2;
const CONDITIONS = 2;

/** The flows of a policy's rules in one direction. */
export function emitRules({ key, rules }: Policy, direction: Direction, emit: Emit): void {
  const { rules: table, mirror, established, admitted } = firewallTables[direction];
  const own = rules.filter((rule) => rule.direction === direction);
  const answers = mirrorOf(rules, direction);
  const isStateful = ({ stateful }: PolicyRule) => stateful;
  const isStateless = ({ stateful }: PolicyRule) => !stateful;

  for (const match of direct(own.filter(isStateful), direction))
    matching(emit(table, firewallBand.exact).when('policy', key), match).goto(admitted);
  for (const match of direct(own.filter(isStateless), direction))
    matching(emit(table, firewallBand.range).when('policy', key), match).goto(PASS[direction]);
  for (const { match, groups } of byGroup(own, direction))
    matching(emit(table, firewallBand.group).when('policy', key), match).conjunction(clauses(groups, RULE));

  for (const match of direct(answers.filter(isStateful), direction))
    matching(emit(mirror, firewallBand.exact).when('policy', key), match).goto(PASS[direction]);
  // They spare what they answer from being remembered, but nothing is remembered of them.
  for (const match of direct(answers.filter(isStateless), direction))
    matching(emit(mirror, firewallBand.range).when('policy', key).when('admitted', 1), match).goto(
      PASS[direction],
    );
  for (const { match, groups } of byGroup(answers, direction))
    matching(emit(mirror, firewallBand.group).when('policy', key), match).conjunction(clauses(groups, RULE));

  if (direction === 'egress') emitErrors(answers.filter(isStateful), own, key, emit);
  emit(mirror, firewallBand.veto).when('policy', key).when('admitted', 0).when('known', 0).drop('denied');

  if (direction === 'egress') return;
  // Whose connection the error is about is out of sight, and most connections leave no memory: a guest gets them all.
  for (const version of VERSIONS) {
    if (!rules.some((rule) => rule.version === version && rule.stateful)) continue;
    for (const type of ICMP_ERRORS[version])
      emit(established, firewallBand.exact)
        .when('policy', key)
        .when('eth_type', ETH_TYPE[version])
        .when('ip_proto', ICMP_PROTOCOL[version])
        .when(ICMP_TYPE[version], type)
        .goto(PASS.ingress);
  }
}

/** The guest's errors go to whom it may be begun by; what its own rules admit all of never gets here. */
function emitErrors(
  answers: readonly PolicyRule[],
  own: readonly PolicyRule[],
  policy: number,
  emit: Emit,
): void {
  const { mirror } = firewallTables.egress;
  const open = own.filter(({ protocol, remote }) => protocol === undefined && remote === undefined);
  const held = answers.filter(({ version }) => !open.some((rule) => rule.version === version));
  for (const match of direct(held, 'egress', errorMatches))
    matching(emit(mirror, firewallBand.exact).when('policy', policy), match).goto(PASS.egress);
  for (const { match, groups } of byGroup(held, 'egress', errorMatches))
    matching(emit(mirror, firewallBand.group).when('policy', policy), match).conjunction(
      clauses(groups, RULE),
    );
}

/** The flow of a group and a use, whose other condition the group’s members fulfil. */
export function emitGroup(group: number, use: GroupUse, emit: Emit): void {
  const [table, direction] = tableOf(use);
  const { admitted } = firewallTables[direction];
  const isRules = use.endsWith('Rules');
  emit(table, firewallBand.group)
    .when('conj_id', group)
    .goto(isRules ? admitted : PASS[direction]);
}

/** The flow of one address of a member, for one use. */
export function emitMember(
  range: Parameters<typeof addressIn>[0],
  groups: readonly number[],
  use: GroupUse,
  emit: Emit,
): void {
  const [table, direction] = tableOf(use);
  matching(emit(table, firewallBand.group), [familyOf(range), ...addressIn(range, direction)]).conjunction(
    clauses(groups, MEMBER),
  );
}

function tableOf(use: GroupUse) {
  const direction = use.startsWith('ingress') ? 'ingress' : 'egress';
  const { rules, mirror } = firewallTables[direction];
  return [use.endsWith('Rules') ? rules : mirror, direction] as const;
}

/** Keys of groups by use, in the order of uses. */
export function usesIn(groups: { readonly [U in GroupUse]?: readonly number[] }) {
  return GROUP_USES.flatMap((use) => {
    const keys = groups[use] ?? [];
    return keys.length > 0 ? [{ use, keys }] : [];
  });
}

function clauses(groups: readonly number[], clause: number) {
  return groups.map((id) => ({ id, clause, of: CONDITIONS }));
}

/** Matches of rules that name no group, each once. */
function direct(
  rules: readonly PolicyRule[],
  direction: Direction,
  matchesOf: typeof ruleMatches = ruleMatches,
): readonly Conditions[] {
  const plain = rules.filter(({ remote }) => !remote || 'prefix' in remote);
  const matches = plain.flatMap((rule) => matchesOf(rule, direction));
  return [...new Map(matches.map((match) => [textOf(match), match])).values()];
}

/** Matches of rules that name groups, each once, with all groups that have it. */
function byGroup(
  rules: readonly PolicyRule[],
  direction: Direction,
  matchesOf: typeof ruleMatches = ruleMatches,
) {
  const found = new Map<string, { readonly match: Conditions; readonly groups: Set<number> }>();
  for (const rule of rules) {
    if (!rule.remote || 'prefix' in rule.remote) continue;
    for (const match of matchesOf(rule, direction)) {
      const entry = found.get(textOf(match)) ?? { match, groups: new Set<number>() };
      entry.groups.add(rule.remote.group);
      found.set(textOf(match), entry);
    }
  }
  return [...found.values()].map(({ match, groups }) => ({
    match,
    groups: [...groups].sort((a, b) => a - b),
  }));
}

function textOf(match: Conditions): string {
  return match.map(({ field, value, mask }) => `${field}=${value}/${mask}`).join();
}

function matching<M extends MatchName>(flow: FlowBuilder<M | PacketField>, conditions: Conditions) {
  for (const { field, value, mask } of conditions) flow.when(field, value, mask);
  return flow;
}
