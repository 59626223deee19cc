import { parseCidr } from '#controller/base/addresses';
import type { SecurityGroupRuleRecord } from '#controller/store/records';
import type { Transaction } from '#controller/store/store';
import { fault } from '../faults.ts';
import { type Attributes, asText, type CreateInput, OWNED } from '../resource/attribute.ts';
import type { Context, NewIdentity, Resource } from '../resource/resource.ts';
import { lenient, oneOf, text } from '../resource/values.ts';
import { newOwned } from './changed.ts';
import { bumpGroup, defaultGroup, groupOf } from './project-groups.ts';
import { canonicalProtocol, checkEthertype, checkPorts, protocolKey, toProtocol } from './rule-protocol.ts';
import { normalizedCidr, toEthertype, toGroupReference, toPort, toRemotePrefix } from './rule-values.ts';

/** Attributes of a rule, also where its group shows it. No one can be updated. */
export const ruleAttributes = {
  ...OWNED,
  description: {
    json: { type: ['string', 'null'] },
    value: text(255),
    initial: '',
    view: ({ description }) => description,
    filter: asText,
  },
  security_group_id: {
    value: text(36),
    required: true,
    view: (rule) => rule.securityGroupId,
    filter: asText,
    sort: true,
  },
  direction: {
    value: oneOf(['ingress', 'egress']),
    required: true,
    view: (rule) => rule.direction,
    filter: asText,
    sort: true,
  },
  ethertype: {
    value: lenient({ enum: ['IPv4', 'IPv6'] }, toEthertype),
    initial: 'IPv4',
    view: (rule) => rule.ethertype,
    filter: toEthertype,
    sort: true,
  },
  protocol: {
    json: { type: ['string', 'null'] },
    value: lenient({ type: ['string', 'integer', 'null'] }, toProtocol),
    initial: null,
    view: (rule) => rule.protocol,
    filter: toProtocol,
    sort: true,
  },
  /** First port; the type of ICMP and ICMPv6. */
  port_range_min: {
    value: lenient({ type: ['integer', 'null'], minimum: 0, maximum: 65_535 }, toPort),
    initial: null,
    view: (rule) => rule.portRangeMin,
    filter: toPort,
    sort: true,
  },
  /** Last port; the code of ICMP and ICMPv6. */
  port_range_max: {
    value: lenient({ type: ['integer', 'null'], minimum: 0, maximum: 65_535 }, toPort),
    initial: null,
    view: (rule) => rule.portRangeMax,
    filter: toPort,
    sort: true,
  },
  remote_ip_prefix: {
    value: lenient({ type: ['string', 'null'], format: 'cidr' }, toRemotePrefix),
    initial: null,
    view: (rule) => rule.remoteIpPrefix,
    filter: toRemotePrefix,
    sort: true,
  },
  normalized_cidr: {
    json: { type: ['string', 'null'] },
    view: (rule) => normalizedCidr(rule.remoteIpPrefix),
    filter: asText,
  },
  remote_group_id: {
    value: lenient({ type: ['string', 'null'], format: 'uuid' }, toGroupReference),
    initial: null,
    view: (rule) => rule.remoteGroupId,
    filter: asText,
    sort: true,
  },
  /** There are no address groups here, so every id is of one that does not exist. */
  remote_address_group_id: {
    value: lenient({ type: 'null' }, toGroupReference),
    initial: null,
    view: () => null,
    filter: asText,
    sort: true,
  },
} as const satisfies Attributes<SecurityGroupRuleRecord>;

type RuleInput = CreateInput<typeof ruleAttributes>;

export const securityGroupRuleResource: Resource<'securityGroupRules', typeof ruleAttributes> = {
  singular: 'security_group_rule',
  plural: 'security_group_rules',
  collection: 'securityGroupRules',
  attributes: ruleAttributes,
  access: {
    parent: {
      attribute: 'security_group_id',
      find: (id, store) => {
        const group = store.get('securityGroups', id);
        return group && { projectId: group.projectId, isPublic: false };
      },
      notFound: (id) => fault('SecurityGroupNotFound', id),
      idOf: ({ securityGroupId }) => securityGroupId,
    },
    parentOwner: ['get'],
  },
  lookups: {
    security_group_id: (store, id) => store.find('securityGroupRules', 'group', id),
    remote_group_id: (store, id) => store.find('securityGroupRules', 'remoteGroup', id),
  },
  beforeList: defaultGroup,
  notFound: (id) => fault('SecurityGroupRuleNotFound', id),

  create(tx, identity, input, context) {
    const rule = checkedRule(tx, identity, input, context);
    addRules(tx, [rule], context);
    return rule;
  },

  createMany(tx, items, context) {
    const isOne = (values: readonly string[]) => new Set(values).size === 1;
    if (!isOne(items.map(({ input }) => input.security_group_id)))
      throw fault('SecurityGroupNotSingleGroupRules');
    if (!isOne(items.map(({ identity }) => identity.projectId)))
      throw fault('SecurityGroupRulesNotSingleTenant');
    const rules = items.map(({ identity, input }) => checkedRule(tx, identity, input, context));
    addRules(tx, rules, context);
    return rules;
  },

  update() {
    throw fault('BadRequest', 'security_group_rule', 'a rule can only be deleted, not updated.');
  },

  remove(tx, rule, context) {
    tx.delete('securityGroupRules', rule.id);
    bumpGroup(tx, rule.securityGroupId, context);
  },
};

/** The rule that a request describes, in the form in which rules are kept and compared. */
function checkedRule(
  tx: Transaction,
  identity: NewIdentity,
  input: RuleInput,
  context: Context,
): SecurityGroupRuleRecord {
  const { direction, ethertype, remote_ip_prefix: prefix, remote_group_id: remoteGroupId } = input;
  const isWholeRange = input.port_range_min === 1 && input.port_range_max === 65_535;
  const match = {
    direction,
    ethertype,
    protocol: canonicalProtocol(input.protocol, ethertype),
    portRangeMin: isWholeRange ? null : input.port_range_min,
    portRangeMax: isWholeRange ? null : input.port_range_max,
    remoteIpPrefix: prefix,
    remoteGroupId,
  };
  checkPorts(match);
  if (prefix !== null && `IPv${parseCidr(prefix)?.version}` !== ethertype)
    throw fault('SecurityGroupRuleParameterConflict', ethertype, prefix);
  checkEthertype(match);
  checkRemotes(tx, input, context);
  const { id: securityGroupId } = groupOf(tx, input.security_group_id, context.caller);
  return { ...newOwned(identity, input, context, 0), key: tx.allocate('rule'), securityGroupId, ...match };
}

function checkRemotes(tx: Transaction, input: RuleInput, { caller }: Context): void {
  const { remote_group_id: group, remote_address_group_id: addressGroup } = input;
  const remotes = [input.remote_ip_prefix, group, addressGroup].filter((remote) => remote !== null);
  if (remotes.length > 1) throw fault('SecurityGroupMultipleRemoteEntites');
  if (group !== null) groupOf(tx, group, caller);
  if (addressGroup !== null) throw fault('AddressGroupNotFound', addressGroup);
}

/** Adds rules of one group, none of which may say what another says already. */
function addRules(tx: Transaction, rules: readonly SecurityGroupRuleRecord[], context: Context): void {
  const [first] = rules;
  if (first === undefined) return;
  const added = new Set(rules.map(ruleKey));
  if (added.size < rules.length) throw fault('DuplicateSecurityGroupRuleInPost');
  const known = tx.find('securityGroupRules', 'group', first.securityGroupId);
  const same = known.find((rule) => added.has(ruleKey(rule)));
  if (same !== undefined) throw fault('SecurityGroupRuleExists', same.id);
  for (const rule of rules) tx.put('securityGroupRules', rule.id, rule);
  bumpGroup(tx, first.securityGroupId, context);
}

/** Equal for rules of a group that admit the same packets, as Neutron judges it. */
function ruleKey(rule: SecurityGroupRuleRecord): string {
  const { direction, ethertype, protocol, portRangeMin, portRangeMax, remoteIpPrefix, remoteGroupId } = rule;
  const prefix = remoteIpPrefix === '0.0.0.0/0' || remoteIpPrefix === '::/0' ? null : remoteIpPrefix;
  return [
    direction,
    ethertype,
    protocolKey(protocol),
    portRangeMin,
    portRangeMax,
    prefix,
    remoteGroupId,
  ].join();
}
