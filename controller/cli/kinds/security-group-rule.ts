import { z } from 'zod';
import { type Kind, neutronKind } from './kind.ts';
import { COLLECTIONS, identified, listed, Related, shortId } from './related.ts';
import { beginning, common, end } from './words.ts';

export const ruleSchema = z.looseObject({
  ...common,
  security_group_id: z.string(),
  direction: z.string(),
  ethertype: z.string(),
  protocol: z.string().nullish(),
  port_range_min: z.number().nullish(),
  port_range_max: z.number().nullish(),
  remote_ip_prefix: z.string().nullish(),
  remote_group_id: z.string().nullish(),
});
type Rule = z.infer<typeof ruleSchema>;

/** Rules of security groups; they have no names. */
export const securityGroupRule: Kind = neutronKind<Rule>({
  name: 'security-group-rule',
  short: ['rule', 'rules', 'sgr', 'sgrs'],
  collection: COLLECTIONS['security-group-rule'],
  schema: ruleSchema,
  mentions: ['security-group'],
  columns: [
    { head: 'ID', only: 'narrow', cell: ({ id }) => shortId(id) },
    { head: 'ID', only: 'wide', cell: ({ id }) => id },
    { head: 'GROUP', cell: (each, related) => related.name(each.security_group_id) },
    { head: 'DIRECTION', cell: ({ direction }) => direction },
    { head: 'PROTOCOL', cell: protocolOf },
    { head: 'PORTS', cell: portsOf },
    { head: 'REMOTE', cell: remoteOf },
    { head: 'PROJECT', only: 'wide', cell: (each) => each.project_id ?? '?' },
    { head: 'DESCRIPTION', only: 'wide', cell: (each) => each.description ?? '' },
  ],

  async describe(object, api) {
    const groups = await listed(api, 'security-group', [['id', object.security_group_id]]);
    const related = await Related.of(api, ['security-group']);
    return [
      ...beginning('Rule', { ...object, name: admits(object, related) }),
      ['Security group', identified(groups[0] ?? { id: object.security_group_id })],
      [
        'Direction',
        object.direction === 'ingress' ? 'ingress: what its ports receive' : 'egress: what its ports send',
      ],
      ['Protocol', protocolOf(object)],
      ['Ports', portsOf(object) || 'all'],
      ['Remote', remoteOf(object, related)],
      ...end(object),
    ];
  },
});

/** What a rule admits, in words: `tcp 80–90 from 10.0.0.0/8`. */
export function admits(rule: Rule, related: Related): string {
  const ports = portsOf(rule);
  const way = rule.direction === 'ingress' ? 'from' : 'to';
  return `${protocolOf(rule)}${ports && ` ${ports}`} ${way} ${remoteOf(rule, related)}`;
}

function protocolOf({ ethertype, protocol }: Rule): string {
  return protocol ? `${protocol} (${ethertype})` : `any ${ethertype}`;
}

/** Ports, or type and code of ICMP. */
function portsOf({ protocol, port_range_min: first, port_range_max: last }: Rule): string {
  if (first === null || first === undefined)
    return last === null || last === undefined ? '' : `up to ${last}`;
  if (protocol?.includes('icmp'))
    return `type ${first}${last === null || last === undefined ? '' : ` code ${last}`}`;
  return first === last ? String(first) : `${first}–${last ?? ''}`;
}

function remoteOf(rule: Rule, related: Related): string {
  if (rule.remote_group_id) return `group ${related.name(rule.remote_group_id)}`;
  return rule.remote_ip_prefix || 'anywhere';
}
