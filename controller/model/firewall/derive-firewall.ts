import { type Facts, GROUP_USES, type GroupUse, type Memory } from '#apps';
import type { ChassisRecord } from '#controller/store/records';
import { type World, wiredPort } from '../world.ts';
import type { FirewallSettings } from './firewall-settings.ts';

export function firewall(world: World, chassis: ChassisRecord): Facts['firewall'] | undefined {
  if (!world.firewallSettings) return undefined;
  return {
    kind: 'firewall',
    key: 1,
    backend: chassis.firewall,
    ...(world.recovering.isSwitch(chassis.id) && RECOVERING),
  };
}

/** Its policy is 0, which admits nothing, should the store have none for its groups. */
export function firewallPort(
  world: World,
  chassis: ChassisRecord,
  portId: string,
): Facts['firewallPort'] | undefined {
  const wired = wiredPort(world, chassis, portId);
  const settings = world.firewallSettings;
  if (!settings || !wired?.port.portSecurityEnabled) return undefined;
  return {
    kind: 'firewallPort',
    key: wired.port.key,
    policy: world.firewall.policyOf(wired.port)?.key ?? 0,
    memory: memoryOf(world, settings, chassis, portId),
    plug: wired.claim,
    ...(world.recovering.isPort(portId, chassis.id) && RECOVERING),
  };
}

export function policy(world: World, chassis: ChassisRecord, id: string): Facts['policy'] | undefined {
  const { policies } = world.firewall;
  const record = policies.policy(id);
  if (!record || !world.firewall.isUsedAt(record, chassis.id)) return undefined;
  return { kind: 'policy', key: record.key, rules: policies.rulesOf(id) };
}

export function remoteGroup(
  { firewall: { policies, remotes } }: World,
  chassis: ChassisRecord,
  groupId: string,
): Facts['remoteGroup'] | undefined {
  const key = policies.groupKey(groupId);
  const uses = remotes.usesAt(chassis.id, groupId);
  if (key === undefined || !uses) return undefined;
  return { kind: 'remoteGroup', key, uses: GROUP_USES.filter((use) => uses.has(use)) };
}

export function member(world: World, chassis: ChassisRecord, portId: string): Facts['member'] | undefined {
  const port = world.ports.get(portId);
  if (!port) return undefined;
  const addresses: Addresses[] = [];
  for (const { range, groups } of world.firewall.members.ownedBy(portId)) {
    const byUse = groupsByUse(world, chassis, groups);
    if (byUse) addresses.push({ range, groups: byUse });
  }
  return addresses.length === 0 ? undefined : { kind: 'member', key: port.key, addresses };
}

type Addresses = Facts['member']['addresses'][number];

const RECOVERING = { recovering: true } as const;

function memoryOf(
  world: World,
  { timeouts }: FirewallSettings,
  chassis: ChassisRecord,
  portId: string,
): Memory {
  if (chassis.firewall === 'conntrack')
    return { backend: 'conntrack', zone: world.firewall.zones.zoneOf(portId, chassis.id) };
  return { backend: 'learn', timeouts };
}

/** Keys of those of the groups that are named on a hypervisor, by what for; nothing when none is. */
function groupsByUse(
  { firewall: { policies, remotes } }: World,
  chassis: ChassisRecord,
  groups: ReadonlyMap<string, number>,
): Addresses['groups'] | undefined {
  const named = remotes.at(chassis.id);
  // Worked out for each member on each hypervisor: thousands of tenants may share an address, and a hypervisor have few of
  // them; or the other way round.
  const [few, many] = groups.size < named.size ? [groups, named] : [named, groups];
  const found: Partial<Record<GroupUse, number[]>> = {};
  let isNamed = false;
  for (const id of few.keys()) {
    const key = many.has(id) ? policies.groupKey(id) : undefined;
    if (key === undefined) continue;
    isNamed = true;
    for (const use of named.get(id)?.keys() ?? []) {
      const keys = found[use];
      if (keys) keys.push(key);
      else found[use] = [key];
    }
  }
  if (!isNamed) return undefined;
  const byUse: Partial<Record<GroupUse, number[]>> = {};
  for (const use of GROUP_USES) if (found[use]) byUse[use] = found[use].sort(ascending);
  return byUse;
}

function ascending(a: number, b: number): number {
  return a - b;
}
