import { z } from 'zod';
import { type Kind, neutronKind } from './kind.ts';
import { COLLECTIONS, called, listed, Related, shortId } from './related.ts';
import { admits, ruleSchema } from './security-group-rule.ts';
import { beginning, common, counted, end, few } from './words.ts';

const schema = z.looseObject({
  ...common,
  stateful: z.boolean().optional(),
  security_group_rules: z.array(ruleSchema).default([]),
});
type SecurityGroup = z.infer<typeof schema>;

/** Security groups. */
export const securityGroup: Kind = neutronKind<SecurityGroup>({
  name: 'security-group',
  short: ['sg', 'sgs', 'group', 'groups'],
  collection: COLLECTIONS['security-group'],
  schema,
  mentions: [],
  columns: [
    { head: 'NAME', cell: ({ id, name }) => name || shortId(id) },
    { head: 'ID', only: 'narrow', cell: ({ id }) => shortId(id) },
    { head: 'ID', only: 'wide', cell: ({ id }) => id },
    { head: 'RULES', cell: (each) => String(each.security_group_rules.length) },
    { head: 'STATEFUL', only: 'wide', cell: (each) => (each.stateful === false ? 'no' : 'yes') },
    { head: 'PROJECT', cell: (each) => each.project_id ?? '?' },
    { head: 'DESCRIPTION', cell: (each) => each.description ?? '' },
    { head: 'TAGS', only: 'wide', cell: ({ tags }) => tags?.join(', ') ?? '' },
  ],

  async describe(object, api) {
    const [ports, related] = await Promise.all([
      portsOf(object.id, api),
      Related.of(api, ['security-group']),
    ]);
    const rules = (direction: string) =>
      object.security_group_rules
        .filter((rule) => rule.direction === direction)
        .map((rule) => admits(rule, related));
    return [
      ...beginning('Security group', object),
      [
        'Stateful',
        object.stateful === false ? 'no: replies need rules of their own' : 'yes: replies are admitted',
      ],
      ['Lets in', rules('ingress').length === 0 ? 'nothing' : few(rules('ingress'))],
      ['Lets out', rules('egress').length === 0 ? 'nothing' : few(rules('egress'))],
      ['Used by', counted(ports.length, 'port')],
      ...end(object),
    ];
  },

  async inTheWay({ id }, api) {
    return (await portsOf(id, api)).map((port) => called('port', port));
  },
});

function portsOf(id: string, api: Parameters<Kind['show']>[0]) {
  return listed(api, 'port', [['security_groups', id]]);
}
