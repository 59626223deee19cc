import { describe, expect, it } from 'vitest';
import { type TestApi, testApi } from '../api-fixture.ts';

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
    ['fd00::/126', {}, 'fd00::/126', 'fd00::', ['fd00::1-fd00::3']],
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
        encapIps: ['192.0.2.1'],
        encapTypes: ['vxlan'],
        bridge: 'br-int',
        datapathId: '',
        datapathType: 'netdev',
        firewall: 'learn',
        adminStateUp: true,
        peerKeys: {},
        tunnelPorts: {},
        physicalNetworks: [],
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
