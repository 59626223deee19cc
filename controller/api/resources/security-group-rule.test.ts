import { describe, expect, it } from 'vitest';
import { type TestApi, testApi } from '../api-fixture.ts';

const RULES = '/v2.0/security-group-rules';
const NOWHERE = '00000000-0000-4000-8000-000000000000';

async function group(api: TestApi): Promise<string> {
  const { body } = await api.call('POST', '/v2.0/security-groups', { security_group: {} });
  return body.security_group.id;
}

/** A request for an ingress rule of a group; `attributes` may say otherwise. */
function add(api: TestApi, groupId: string, attributes: object) {
  return api.call('POST', RULES, {
    security_group_rule: { security_group_id: groupId, direction: 'ingress', ...attributes },
  });
}

/** The answers of a real neutron-server (Zed) to the same requests. */
describe('a rule', () => {
  it.each([
    [{ protocol: 'TCP' }, { protocol: 'tcp' }],
    [{ protocol: 6 }, { protocol: '6' }],
    [
      { protocol: 'icmpv6', ethertype: 'ipv6' },
      { protocol: 'ipv6-icmp', ethertype: 'IPv6' },
    ],
    [{ protocol: '1', ethertype: 'IPv6' }, { protocol: '58' }],
    [
      { protocol: 'tcp', port_range_min: '22', port_range_max: 23 },
      { port_range_min: 22, port_range_max: 23 },
    ],
    [
      { protocol: 'udp', port_range_min: 1, port_range_max: 65_535 },
      { port_range_min: null, port_range_max: null },
    ],
    [
      { protocol: 'icmp', port_range_min: 8, port_range_max: 0 },
      { port_range_min: 8, port_range_max: 0 },
    ],
    [
      { protocol: 'icmp', port_range_min: 0 },
      { port_range_min: 0, port_range_max: null },
    ],
    [{ protocol: '136', port_range_min: 1, port_range_max: 1 }, { protocol: '136' }],
    [{ remote_ip_prefix: '10.0.0.1' }, { remote_ip_prefix: '10.0.0.1/32', normalized_cidr: '10.0.0.1/32' }],
    [
      { remote_ip_prefix: '10.0.0.7/24' },
      { remote_ip_prefix: '10.0.0.7/24', normalized_cidr: '10.0.0.0/24' },
    ],
    [
      { remote_ip_prefix: 'FD00:0:0::1', ethertype: 'IPv6' },
      { remote_ip_prefix: 'fd00::1/128', normalized_cidr: 'fd00::1/128' },
    ],
    [{ remote_ip_prefix: '' }, { remote_ip_prefix: null, normalized_cidr: null }],
    [
      { remote_address_group_id: null },
      { remote_address_group_id: null, ethertype: 'IPv4', description: '' },
    ],
  ])('takes %j', async (attributes, kept) => {
    const api = testApi();
    const { status, body } = await add(api, await group(api), attributes);
    expect([status, body.security_group_rule]).toMatchObject([201, kept]);
    expect(Object.keys(body.security_group_rule)).not.toContain('tags');
  });

  it.each([
    [{ protocol: 'any' }, 400, 'SecurityGroupRuleInvalidProtocol'],
    [{ protocol: '256' }, 400, 'SecurityGroupRuleInvalidProtocol'],
    [{ protocol: '' }, 400, 'SecurityGroupRuleInvalidProtocol'],
    // The reference server fails on these.
    [{ protocol: '06' }, 400, 'SecurityGroupRuleInvalidProtocol'],
    [{ protocol: true }, 400, 'SecurityGroupRuleInvalidProtocol'],
    [{ protocol: 6.5 }, 400, 'SecurityGroupRuleInvalidProtocol'],
    [{ ethertype: 'ARP' }, 400, 'SecurityGroupRuleInvalidEtherType'],
    [{ protocol: '58' }, 400, 'SecurityGroupEthertypeConflictWithProtocol'],
    [{ protocol: 'ipv6-route' }, 400, 'SecurityGroupEthertypeConflictWithProtocol'],
    [{ port_range_min: 5, port_range_max: 5 }, 400, 'SecurityGroupProtocolRequiredWithPorts'],
    [{ protocol: 'tcp', port_range_min: 22 }, 400, 'SecurityGroupInvalidPortRange'],
    [{ protocol: 'tcp', port_range_max: 22 }, 400, 'SecurityGroupInvalidPortRange'],
    [{ protocol: 'tcp', port_range_min: 9, port_range_max: 8 }, 400, 'SecurityGroupInvalidPortRange'],
    [{ protocol: 'tcp', port_range_min: 0, port_range_max: 8 }, 400, 'SecurityGroupInvalidPortValue'],
    [{ protocol: 'tcp', port_range_min: 65_536 }, 400, 'SecurityGroupInvalidPortValue'],
    [{ protocol: 'tcp', port_range_min: 'ssh' }, 400, 'SecurityGroupInvalidPortValue'],
    [{ protocol: 'gre', port_range_min: 1 }, 400, 'SecurityGroupInvalidProtocolForPort'],
    [{ protocol: 'icmp', port_range_min: 256 }, 400, 'SecurityGroupInvalidIcmpValue'],
    [{ protocol: 'icmp', port_range_max: 0 }, 400, 'SecurityGroupMissingIcmpType'],
    [{ remote_ip_prefix: 'fd00::/64' }, 400, 'SecurityGroupRuleParameterConflict'],
    [{ remote_ip_prefix: '10.0.0.0/33' }, 400, 'InvalidCIDR'],
    [{ remote_ip_prefix: 5 }, 400, 'InvalidCIDR'],
    [{ remote_group_id: NOWHERE }, 404, 'SecurityGroupNotFound'],
    [{ remote_group_id: '' }, 404, 'SecurityGroupNotFound'],
    [{ security_group_id: 'nosuch' }, 404, 'SecurityGroupNotFound'],
    [{ security_group_id: 'x'.repeat(37) }, 400, 'HTTPBadRequest'],
    [{ remote_address_group_id: NOWHERE }, 404, 'AddressGroupNotFound'],
    [{ remote_group_id: NOWHERE, remote_ip_prefix: '10.0.0.1' }, 400, 'SecurityGroupMultipleRemoteEntites'],
    [
      { remote_group_id: NOWHERE, remote_address_group_id: NOWHERE },
      400,
      'SecurityGroupMultipleRemoteEntites',
    ],
    [{ direction: 'both' }, 400, 'HTTPBadRequest'],
    [{ normalized_cidr: '10.0.0.0/8' }, 400, 'HTTPBadRequest'],
    [{ tags: [] }, 400, 'HTTPBadRequest'],
  ])('refuses %j', async (attributes, status, type) => {
    const api = testApi();
    const reply = await add(api, await group(api), attributes);
    expect([reply.status, reply.body.NeutronError.type]).toEqual([status, type]);
  });

  it.each([
    [{ protocol: 'tcp' }, { protocol: '6' }],
    [{ protocol: 'tcp' }, { protocol: 'tcp', port_range_min: 1, port_range_max: 65_535 }],
    [{ protocol: 'ip' }, { protocol: 0 }],
    [
      { protocol: 'icmp', ethertype: 'IPv6' },
      { protocol: '58', ethertype: 'IPv6' },
    ],
    [{}, { remote_ip_prefix: '0.0.0.0/0' }],
    [{ remote_ip_prefix: '::/0', ethertype: 'IPv6' }, { ethertype: 'IPv6' }],
    [{ remote_ip_prefix: '10.0.0.1' }, { remote_ip_prefix: '10.0.0.1/32' }],
  ])('%j is the same as %j', async (one, other) => {
    const api = testApi();
    const groupId = await group(api);
    const first = await add(api, groupId, one);
    const again = await add(api, groupId, other);
    expect([again.status, again.body.NeutronError.message]).toEqual([
      409,
      `Security group rule already exists. Rule id is ${first.body.security_group_rule.id}.`,
    ]);
    expect((await add(api, await group(api), other)).status).toBe(201);
  });

  it.each([
    [{ protocol: 'ip' }, { protocol: 'hopopt' }],
    [{ remote_ip_prefix: '10.0.0.1/24' }, { remote_ip_prefix: '10.0.0.2/24' }],
    [{ protocol: 'tcp' }, { protocol: 'tcp', direction: 'egress' }],
  ])('%j is another than %j', async (one, other) => {
    const api = testApi();
    const groupId = await group(api);
    await add(api, groupId, one);
    expect((await add(api, groupId, other)).status).toBe(201);
  });

  it('is never changed', async () => {
    const api = testApi();
    const { body } = await add(api, await group(api), { protocol: 'tcp' });
    const path = `${RULES}/${body.security_group_rule.id}`;
    for (const change of [{}, { protocol: 'udp' }, { description: 'x' }])
      expect((await api.call('PUT', path, { security_group_rule: change })).status).toBe(400);
    expect((await api.call('GET', path)).body).toEqual(body);
  });

  it('is deleted once by requests that race', async () => {
    const api = testApi();
    const groupId = await group(api);
    const { body } = await add(api, groupId, { protocol: 'tcp' });
    const path = `${RULES}/${body.security_group_rule.id}`;
    const replies = await Promise.all([1, 2, 3].map(() => api.call('DELETE', path)));
    expect(replies.map(({ status }) => status)).toEqual([204, 404, 404]);
    const [added, removed] = await Promise.all([
      add(api, groupId, { protocol: 'udp' }),
      api.call('DELETE', `/v2.0/security-groups/${groupId}`),
    ]);
    expect(['201 204', '404 204']).toContain(`${added.status} ${removed.status}`);
    expect(api.store.find('securityGroupRules', 'group', groupId)).toEqual([]);
  });
});

describe('rules in bulk', () => {
  const bulk = (api: TestApi, rules: readonly object[]) =>
    api.call('POST', RULES, { security_group_rules: rules });

  it('come all or none, and count as one change of their group', async () => {
    const api = testApi();
    const security_group_id = await group(api);
    const tcp = { security_group_id, direction: 'ingress', protocol: 'tcp' };
    const udp = { ...tcp, protocol: 'udp' };
    const before = api.store.list('securityGroupRules').length;
    for (const [rules, type] of [
      [[tcp, { ...tcp, protocol: '6' }], 'DuplicateSecurityGroupRuleInPost'],
      [[tcp, { ...tcp, security_group_id: NOWHERE }], 'SecurityGroupNotSingleGroupRules'],
      [[tcp, { ...udp, project_id: 'other' }], 'SecurityGroupRulesNotSingleTenant'],
      [[tcp, { ...udp, port_range_min: 4 }], 'SecurityGroupInvalidPortRange'],
      [[tcp, { ...udp, direction: 'egress', protocol: null }], 'SecurityGroupRuleExists'],
    ] as const) {
      expect((await bulk(api, rules)).body.NeutronError.type).toBe(type);
      expect(api.store.list('securityGroupRules')).toHaveLength(before);
    }
    const made = await bulk(api, [tcp, udp]);
    expect(made.body.security_group_rules).toHaveLength(2);
    expect(api.store.get('securityGroups', security_group_id)?.revisionNumber).toBe(2);
  });
});

describe('a list of rules', () => {
  it.each([
    ['protocol=TCP', ['tcp']],
    ['protocol=6', []],
    ['port_range_min=22', ['tcp']],
    ['remote_ip_prefix=10.0.0.7/24', ['udp']],
    ['normalized_cidr=10.0.0.0/24', ['udp']],
    ['ethertype=ipv4&direction=ingress&sort_key=protocol&sort_dir=asc', ['tcp', 'udp']],
    ['direction=sideways', []],
    ['remote_address_group_id=x', []],
    ['description=why', ['tcp']],
  ])('is filtered by %s', async (query, protocols) => {
    const api = testApi();
    const groupId = await group(api);
    const ssh = { port_range_min: 22, port_range_max: 22, description: 'why' };
    await add(api, groupId, { protocol: 'tcp', ...ssh });
    await add(api, groupId, { protocol: 'udp', remote_ip_prefix: '10.0.0.7/24' });
    const { body } = await api.call('GET', `${RULES}?security_group_id=${groupId}&${query}`);
    expect(body.security_group_rules.map(({ protocol }: { protocol: string }) => protocol)).toEqual(
      protocols,
    );
  });

  it.each([
    ['tags=x', 'HTTPBadRequest'],
    ['name=x', 'HTTPBadRequest'],
    ['port_range_min=x', 'SecurityGroupInvalidPortValue'],
    ['protocol=x', 'SecurityGroupRuleInvalidProtocol'],
  ])('refuses %s', async (query, type) => {
    const reply = await testApi().call('GET', `${RULES}?${query}`);
    expect([reply.status, reply.body.NeutronError.type]).toEqual([400, type]);
  });
});
