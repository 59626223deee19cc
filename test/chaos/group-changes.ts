import { type Change, type ChaosGroup, remove, type Tenants } from './tenants.ts';

/** Groups at a time, and the most rules that one gets at once. */
const MOST = { groups: 4, rules: 300 } as const;

/** What tenants do with security groups. */
export function groupChanges(tenants: Tenants): Readonly<Record<string, Change>> {
  const { groups, ports, random } = tenants;

  function randomRule(group: ChaosGroup): object {
    const isV4 = !tenants.oneIn(3);
    const prefix = isV4 ? `10.${tenants.serial() % 250}.0.0/16` : `fd00:${tenants.serial() % 9_999}::/64`;
    const first = 1 + random.below(60_000);
    return {
      security_group_id: group.id,
      direction: random.pick(['ingress', 'ingress', 'egress']),
      ethertype: isV4 ? 'IPv4' : 'IPv6',
      ...random.pick([
        {},
        { protocol: 'tcp', port_range_min: first, port_range_max: first + random.below(100) },
        { protocol: 'udp', port_range_min: first, port_range_max: first },
        { protocol: isV4 ? 'icmp' : 'ipv6-icmp' },
        { protocol: String(random.pick([47, 132, 253])) },
      ]),
      ...random.pick([
        { remote_ip_prefix: prefix },
        { remote_group_id: (tenants.some(groups) ?? group).id },
        {},
      ]),
    };
  }

  return {
    createGroup: async () => {
      if (groups.length >= MOST.groups) return false;
      const group = await tenants.rest.create('security_group', { name: tenants.name() });
      groups.push(Object.assign(group, { rules: [] }));
      return true;
    },
    addRule: async () => {
      const group = tenants.some(groups);
      if (group === undefined) return false;
      group.rules.push((await tenants.rest.create('security_group_rule', randomRule(group))).id);
      return true;
    },
    addRules: async () => {
      const group = tenants.some(groups);
      if (group === undefined || group.rules.length > MOST.rules) return false;
      // Prefixes of their own, as a rule is refused that is there already, and all of them with it.
      const rules = Array.from({ length: MOST.rules }, (_, at) => ({
        ...{ security_group_id: group.id, direction: 'ingress', ethertype: 'IPv4', protocol: 'tcp' },
        remote_ip_prefix: `172.${16 + (tenants.serial() % 16)}.${at >> 8}.${at & 255}/32`,
      }));
      const body = { security_group_rules: rules };
      const answer = await tenants.rest.request('POST', '/v2.0/security-group-rules', body);
      const made = (answer as { readonly security_group_rules: readonly { readonly id: string }[] })
        .security_group_rules;
      group.rules.push(...made.map(({ id }) => id));
      return true;
    },
    deleteRule: async () => {
      const group = tenants.some(groups.filter(({ rules }) => rules.length > 0));
      const id = group && tenants.some(group.rules);
      if (group === undefined || id === undefined) return false;
      await tenants.rest.delete('security_group_rule', id);
      remove(group.rules, id);
      return true;
    },
    setGroups: async () => {
      const port = tenants.some(ports);
      if (port === undefined) return false;
      const chosen = groups.filter(() => tenants.oneIn(2)).map(({ id }) => id);
      await tenants.rest.update('port', port.id, { port_security_enabled: true, security_groups: chosen });
      return true;
    },
    deleteGroup: async () => {
      const group = tenants.some(groups);
      if (group === undefined || !tenants.oneIn(3)) return false;
      // Refused while a port has it.
      await tenants.rest.delete('security_group', group.id);
      remove(groups, group);
      return true;
    },
  };
}
