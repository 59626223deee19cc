import type { SecurityGroupRecord } from '#controller/store/records';
import type { StoreView, Transaction } from '#controller/store/store';
import { fault } from '../faults.ts';
import { type Attributes, COMMON } from '../resource/attribute.ts';
import { type Resource, viewOf } from '../resource/resource.ts';
import { boolean, lenient, toBoolean, toText } from '../resource/values.ts';
import { changed } from './changed.ts';
import { addGroup, bumpGroup, defaultGroup, ensureDefaultGroup } from './project-groups.ts';
import { ruleAttributes } from './security-group-rule.ts';

const attributes = {
  ...COMMON,
  name: { ...COMMON.name, value: lenient({ type: 'string', maxLength: 255 }, toGroupName) },
  stateful: { value: boolean, initial: true, update: true, view: (group) => group.stateful },
  shared: { json: { type: 'boolean' }, view: () => false, filter: toBoolean },
  security_group_rules: { json: { type: 'array', items: { type: 'object' } }, view: ruleViews },
} as const satisfies Attributes<SecurityGroupRecord>;

export const securityGroupResource: Resource<'securityGroups', typeof attributes> = {
  singular: 'security_group',
  plural: 'security_groups',
  collection: 'securityGroups',
  attributes,
  lookups: {
    project_id: (store, id) => store.find('securityGroups', 'project', id),
    tenant_id: (store, id) => store.find('securityGroups', 'project', id),
  },
  beforeList: defaultGroup,
  notFound: (id) => fault('SecurityGroupNotFound', id),

  create(tx, identity, { name, description, stateful }, context) {
    ensureDefaultGroup(tx, identity.projectId, context);
    return addGroup(tx, identity, { name, description, stateful, isDefault: false }, context);
  },

  update(tx, group, { name, description, stateful }, context) {
    if (group.isDefault && name !== undefined) throw fault('SecurityGroupCannotUpdateDefault');
    if (stateful !== undefined && stateful !== group.stateful) checkUnused(tx, group.id);
    const updated = changed(group, { name, description, stateful }, context);
    tx.put('securityGroups', group.id, updated);
    return updated;
  },

  remove(tx, group, context) {
    checkUnused(tx, group.id);
    if (group.isDefault && context.caller.role !== 'admin') throw fault('SecurityGroupCannotRemoveDefault');
    const own = tx.find('securityGroupRules', 'group', group.id);
    const others = tx.find('securityGroupRules', 'remoteGroup', group.id);
    for (const { id } of [...own, ...others]) tx.delete('securityGroupRules', id);
    tx.delete('securityGroups', group.id);
    // The groups that let its members in have changed.
    for (const id of new Set(others.map(({ securityGroupId }) => securityGroupId)))
      bumpGroup(tx, id, context);
  },
};

/** Neutron shows a rule inside its group with tags, which rules don't have. */
function ruleViews({ id }: SecurityGroupRecord, store: StoreView) {
  const rules = store.find('securityGroupRules', 'group', id);
  return rules.map((rule) => ({ ...viewOf(ruleAttributes, rule, store, ALL, 'list'), tags: [] }));
}
const ALL: ReadonlySet<string> = new Set();

/** Only the group that a project comes with is called `default`. */
function toGroupName(raw: unknown): string {
  const name = toText(raw, 255);
  if (name.toLowerCase() === 'default') throw fault('SecurityGroupDefaultAlreadyExists');
  return name;
}

function checkUnused(tx: Transaction, id: string): void {
  if (tx.count('ports', 'securityGroup', id) > 0) throw fault('SecurityGroupInUse', id);
}
