import type { Attributes } from '#controller/api/resource/attribute';
import { networkResource } from '#controller/api/resources/network';
import { portResource } from '#controller/api/resources/port';
import { securityGroupResource } from '#controller/api/resources/security-group';
import { securityGroupRuleResource } from '#controller/api/resources/security-group-rule';
import { subnetResource } from '#controller/api/resources/subnet';
import { trunkResource } from '#controller/api/resources/trunk';
import type { NeutronKindName } from '../kinds/related.ts';
import type { Field } from './field.ts';
import {
  NETWORK_FIELDS,
  PORT_FIELDS,
  RULE_FIELDS,
  SECURITY_GROUP_FIELDS,
  SUBNET_FIELDS,
  TRUNK_FIELDS,
} from './fields.ts';

/** One kind of item of a topology. */
export interface TopologyKind {
  readonly name: NeutronKindName;
  /** Key of its list in a file, and of many in REST. */
  readonly list: string;
  readonly singular: string;
  readonly path: string;
  /** REST's own table: what may be said, how it is checked, and the words of refusals come from there. */
  readonly attributes: Attributes<never>;
  readonly fields: Readonly<Record<string, Field>>;
  /**
   * The kind that may hold these items in its own list, the field that this stands for, and REST's attribute of it.
   */
  readonly within?: {
    readonly kind: NeutronKindName;
    readonly reference: string;
    readonly attribute: string;
  };
  readonly hasTags: boolean;
}

/** Every kind that a topology may hold. */
export const TOPOLOGY_KINDS = {
  'security-group': kind('security-group', 'security-groups', securityGroupResource, SECURITY_GROUP_FIELDS),
  'security-group-rule': kind(
    'security-group-rule',
    'security-group-rules',
    securityGroupRuleResource,
    RULE_FIELDS,
    { kind: 'security-group', reference: 'security_group', attribute: 'security_group_id' },
  ),
  network: kind('network', 'networks', networkResource, NETWORK_FIELDS),
  subnet: kind('subnet', 'subnets', subnetResource, SUBNET_FIELDS, {
    kind: 'network',
    reference: 'network',
    attribute: 'network_id',
  }),
  port: kind('port', 'ports', portResource, PORT_FIELDS),
  trunk: kind('trunk', 'trunks', trunkResource, TRUNK_FIELDS),
} as const satisfies Record<NeutronKindName, TopologyKind>;

/** What a kind's table in REST is needed for. */
interface ResourceTable {
  readonly singular: string;
  readonly plural: string;
  readonly attributes: Attributes<never>;
}

function kind(
  name: NeutronKindName,
  path: string,
  { singular, plural, attributes }: ResourceTable,
  own: Readonly<Record<string, Field>>,
  within?: TopologyKind['within'],
): TopologyKind {
  return {
    name,
    list: plural,
    singular,
    path: `/v2.0/${path}`,
    attributes,
    fields: own,
    hasTags: Object.hasOwn(attributes, 'tags'),
    ...(within === undefined ? {} : { within }),
  };
}
