import { type AnyFact, GROUP_USES, groupUses, type Member } from '#apps';
import { parseCidr } from '#controller/base/addresses';
import type {
  ChassisRecord,
  PolicyRecord,
  PortRecord,
  SecurityGroupRuleRecord,
} from '#controller/store/records';
import { sampleGroup, sampleRule } from '#controller/store/sample-records';
import type { StoreView } from '#controller/store/store';
import { type World, wiredPort } from '../world.ts';
import type { FirewallSettings } from './firewall-settings.ts';
import { distinctRules, policyRuleOf } from './policy-rule.ts';

export const FIREWALL_SETTINGS: FirewallSettings = {
  limit: 1000,
  timeouts: { tcp: 3600, tcpClosing: 11, other: 60 },
};

/** A group whose number is given, for tests. */
export function groupRecord(id: string, key: number, rest: Parameters<typeof sampleGroup>[1] = {}) {
  return sampleGroup(id, { key, ...rest });
}

/** A rule of a group that admits all IPv4 into its ports, for tests; `rest` says otherwise. */
export function ruleRecord(id: string, securityGroupId: string, rest: Partial<SecurityGroupRuleRecord> = {}) {
  return sampleRule(id, { securityGroupId, ...rest });
}

/**
 * The firewall's facts on a hypervisor, found by looking at everything: slow, and without any index. `world` tells where
 * ports are; what is recovering there is added.
 */
export function everyFirewallFact(store: StoreView, world: World, chassis: ChassisRecord): AnyFact[] {
  const { timeouts } = FIREWALL_SETTINGS;
  const { firewall: backend } = chassis;
  const sets = new Set<string>();
  const facts: AnyFact[] = [];
  const zones = zonesAt(store, world, chassis);
  facts.push({
    kind: 'firewall',
    key: 1,
    backend,
    ...(world.recovering.isSwitch(chassis.id) && ({ recovering: true } as const)),
  });
  for (const port of store.list('ports')) {
    if (!port.portSecurityEnabled) continue;
    if (world.placement.roleAt(port.id, chassis.id) !== undefined) sets.add(setOf(port));
    const wired = wiredPort(world, chassis, port.id);
    if (!wired) continue;
    const memory =
      backend === 'learn'
        ? ({ backend, timeouts } as const)
        : ({ backend, zone: zones.get(port.id) ?? 0 } as const);
    const policy = store.list('policies').find((each) => setOf(each) === setOf(port))?.key ?? 0;
    const recovering = world.recovering.isPort(port.id, chassis.id) && ({ recovering: true } as const);
    facts.push({ kind: 'firewallPort', key: port.key, policy, memory, plug: wired.claim, ...recovering });
  }
  const policies = store.list('policies').filter((policy) => sets.has(setOf(policy)));
  for (const policy of policies)
    facts.push({ kind: 'policy', key: policy.key, rules: rulesOf(store, policy) });
  const uses = GROUP_USES.map(
    (use) => [use, new Set(policies.flatMap((policy) => groupUses(rulesOf(store, policy))[use]))] as const,
  );
  for (const { key } of store.list('securityGroups')) {
    const its = uses.flatMap(([use, keys]) => (keys.has(key) ? [use] : []));
    if (its.length > 0) facts.push({ kind: 'remoteGroup', key, uses: its });
  }
  return [...facts, ...everyMember(store, uses)];
}

/** Each port has the first zone, from that of its key on, that none with a lower key has. */
function zonesAt(store: StoreView, world: World, chassis: ChassisRecord): ReadonlyMap<string, number> {
  const zones = new Map<string, number>();
  const ports = store
    .list('ports')
    .filter((port) => port.portSecurityEnabled && world.placement.roleAt(port.id, chassis.id) !== undefined);
  for (const { id, key } of [...ports].sort((a, b) => a.key - b.key)) {
    let zone = 1 + (key % 65_535);
    while ([...zones.values()].includes(zone)) zone = zone === 65_535 ? 1 : zone + 1;
    zones.set(id, zone);
  }
  return zones;
}

function everyMember(store: StoreView, uses: readonly (readonly [string, ReadonlySet<number>])[]): AnyFact[] {
  const grouped = store.list('ports').filter(({ securityGroupIds }) => securityGroupIds.length > 0);
  return grouped.flatMap((port): AnyFact[] => {
    const addresses = rangesOf(port).flatMap((range) => {
      const sharers = grouped.filter((other) => rangesOf(other).some((each) => text(each) === text(range)));
      if (sharers.some(({ key }) => key < port.key)) return [];
      const groups = new Set(sharers.flatMap(({ securityGroupIds }) => securityGroupIds));
      const keys = [...groups]
        .flatMap((id) => store.get('securityGroups', id)?.key ?? [])
        .sort((a, b) => a - b);
      const byUse = uses.flatMap(([use, wanted]) => {
        const its = keys.filter((key) => wanted.has(key));
        return its.length > 0 ? [[use, its] as const] : [];
      });
      return byUse.length > 0 ? [{ range, groups: Object.fromEntries(byUse) }] : [];
    });
    return addresses.length > 0 ? [{ kind: 'member', key: port.key, addresses }] : [];
  });
}

function rulesOf(store: StoreView, policy: PolicyRecord) {
  const rules = store.list('securityGroupRules');
  return distinctRules(
    rules.flatMap((rule) => {
      const own = store.get('securityGroups', rule.securityGroupId);
      const remote = store.get('securityGroups', rule.remoteGroupId ?? 'none');
      const isHere = policy.securityGroupIds.includes(rule.securityGroupId);
      return (isHere && own && policyRuleOf(rule, { own, remote })) || [];
    }),
  );
}

/** Addresses and pairs, each once; /0 is nobody's. */
function rangesOf({ fixedIps, allowedAddressPairs }: PortRecord): Member['addresses'][number]['range'][] {
  const texts = [
    ...fixedIps.map(({ ipAddress }) => ipAddress),
    ...allowedAddressPairs.map(({ ipAddress }) => ipAddress),
  ];
  const ranges = texts.flatMap((each) => {
    const cidr = parseCidr(each.includes('/') ? each : `${each}/${each.includes(':') ? 128 : 32}`);
    return cidr && cidr.prefix > 0 ? [{ version: cidr.version, bits: cidr.first, prefix: cidr.prefix }] : [];
  });
  return [...new Map(ranges.map((range) => [text(range), range])).values()];
}

function text({ version, bits, prefix }: Member['addresses'][number]['range']): string {
  return `${version} ${bits} ${prefix}`;
}

function setOf({ securityGroupIds }: Pick<PortRecord, 'securityGroupIds'>): string {
  return securityGroupIds.join();
}
