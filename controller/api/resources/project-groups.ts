import { randomUUID } from 'node:crypto';
import type { SecurityGroupRecord, SecurityGroupRuleRecord } from '#controller/store/records';
import type { StoreView, Transaction } from '#controller/store/store';
import type { Caller } from '../caller.ts';
import { fault } from '../faults.ts';
import { checkQuota } from '../resource/quota.ts';
import type { Context, NewIdentity, Prerequisite } from '../resource/resource.ts';
import { bumped, newOwned, newRecord } from './changed.ts';

/** What a new security group begins with. */
export type NewGroup = Pick<SecurityGroupRecord, 'name' | 'description' | 'stateful' | 'isDefault'>;

const ETHERTYPES = ['IPv4', 'IPv6'] as const;

/** Adds a group with the rules that it comes with: all may leave, and members of a default group may reach each other. */
export function addGroup(
  tx: Transaction,
  identity: NewIdentity,
  { stateful, isDefault, ...texts }: NewGroup,
  context: Context,
): SecurityGroupRecord {
  const directions = isDefault ? (['ingress', 'egress'] as const) : (['egress'] as const);
  const wanted = { security_group_rule: directions.length * ETHERTYPES.length };
  checkQuota(tx, identity.projectId, wanted, context.settings);
  const group: SecurityGroupRecord = {
    ...newRecord(identity, texts, context, 1),
    key: tx.allocate('group'),
    stateful,
    isDefault,
  };
  tx.put('securityGroups', group.id, group);
  for (const direction of directions)
    for (const ethertype of ETHERTYPES) {
      const owned = { id: randomUUID(), projectId: identity.projectId };
      const rule: SecurityGroupRuleRecord = {
        ...newOwned(owned, { description: null }, context, 0),
        key: tx.allocate('rule'),
        securityGroupId: group.id,
        direction,
        ethertype,
        protocol: null,
        portRangeMin: null,
        portRangeMax: null,
        remoteIpPrefix: null,
        remoteGroupId: direction === 'ingress' ? group.id : null,
      };
      tx.put('securityGroupRules', rule.id, rule);
    }
  return group;
}

/** The project's group `default`, made if it has none. */
export function ensureDefaultGroup(
  tx: Transaction,
  projectId: string,
  context: Context,
): SecurityGroupRecord {
  const [found] = tx.find('securityGroups', 'default', projectId);
  if (found !== undefined) return found;
  const group = {
    name: 'default',
    description: 'Default security group',
    stateful: true,
    isDefault: true,
  };
  return addGroup(tx, { id: randomUUID(), projectId }, group, context);
}

/** Whoever lists the groups or rules of a project finds its default group among them. */
export const defaultGroup: Prerequisite = {
  isMissing: (store, projectId) => store.count('securityGroups', 'default', projectId) === 0,
  add: ensureDefaultGroup,
};

/** The group of this id, if the caller may refer to it. */
export function usableGroup(store: StoreView, id: string, caller: Caller): SecurityGroupRecord | undefined {
  const group = store.get('securityGroups', id);
  return caller.role === 'admin' || group?.projectId === caller.projectId ? group : undefined;
}

/** The same; it must be there. */
export function groupOf(store: StoreView, id: string, caller: Caller): SecurityGroupRecord {
  const group = usableGroup(store, id, caller);
  if (group === undefined) throw fault('SecurityGroupNotFound', id);
  return group;
}

/** A group's revision counts the changes of its rules, too. */
export function bumpGroup(tx: Transaction, groupId: string, context: Context): void {
  const group = tx.get('securityGroups', groupId);
  if (group !== undefined) tx.put('securityGroups', groupId, bumped(group, context));
}
