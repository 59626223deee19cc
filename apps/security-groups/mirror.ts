import { icmpCounterpart } from '../connection-kinds.ts';
import type { Direction, PolicyRule } from '../facts.ts';

/**
 * The rules of the other direction, by which packets in `direction` may be answers. Left out are rules that no answer needs:
 * types of ICMP that nothing answers, and members of groups whose packets the direction's own rules admit anyway. Stateless
 * rules about members are left out, too: all they would do is save some memory of connections, not worth a flow per member.
 */
export function mirrorOf(rules: readonly PolicyRule[], direction: Direction): readonly PolicyRule[] {
  const own = rules.filter((rule) => rule.direction === direction);
  return rules.filter((rule) => {
    if (rule.direction === direction) return false;
    const { icmp, version, remote, stateful } = rule;
    if (icmp && icmpCounterpart(version, icmp.type) === undefined) return false;
    if (!remote || 'prefix' in remote) return true;
    return stateful && !own.some((each) => admitsAnswersOf(each, rule));
  });
}

/** True when `rule` admits all that answers, or is answered by, what `other`, of the other direction, admits. */
function admitsAnswersOf(rule: PolicyRule, other: PolicyRule): boolean {
  // Answers may go to any port.
  if (rule.version !== other.version || (rule.ports && !isAll(rule.ports))) return false;
  if (rule.protocol !== undefined && rule.protocol !== other.protocol) return false;
  return hasAllTypes(rule, other) && hasAllRemotes(rule, other);
}

function isAll({ first, last }: { readonly first: number; readonly last: number }): boolean {
  return first === 0 && last === 0xffff;
}

function hasAllTypes({ icmp }: PolicyRule, other: PolicyRule): boolean {
  if (!icmp) return true;
  if (!other.icmp || icmp.type !== icmpCounterpart(other.version, other.icmp.type)) return false;
  return icmp.code === undefined || icmp.code === other.icmp.code;
}

function hasAllRemotes({ remote }: PolicyRule, other: PolicyRule): boolean {
  if (!remote) return true;
  if (!other.remote || 'prefix' in remote || 'prefix' in other.remote) return false;
  return remote.group === other.remote.group;
}
