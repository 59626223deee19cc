import type { AddressRange, PolicyRule } from '#apps';
import type { Ip } from '#controller/base/addresses';
import { policyRuleOf } from '#controller/model/firewall/policy-rule';
import { memberRanges } from '#controller/model/port-addresses';
import type { PortRecord, SecurityGroupRecord, SecurityGroupRuleRecord } from '#controller/store/records';
import type { StoreView } from '#controller/store/store';
import type { Connection } from './connection.ts';

const WIDTH = { 4: 32n, 6: 128n } as const;

/** A rule of a port's groups, and what it is for the pipeline. */
interface Candidate {
  readonly record: SecurityGroupRuleRecord;
  readonly rule: PolicyRule;
}

/**
 * Says which rule of a port's groups lets a connection be. Learned flows carry no rule: as long as one admits the first
 * packet, the switch lets the answers pass, and this asks as it does. For one look: groups and members are read once.
 */
export class AdmittingRules {
  readonly #store: StoreView;
  readonly #candidates: readonly Candidate[];
  readonly #members = new Map<number, readonly AddressRange[]>();

  constructor(store: StoreView, { securityGroupIds }: Pick<PortRecord, 'securityGroupIds'>) {
    this.#store = store;
    const records = securityGroupIds.flatMap((id) => store.find('securityGroupRules', 'group', id));
    this.#candidates = records.flatMap((record) => {
      const own = store.get('securityGroups', record.securityGroupId);
      const remote = store.get('securityGroups', record.remoteGroupId ?? '');
      const rule = own && policyRuleOf(record, { own, remote });
      if (rule?.remote && 'group' in rule.remote && remote)
        this.#members.set(remote.key, this.#membersOf(remote));
      return rule ? [{ record, rule }] : [];
    });
  }

  /** The first, by id, of the stateful rules that admit a connection's first packet; nothing when its rule is gone. */
  ruleOf(connection: Connection): SecurityGroupRuleRecord | undefined {
    const admitting = this.#candidates.filter(({ rule }) => rule.stateful && this.#admits(rule, connection));
    return admitting.map(({ record }) => record).sort((a, b) => (a.id < b.id ? -1 : 1))[0];
  }

  #admits(rule: PolicyRule, connection: Connection): boolean {
    if (rule.direction !== connection.direction || rule.version !== connection.version) return false;
    if (rule.protocol !== undefined && rule.protocol !== connection.protocol) return false;
    return hasPorts(rule, connection) && hasType(rule, connection) && this.#hasRemote(rule, connection.peer);
  }

  #hasRemote({ remote }: PolicyRule, peer: Ip): boolean {
    if (remote === undefined) return true;
    if ('prefix' in remote) return isIn(peer, remote.prefix);
    return this.#members.get(remote.group)?.some((range) => isIn(peer, range)) ?? false;
  }

  #membersOf({ id, key }: SecurityGroupRecord): readonly AddressRange[] {
    return this.#members.get(key) ?? this.#store.find('ports', 'securityGroup', id).flatMap(memberRanges);
  }
}

function hasPorts({ ports }: PolicyRule, connection: Connection): boolean {
  if (ports === undefined) return true;
  const of = connection.direction === 'egress' ? connection.ports?.peer : connection.ports?.local;
  return of !== undefined && ports.first <= of && of <= ports.last;
}

function hasType({ icmp }: PolicyRule, connection: Connection): boolean {
  if (icmp === undefined) return true;
  return (
    connection.icmp?.type === icmp.type && (icmp.code === undefined || connection.icmp.code === icmp.code)
  );
}

function isIn({ version, bits }: Ip, range: AddressRange): boolean {
  const shift = WIDTH[version] - BigInt(range.prefix);
  return version === range.version && bits >> shift === range.bits >> shift;
}
