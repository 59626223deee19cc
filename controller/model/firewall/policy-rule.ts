import type { PolicyRule } from '#apps';
import { parseCidr } from '#controller/base/addresses';
import { protocolNumber } from '#controller/base/protocols';
import type { SecurityGroupRecord, SecurityGroupRuleRecord } from '#controller/store/records';

/** What a rule is read with: its own group, and the one that it names as remote. */
export interface RuleGroups {
  readonly own: SecurityGroupRecord;
  /** Absent when it names none, or one that is not there. */
  readonly remote: SecurityGroupRecord | undefined;
}

const ICMP: ReadonlySet<number> = new Set([1, 58]);
/** Protocols whose ports Open vSwitch looks at: TCP, UDP, SCTP. */
const WITH_PORTS: ReadonlySet<number> = new Set([6, 17, 132]);

/**
 * What a rule admits, for the pipeline; nothing for a rule that no packet can be held to: one whose remote group is not there,
 * or with ports of a protocol whose ports Open vSwitch does not look at (DCCP, UDP-Lite).
 */
export function policyRuleOf(rule: SecurityGroupRuleRecord, groups: RuleGroups): PolicyRule | undefined {
  const remote = remoteOf(rule, groups.remote);
  const what = whatOf(rule);
  if (remote === undefined || what === undefined) return undefined;
  return {
    direction: rule.direction,
    version: rule.ethertype === 'IPv4' ? 4 : 6,
    ...what,
    ...remote,
    stateful: groups.own.stateful,
  };
}

/** Without those that say the same as another, in an order that follows from what they say. */
export function distinctRules(rules: readonly PolicyRule[]): readonly PolicyRule[] {
  const byText = new Map(rules.map((rule) => [textOf(rule), rule]));
  return [...byText].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, rule]) => rule);
}

/** Protocol, ports, and type and code of ICMP. */
function whatOf({
  protocol,
  portRangeMin: min,
  portRangeMax: max,
}: SecurityGroupRuleRecord): Pick<PolicyRule, 'protocol' | 'ports' | 'icmp'> | undefined {
  // As `hopopt` it is protocol 0; as `ip` or 0, any.
  if (protocol === null || protocol === 'ip' || protocol === '0') return {};
  const number = protocolNumber(protocol);
  if (min === null) return { protocol: number };
  if (ICMP.has(number))
    return { protocol: number, icmp: max === null ? { type: min } : { type: min, code: max } };
  if (!WITH_PORTS.has(number)) return undefined;
  return { protocol: number, ports: { first: min, last: max ?? min } };
}

function remoteOf(
  { remoteIpPrefix, remoteGroupId }: SecurityGroupRuleRecord,
  group: SecurityGroupRecord | undefined,
): Pick<PolicyRule, 'remote'> | undefined {
  if (remoteGroupId !== null) return group && { remote: { group: group.key } };
  if (remoteIpPrefix === null) return {};
  const range = parseCidr(remoteIpPrefix);
  if (range === undefined) return undefined;
  const { version, first: bits, prefix } = range;
  return prefix === 0 ? {} : { remote: { prefix: { version, bits, prefix } } };
}

function textOf(rule: PolicyRule): string {
  return JSON.stringify(rule, (_, value) => (typeof value === 'bigint' ? value.toString(16) : value));
}
