import { convert } from '#controller/api/resource/body';
import { canonicalProtocol, protocolKey } from '#controller/api/resources/rule-protocol';
import type { ApiObject } from '../client/objects.ts';
import { TOPOLOGY_KINDS } from './kinds.ts';

/** A rule that a group is to have, as attributes of REST without the group. */
export type WantedRule = Readonly<Record<string, unknown>>;

/** What makes a group's rules what is wanted. Rules are never changed, only made and deleted. */
export interface RuleChanges {
  readonly added: readonly WantedRule[];
  readonly removed: readonly ApiObject[];
}

/**
 * Compares rules by what they admit, as the controller does when it refuses the second of two; and by their
 * description, where one is said.
 */
export function changedRules(wanted: readonly WantedRule[], current: readonly ApiObject[]): RuleChanges {
  const there = new Map(current.map((rule) => [ruleKey(rule), rule]));
  const asked = new Map(wanted.map((rule) => [ruleKey(rule), rule]));
  const isSame = (want: WantedRule | undefined, have: ApiObject | undefined) =>
    want !== undefined &&
    have !== undefined &&
    (want.description === undefined || want.description === (have.description ?? ''));
  return {
    added: [...asked].filter(([key, want]) => !isSame(want, there.get(key))).map(([, want]) => want),
    removed: current.filter((have) => !isSame(asked.get(ruleKey(have)), have)),
  };
}

/** Equal for rules that admit the same packets. The rule's attributes have been checked. */
function ruleKey(rule: Readonly<Record<string, unknown>>): string {
  const read = (name: keyof typeof TABLE & string) => {
    const { value, initial } = TABLE[name] ?? {};
    return value === undefined || rule[name] === undefined
      ? (initial ?? null)
      : convert(name, value, rule[name]);
  };
  const ethertype = String(read('ethertype'));
  const [first, last] = [read('port_range_min'), read('port_range_max')];
  const isWholeRange = first === 1 && last === 65_535;
  const prefix = read('remote_ip_prefix');
  const protocol = read('protocol');
  return JSON.stringify([
    read('direction'),
    ethertype,
    protocolKey(
      typeof protocol === 'string'
        ? canonicalProtocol(protocol, ethertype === 'IPv6' ? 'IPv6' : 'IPv4')
        : null,
    ),
    isWholeRange ? null : first,
    isWholeRange ? null : last,
    prefix === '0.0.0.0/0' || prefix === '::/0' ? null : prefix,
    read('remote_group_id'),
  ]);
}
const TABLE = TOPOLOGY_KINDS['security-group-rule'].attributes;

/** A rule as a plan shows it: `ingress IPv4 tcp 80 from 10.0.0.0/8`. `nameOf` gives a group's name. */
export function formatRule(
  rule: Readonly<Record<string, unknown>>,
  nameOf: (groupId: string) => string,
): string {
  const { direction, ethertype = 'IPv4', protocol, port_range_min: first, port_range_max: last } = rule;
  const ports =
    first === undefined || first === null ? '' : first === last ? ` ${first}` : ` ${first}–${last ?? ''}`;
  const group = rule.remote_group_id;
  const remote = typeof group === 'string' ? `group ${nameOf(group)}` : (rule.remote_ip_prefix ?? 'anywhere');
  return `${direction} ${ethertype} ${protocol ?? 'any'}${ports} ${direction === 'ingress' ? 'from' : 'to'} ${remote}`;
}
