import { describe, expect, it } from 'vitest';
import { type TestApi, testApi } from './api-fixture.ts';

const NOWHERE = '00000000-0000-4000-8000-000000000000';

async function network(api: TestApi, attributes: object = {}): Promise<string> {
  const { body } = await api.call('POST', '/v2.0/networks', { network: attributes });
  return body.network.id;
}

/** An IPv4 subnet with two addresses to hand out. */
async function smallSubnet(api: TestApi, networkId: string): Promise<string> {
  const { body } = await api.call('POST', '/v2.0/subnets', {
    subnet: {
      network_id: networkId,
      ip_version: 4,
      cidr: '10.0.0.0/24',
      allocation_pools: [{ start: '10.0.0.10', end: '10.0.0.11' }],
    },
  });
  return body.subnet.id;
}

const fault = (type: string, message: string) => ({ NeutronError: { type, message, detail: '' } });

describe('protocol', () => {
  it('discovers itself by the name that the client used', async () => {
    const api = testApi();
    const { body, headers } = await api.call('GET', '/');
    expect(body).toEqual({
      versions: [
        { id: 'v2.0', status: 'CURRENT', links: [{ rel: 'self', href: 'http://controller:9696/v2.0/' }] },
      ],
    });
    expect(headers['x-openstack-request-id']).toMatch(/^req-[0-9a-f-]{36}$/);
    const index = await api.call('GET', '/v2.0/');
    expect(index.body.resources.map(({ collection }: { collection: string }) => collection)).toEqual([
      'networks',
      'subnets',
      'ports',
    ]);
  });

  it('takes .json paths, doubled versions, and any content type', async () => {
    const api = testApi();
    const text = JSON.stringify({ network: { name: 'a' } });
    const made = await api.call('POST', '/v2.0/networks.json', text, { 'content-type': 'text/plain' });
    expect(made.status).toBe(201);
    for (const path of [
      `/v2.0/networks/${made.body.network.id}.json`,
      `/v2.0/v2.0/networks/${made.body.network.id}/`,
    ])
      expect((await api.call('GET', path)).body.network.name).toBe('a');
  });

  it.each([
    ['HEAD', '/v2.0/networks', 405],
    ['PUT', '/v2.0/networks', 405],
    ['DELETE', '/v2.0/ports', 405],
    ['PATCH', `/v2.0/ports/${NOWHERE}`, 405],
    ['POST', `/v2.0/ports/${NOWHERE}`, 405],
    ['GET', '/v2.0/nothing', 404],
    ['GET', '/elsewhere', 404],
    ['GET', '/v2.0/extensions/nothing', 404],
    ['GET', '/v2.0/ports/%zz', 400],
  ])('%s %s answers %i', async (method, path, status) => {
    expect((await testApi().call(method, path)).status).toBe(status);
  });

  it('answers XML with 406', async () => {
    const { status, body } = await testApi().call('GET', '/v2.0/networks', undefined, {
      accept: 'application/xml',
    });
    expect([status, body.NeutronError.type]).toEqual([406, 'HTTPNotAcceptable']);
  });

  it.each([
    ['', "Unable to find 'network' in request body"],
    ['{', 'Body contains invalid data'],
    ['[]', 'Body contains invalid data'],
    ['{"network":null}', "Unable to find 'network' in request body"],
    ['{"network":[]}', "Object 'network' contains invalid data"],
    ['{"networks":[]}', 'Resources required'],
    ['{"network":{"foo":1}}', "Unrecognized attribute(s) 'foo'"],
    ['{"network":{"__proto__":{"name":"x"}}}', "Unrecognized attribute(s) '__proto__'"],
    ['{"network":{"constructor":1}}', "Unrecognized attribute(s) 'constructor'"],
    ['{"network":{"id":"1"}}', "Attribute 'id' not allowed in POST"],
    ['{"network":{"name":5}}', "Invalid input for name. Reason: '5' is not a valid string."],
    ['{"network":{"project_id":"a","tenant_id":"b"}}', "'project_id' and 'tenant_id' do not match"],
    [
      '{"network":{"provider:network_type":null}}',
      "Invalid input for provider:network_type. Reason: 'None' is not a valid string.",
    ],
  ])('refuses the body %s', async (text, message) => {
    const { status, body } = await testApi().call('POST', '/v2.0/networks', text);
    expect([status, body]).toEqual([400, fault('HTTPBadRequest', message)]);
  });

  it.each([
    [{ mtu: 'abc' }, "Invalid input for operation: 'abc' is not an integer."],
    [{ admin_state_up: 'maybe' }, "Invalid input for operation: 'maybe' cannot be converted to boolean."],
    [{ 'provider:segmentation_id': 5 }, 'Invalid input for operation: network_type required.'],
    [{ mtu: 1451 }, 'Invalid input for operation: Requested MTU is too big, maximum is 1450.'],
  ])('refuses the network %o', async (attributes, message) => {
    const { status, body } = await testApi().call('POST', '/v2.0/networks', { network: attributes });
    expect([status, body]).toEqual([400, fault('InvalidInput', message)]);
  });

  it('makes all of a bulk request or nothing', async () => {
    const api = testApi();
    const networkId = await network(api);
    const port = { network_id: networkId, mac_address: '02:00:00:00:00:01' };
    const failed = await api.call('POST', '/v2.0/ports', { ports: [{ network_id: networkId }, port, port] });
    expect([failed.status, failed.body.NeutronError.type]).toEqual([409, 'MacAddressInUse']);
    expect(api.store.list('ports')).toEqual([]);
    const made = await api.call('POST', '/v2.0/ports', {
      ports: [{ network_id: networkId, name: 'b' }, port],
    });
    expect(made.body.ports.map(({ name }: { name: string }) => name)).toEqual(['b', '']);
    expect(api.store.revision).toBe(2);
  });

  it('changes only the revision that If-Match names', async () => {
    const api = testApi();
    const path = `/v2.0/networks/${await network(api)}`;
    const change = { network: { name: 'new' } };
    const refused = await api.call('PUT', path, change, { 'if-match': 'revision_number=99' });
    expect(refused.body).toEqual(
      fault('RevisionNumberConstraintFailed', 'Constrained to 99, but current revision is 1'),
    );
    expect(refused.status).toBe(412);
    const made = await api.call('PUT', path, change, { 'if-match': 'revision_number=1' });
    expect([made.status, made.body.network.revision_number]).toEqual([200, 2]);
    expect((await api.call('PUT', path, change)).body.network.revision_number).toBe(2);
    expect((await api.call('DELETE', path, undefined, { 'if-match': 'revision_number=1' })).status).toBe(412);
    expect((await api.call('DELETE', path)).status).toBe(204);
  });

  it('gives switches as it is told', async () => {
    expect((await testApi().call('GET', '/v1/switches')).body).toEqual([]);
  });
});

describe('lists', () => {
  async function withNetworks(count: number): Promise<TestApi> {
    const api = testApi();
    const networks = Array.from({ length: count }, (_, at) => ({
      name: `n${at % 3}`,
      description: `d${at}`,
    }));
    await api.call('POST', '/v2.0/networks', { networks });
    return api;
  }
  const names = (reply: { body: { networks: { description: string }[] } }) =>
    reply.body.networks.map(({ description }) => description);

  it('orders by id unless told, and pages through everything in both directions', async () => {
    const api = await withNetworks(7);
    const ids = api.store.list('networks').map(({ id }) => id);
    for (const [rel, start] of [
      ['next', '/v2.0/networks?limit=3&fields=id'],
      ['previous', '/v2.0/networks?limit=3&fields=id&page_reverse=True'],
    ] as const) {
      const seen: string[] = [];
      for (let path: string | undefined = start; path !== undefined; ) {
        const { body } = await api.call('GET', path);
        const page = body.networks.map(({ id }: { id: string }) => id);
        seen.push(...(rel === 'next' ? page : page.reverse()));
        const links: { rel: string; href: string }[] = body.networks_links ?? [];
        const href = page.length === 0 ? undefined : links.find((link) => link.rel === rel)?.href;
        path = href?.replace('http://controller:9696', '');
      }
      expect(seen).toEqual(rel === 'next' ? ids : [...ids].reverse());
    }
  });

  it('links an empty page only backwards', async () => {
    const { body } = await testApi().call('GET', '/v2.0/networks?limit=1');
    expect(body).toEqual({ networks: [] });
  });

  it('sorts by several keys', async () => {
    const api = await withNetworks(5);
    const sorted = await api.call(
      'GET',
      '/v2.0/networks?sort_key=name&sort_dir=desc&sort_key=description&sort_dir=asc',
    );
    expect(names(sorted)).toEqual(['d2', 'd1', 'd4', 'd0', 'd3']);
  });

  it('takes the values of one filter as alternatives and all filters together', async () => {
    const api = await withNetworks(6);
    const found = await api.call(
      'GET',
      '/v2.0/networks?name=n0&name=n1&description=d1&description=d5&sort_key=name',
    );
    expect(names(found)).toEqual(['d1']);
    expect(names(await api.call('GET', '/v2.0/networks?name='))).toEqual([]);
  });

  it('shows only the fields asked for, and ignores unknown ones', async () => {
    const api = await withNetworks(1);
    expect((await api.call('GET', '/v2.0/networks?fields=name&fields=nothing')).body).toEqual({
      networks: [{ name: 'n0' }],
    });
    const id = api.store.list('networks')[0]?.id;
    expect((await api.call('GET', `/v2.0/networks/${id}?fields=nothing`)).body).toEqual({ network: {} });
  });

  it.each([
    ['bogus=1', 'HTTPBadRequest', "['bogus'] is invalid attribute for filtering"],
    ['__proto__=1', 'HTTPBadRequest', "['__proto__'] is invalid attribute for filtering"],
    ['sort_key=bogus', 'HTTPBadRequest', "['bogus'] is invalid attribute for sort_keys"],
    [
      'sort_key=id&sort_dir=asc&sort_dir=asc',
      'HTTPBadRequest',
      'The number of sort_keys and sort_dirs must be same',
    ],
    ['limit=-1', 'BadRequest', "Bad limit request: Limit must be an integer 0 or greater and not '-1'."],
    ['shared=maybe', 'InvalidInput', "Invalid input for operation: 'maybe' cannot be converted to boolean."],
  ])('refuses ?%s', async (query, type, message) => {
    const { status, body } = await testApi().call('GET', `/v2.0/networks?${query}`);
    expect([status, body]).toEqual([400, fault(type, message)]);
  });

  it('refuses an unknown marker, but only when it matters', async () => {
    const api = testApi();
    const { status, body } = await api.call('GET', '/v2.0/networks?limit=1&marker=x');
    expect([status, body]).toEqual([404, fault('NetworkNotFound', 'Network x could not be found.')]);
    expect((await api.call('GET', '/v2.0/networks?marker=x')).status).toBe(200);
  });
});

describe('addresses of ports', () => {
  it('hands out each address once, and says when there are no more', async () => {
    const api = testApi();
    const networkId = await network(api);
    await smallSubnet(api, networkId);
    const replies = await Promise.all(
      [1, 2, 3].map(() => api.call('POST', '/v2.0/ports', { port: { network_id: networkId } })),
    );
    expect(replies.map(({ status }) => status).sort()).toEqual([201, 201, 409]);
    const taken = api.store
      .list('ports')
      .flatMap(({ fixedIps }) => fixedIps.map(({ ipAddress }) => ipAddress));
    expect(taken.sort()).toEqual(['10.0.0.10', '10.0.0.11']);
  });

  it('gives one IPv4, one served IPv6, and the automatic one', async () => {
    const api = testApi();
    const networkId = await network(api);
    await smallSubnet(api, networkId);
    for (const subnet of [
      { cidr: 'fd00::/120' },
      { cidr: 'fd01::/64', ipv6_ra_mode: 'slaac', ipv6_address_mode: 'slaac' },
    ])
      await api.call('POST', '/v2.0/subnets', {
        subnet: { network_id: networkId, ip_version: 6, ...subnet },
      });
    const { body } = await api.call('POST', '/v2.0/ports', {
      port: { network_id: networkId, mac_address: '02-00-00-00-00-AB' },
    });
    const addresses = body.port.fixed_ips.map(({ ip_address }: { ip_address: string }) => ip_address);
    expect(addresses[0]).toMatch(/^10\.0\.0\.1[01]$/);
    expect(addresses[1]).toMatch(/^fd00::[0-9a-f]{1,2}$/);
    // RFC 4291, appendix A: ff:fe in the middle, universal bit inverted.
    expect(addresses[2]).toBe('fd01::ff:fe00:ab');
    const moved = await api.call('PUT', `/v2.0/ports/${body.port.id}`, {
      port: { mac_address: '02:00:00:00:00:ac' },
    });
    expect(moved.body.port.fixed_ips[2].ip_address).toBe('fd01::ff:fe00:ac');
  });

  it('keeps addresses that an update asks for again, by subnet or by number', async () => {
    const api = testApi();
    const networkId = await network(api);
    const subnetId = await smallSubnet(api, networkId);
    const { body } = await api.call('POST', '/v2.0/ports', { port: { network_id: networkId } });
    const before = body.port.fixed_ips;
    for (const fixed_ips of [[{ subnet_id: subnetId }], before]) {
      const { body: after } = await api.call('PUT', `/v2.0/ports/${body.port.id}`, { port: { fixed_ips } });
      expect(after.port.fixed_ips).toEqual(before);
    }
    const none = await api.call('PUT', `/v2.0/ports/${body.port.id}`, { port: { fixed_ips: [] } });
    expect(none.body.port.fixed_ips).toEqual([]);
  });

  it.each([
    [[{ ip_address: '10.0.0.255' }], 400, 'InvalidIpForNetwork'],
    [[{ ip_address: '192.0.2.1' }], 400, 'InvalidIpForNetwork'],
    [[{ subnet_id: NOWHERE }], 404, 'SubnetNotFound'],
    [[{ ip_address: '10.0.0.5' }, { ip_address: '10.0.0.5' }], 400, 'HTTPBadRequest'],
    [[{}], 400, 'InvalidInput'],
    [[{ ip_address: '10.0.0.01' }], 400, 'HTTPBadRequest'],
    [Array.from({ length: 6 }, (_, at) => ({ ip_address: `10.0.0.2${at}` })), 400, 'InvalidInput'],
  ])('refuses %j', async (fixedIps, status, type) => {
    const api = testApi();
    const networkId = await network(api);
    await smallSubnet(api, networkId);
    const reply = await api.call('POST', '/v2.0/ports', {
      port: { network_id: networkId, fixed_ips: fixedIps },
    });
    expect([reply.status, reply.body.NeutronError.type]).toEqual([status, type]);
  });
});

describe('subnets', () => {
  it.each([
    ['10.0.0.7/24', {}, '10.0.0.0/24', '10.0.0.1', ['10.0.0.2-10.0.0.254']],
    ['10.0.0.0/24', { gateway_ip: null }, '10.0.0.0/24', null, ['10.0.0.1-10.0.0.254']],
    [
      '10.0.0.0/24',
      { gateway_ip: '10.0.0.9' },
      '10.0.0.0/24',
      '10.0.0.9',
      ['10.0.0.1-10.0.0.8', '10.0.0.10-10.0.0.254'],
    ],
    ['10.0.0.0/31', { enable_dhcp: false }, '10.0.0.0/31', '10.0.0.1', []],
    ['fd00::/126', {}, 'fd00::/126', 'fd00::1', ['fd00::2-fd00::3']],
    ['fd00::/64', { ipv6_ra_mode: 'slaac' }, 'fd00::/64', 'fd00::', ['fd00::1-fd00::ffff:ffff:ffff:ffff']],
  ])('%s with %o', async (cidr, attributes, canonical, gateway, pools) => {
    const api = testApi();
    const ip_version = cidr.includes(':') ? 6 : 4;
    const { status, body } = await api.call('POST', '/v2.0/subnets', {
      subnet: { network_id: await network(api), ip_version, cidr, ...attributes },
    });
    expect(status).toBe(201);
    const found = body.subnet.allocation_pools.map(
      ({ start, end }: { start: string; end: string }) => `${start}-${end}`,
    );
    expect([body.subnet.cidr, body.subnet.gateway_ip, found]).toEqual([canonical, gateway, pools]);
  });

  it.each([
    [{ cidr: '10.0.0.0/24', ip_version: 6 }, 400, 'InvalidInput'],
    [{ cidr: '10.0.0.0/33', ip_version: 4 }, 400, 'InvalidInput'],
    [{ cidr: '10.0.0.0/32', ip_version: 4 }, 400, 'InvalidInput'],
    [{ cidr: '224.0.0.0/24', ip_version: 4 }, 400, 'InvalidInput'],
    [{ cidr: 'fd00::/80', ip_version: 6, ipv6_ra_mode: 'slaac' }, 400, 'InvalidInput'],
    [{ cidr: '10.0.0.0/24', ip_version: 4, ipv6_ra_mode: 'slaac' }, 400, 'InvalidInput'],
    [{ cidr: '10.0.0.0/24', ip_version: 5 }, 400, 'HTTPBadRequest'],
    [{ ip_version: 4 }, 400, 'BadRequest'],
    [{ cidr: '10.0.0.0/24', ip_version: 4, gateway_ip: '10.0.0.255' }, 400, 'InvalidInput'],
    [
      { cidr: '10.0.0.0/24', ip_version: 4, allocation_pools: [{ start: '10.0.0.1', end: '10.0.0.9' }] },
      409,
      'GatewayConflictWithAllocationPools',
    ],
    [
      { cidr: '10.0.0.0/24', ip_version: 4, allocation_pools: [{ start: '10.0.0.9', end: '10.0.0.2' }] },
      400,
      'InvalidAllocationPool',
    ],
  ])('refuses %o', async (attributes, status, type) => {
    const api = testApi();
    const reply = await api.call('POST', '/v2.0/subnets', {
      subnet: { network_id: await network(api), ...attributes },
    });
    expect([reply.status, reply.body.NeutronError.type]).toEqual([status, type]);
    expect(api.store.list('subnets')).toEqual([]);
  });

  it('gives ports that are there an automatic address, and takes it with the subnet', async () => {
    const api = testApi();
    const networkId = await network(api);
    const { body: port } = await api.call('POST', '/v2.0/ports', { port: { network_id: networkId } });
    const { body } = await api.call('POST', '/v2.0/subnets', {
      subnet: { network_id: networkId, ip_version: 6, cidr: 'fd01::/64', ipv6_address_mode: 'slaac' },
    });
    const addresses = () => api.store.get('ports', port.port.id)?.fixedIps.map(({ subnetId }) => subnetId);
    expect(addresses()).toEqual([body.subnet.id]);
    expect((await api.call('DELETE', `/v2.0/subnets/${body.subnet.id}`)).status).toBe(204);
    expect(addresses()).toEqual([]);
  });

  it('goes with its network, and so do ports of DHCP', async () => {
    const api = testApi();
    const networkId = await network(api);
    await smallSubnet(api, networkId);
    await api.call('POST', '/v2.0/ports', { port: { network_id: networkId, device_owner: 'network:dhcp' } });
    expect((await api.call('DELETE', `/v2.0/networks/${networkId}`)).status).toBe(204);
    expect([api.store.list('networks'), api.store.list('subnets'), api.store.list('ports')]).toEqual([
      [],
      [],
      [],
    ]);
  });
});

describe('binding', () => {
  it('is unbound, failed, or what the hypervisor of that name has', async () => {
    const api = testApi();
    const networkId = await network(api);
    const { body } = await api.call('POST', '/v2.0/ports', { port: { network_id: networkId } });
    const path = `/v2.0/ports/${body.port.id}`;
    expect(body.port['binding:vif_type']).toBe('unbound');
    const bound = await api.call('PUT', path, { port: { 'binding:host_id': 'hv1' } });
    expect(bound.body.port['binding:vif_type']).toBe('binding_failed');
    await api.store.transact((tx) =>
      tx.put('chassis', 'system-1', {
        id: 'system-1',
        hostname: 'hv1',
        encapIp: '192.0.2.1',
        encapTypes: ['vxlan'],
        bridge: 'br-int',
        datapathId: '',
        datapathType: 'netdev',
        peerKeys: {},
        tunnelPorts: {},
        interfaces: {},
      }),
    );
    const { body: shown } = await api.call('GET', path);
    expect(shown.port['binding:vif_type']).toBe('ovs');
    expect(shown.port['binding:vif_details']).toMatchObject({
      bridge_name: 'br-int',
      datapath_type: 'netdev',
    });
    const moved = await api.call('PUT', path, { port: { mac_address: '02:00:00:00:00:01' } });
    expect([moved.status, moved.body.NeutronError.type]).toEqual([409, 'PortBound']);
  });
});

describe('many at once', () => {
  it('gives one MAC to one of fifty ports', async () => {
    const api = testApi();
    const networkId = await network(api);
    const port = { network_id: networkId, mac_address: '02:00:00:00:00:01' };
    const replies = await Promise.all(
      Array.from({ length: 50 }, () => api.call('POST', '/v2.0/ports', { port })),
    );
    const statuses = replies.map(({ status }) => status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(1);
    expect(statuses.filter((status) => status === 409)).toHaveLength(49);
  });

  it('lets one of overlapping subnets in', async () => {
    const api = testApi();
    const networkId = await network(api);
    const replies = await Promise.all(
      [24, 25, 26, 27].map((prefix) =>
        api.call('POST', '/v2.0/subnets', {
          subnet: { network_id: networkId, ip_version: 4, cidr: `10.0.0.0/${prefix}` },
        }),
      ),
    );
    expect(replies.map(({ status }) => status).sort()).toEqual([201, 400, 400, 400]);
  });

  it('leaves no port without its network', async () => {
    const api = testApi();
    const networkId = await network(api);
    const port = { network_id: networkId };
    const replies = await Promise.all([
      api.call('POST', '/v2.0/ports', { port }),
      api.call('DELETE', `/v2.0/networks/${networkId}`),
      api.call('POST', '/v2.0/ports', { port }),
    ]);
    for (const { networkId: owner } of api.store.list('ports'))
      expect(api.store.get('networks', owner)).toBeDefined();
    expect(replies.some(({ status }) => status === 404 || status === 409)).toBe(true);
  });

  it('never numbers two ports alike', async () => {
    const api = testApi();
    const networkId = await network(api);
    const port = { network_id: networkId };
    await Promise.all(Array.from({ length: 30 }, () => api.call('POST', '/v2.0/ports', { port })));
    expect(new Set(api.store.list('ports').map(({ key }) => key)).size).toBe(30);
  });
});
