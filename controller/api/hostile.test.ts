import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OwnedRecord } from '#controller/store/records';
import { testApi } from './api-fixture.ts';
import { anyJson, encode, expectCivil } from './hostile-fixture.ts';
import { OWNED } from './resource/attribute.ts';
import { parseQuery, readListQuery } from './resource/query.ts';

/** Attribute names that mean something, to get past the first check, and some that must not. */
const NAMES = [
  ...[
    'name',
    'description',
    'admin_state_up',
    'mtu',
    'shared',
    'segments',
    'project_id',
    'tenant_id',
    'tags',
  ],
  ...['provider:network_type', 'provider:physical_network', 'provider:segmentation_id', 'router:external'],
  ...['network_id', 'ip_version', 'cidr', 'gateway_ip', 'allocation_pools', 'dns_nameservers', 'host_routes'],
  ...[
    'enable_dhcp',
    'ipv6_ra_mode',
    'ipv6_address_mode',
    'mac_address',
    'fixed_ips',
    'allowed_address_pairs',
  ],
  ...[
    'extra_dhcp_opts',
    'security_groups',
    'binding:host_id',
    'binding:profile',
    'binding:vnic_type',
    'device_id',
  ],
  ...[
    'stateful',
    'security_group_id',
    'direction',
    'ethertype',
    'protocol',
    'port_range_min',
    'port_range_max',
  ],
  ...[
    'remote_ip_prefix',
    'remote_group_id',
    'remote_address_group_id',
    'port_security_enabled',
    'check_limit',
  ],
  ...['id', 'status', '__proto__', 'constructor', 'hasOwnProperty', 'toString', 'ports', 'port'],
];
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '10.0.0.0/24',
    '10.0.0.5',
    'fd00::/64',
    '::',
    'fe80::1%eth0',
    '02:00:00:00:00:01',
    'vlan',
    'physnet1',
  ),
  fc.constantFrom('999999999999999999999', '0/0', '-1', '1e3', '', '\0', '\ud800', 'slaac', 'x'.repeat(5000)),
);
const key = fc.oneof(fc.constantFrom('start', 'end', 'ip_address', 'subnet_id', 'opt_name', ...NAMES), text);
const value = anyJson(text, key, 4);
const attributes = fc.dictionary(fc.constantFrom(...NAMES), value, { maxKeys: 6 });
const collection = fc.constantFrom('networks', 'subnets', 'ports', 'security-groups', 'security-group-rules');

/** What a request must have to get past the first check. */
const BASES: Readonly<Record<string, (made: { id: string; group: string }) => object>> = {
  subnets: ({ id }) => ({ network_id: id }),
  ports: ({ id }) => ({ network_id: id }),
  'security-group-rules': ({ group }) => ({ security_group_id: group, direction: 'ingress' }),
};

describe('hostile input', () => {
  it('is refused in bodies, whatever types and names they hold', async () => {
    const api = testApi();
    const made = await api.call('POST', '/v2.0/networks', { network: {} });
    const { id } = made.body.network;
    const port = await api.call('POST', '/v2.0/ports', { port: { network_id: id } });
    const [group] = port.body.port.security_groups;
    await fc.assert(
      fc.asyncProperty(collection, attributes, fc.boolean(), async (plural, sent, isUpdate) => {
        const singular = plural.slice(0, -1).replaceAll('-', '_');
        const base = BASES[plural]?.({ id, group }) ?? {};
        expectCivil(
          isUpdate
            ? await api.call('PUT', `/v2.0/ports/${port.body.port.id}`, { port: sent })
            : await api.call('POST', `/v2.0/${plural}`, { [singular]: { ...base, ...sent } }),
        );
      }),
      { numRuns: 600 },
    );
    const listed = await api.call('GET', '/v2.0/ports');
    expect(listed.status).toBe(200);
    expect(Object.hasOwn(Object.prototype, 'name')).toBe(false);
  });

  it('is refused in queries', async () => {
    const api = testApi();
    await api.call('POST', '/v2.0/networks', { network: {} });
    const key = fc.oneof(
      fc.constantFrom('limit', 'marker', 'sort_key', 'sort_dir', 'fields', 'page_reverse', ...NAMES),
      text,
    );
    await fc.assert(
      fc.asyncProperty(collection, fc.array(fc.tuple(key, text), { maxLength: 5 }), async (plural, pairs) => {
        const query = pairs.map(([name, is]) => `${encode(name)}=${encode(is)}`).join('&');
        expectCivil(await api.call('GET', `/v2.0/${plural}?${query}`));
      }),
      { numRuns: 300 },
    );
  });

  it('is refused in quotas', async () => {
    const api = testApi();
    const limits = fc.dictionary(fc.constantFrom('network', 'port', 'trunk', ...NAMES), value, {
      maxKeys: 4,
    });
    await fc.assert(
      fc.asyncProperty(text, fc.oneof(limits, value), fc.boolean(), async (project, quota, wrapped) => {
        const body = wrapped ? { quota } : quota;
        const path = `/v2.0/quotas/${encode(project)}`;
        expectCivil(await api.call('PUT', path, JSON.stringify(body)));
        for (const each of [path, `${path}/details`]) expectCivil(await api.call('GET', each));
      }),
      { numRuns: 300 },
    );
    expect((await api.call('GET', '/v2.0/quotas')).status).toBe(200);
  });

  it('is refused in paths', async () => {
    const api = testApi();
    await fc.assert(
      fc.asyncProperty(fc.webPath(), fc.constantFrom('GET', 'PUT', 'DELETE'), async (path, method) => {
        expectCivil(
          await api.call(method, `/v2.0/ports${path.startsWith('/') ? path : `/${path}`}`, '{"port":{}}'),
        );
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    ['deep arrays', `{"port":${'['.repeat(200_000)}${']'.repeat(200_000)}}`, 400],
    ['deep objects', `{"port":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}`, 400],
    ['a deep profile', `{"port":{"binding:profile":${'{"a":'.repeat(100)}1${'}'.repeat(100)}}}`, 400],
    ['a long name', `{"port":{"name":"${'x'.repeat(1_000_000)}"}}`, 400],
    ['a long number', `{"port":{"name":${'9'.repeat(100_000)}}}`, 400],
    ['more than the limit', `{"port":{"name":"${'x'.repeat(5_000_000)}"}}`, 413],
    ['too many items', `{"ports":[${Array.from({ length: 6000 }, () => '{}').join()}]}`, 400],
    [
      'many attributes',
      JSON.stringify({ port: Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`a${n}`, n])) }),
      400,
    ],
  ])('is refused: %s', async (_, body, status) => {
    const reply = await testApi().call('POST', '/v2.0/ports', body);
    expect(reply.status).toBe(status);
    expect(JSON.stringify(reply.body).length).toBeLessThan(2000);
  });

  it('does not make a port grow by one request after another', async () => {
    const api = testApi();
    const network = (await api.call('POST', '/v2.0/networks', { network: {} })).body.network.id;
    const options = (from: number) =>
      Array.from({ length: 40 }, (_, at) => ({ opt_name: `o${from + at}`, opt_value: 'x' }));
    const made = await api.call('POST', '/v2.0/ports', {
      port: { network_id: network, extra_dhcp_opts: options(0) },
    });
    const change = (extra_dhcp_opts: object) =>
      api.call('PUT', `/v2.0/ports/${made.body.port.id}`, { port: { extra_dhcp_opts } });
    expect((await change(options(0))).status).toBe(200);
    const grown = await change(options(40));
    expect([grown.status, grown.body.NeutronError.message]).toEqual([
      400,
      'Bad port request: It would have more than 64 extra_dhcp_opts.',
    ]);
  });

  it('does not sort by a key that comes again', () => {
    const query = parseQuery(`sort_key=id&sort_dir=desc${'&sort_key=id&sort_dir=asc'.repeat(500)}`);
    expect(readListQuery<OwnedRecord>(OWNED, {}, query).sort).toEqual([{ name: 'id', descending: true }]);
  });

  it('answers thousands of filters', async () => {
    const api = testApi();
    const unknown = await api.call(
      'GET',
      `/v2.0/ports?${Array.from({ length: 3000 }, (_, n) => `a${n}=1`).join('&')}`,
    );
    expect(unknown.status).toBe(400);
    const known = await api.call(
      'GET',
      `/v2.0/ports?${Array.from({ length: 3000 }, (_, n) => `name=${n}`).join('&')}`,
    );
    expect([known.status, known.body]).toEqual([200, { ports: [] }]);
  });
});
