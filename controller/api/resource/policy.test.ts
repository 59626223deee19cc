import { describe, expect, it } from 'vitest';
import { type Reply, type TestApi, testApi } from '../api-fixture.ts';

type Role = 'admin' | 'member' | 'reader';

/** Requests of one project's user, by the headers that stand for Keystone's. */
function as(api: TestApi, project: string, role: Role = 'member') {
  const headers = { 'x-user-id': 'u', 'x-project-id': project, 'x-roles': role };
  return (method: string, path: string, body?: unknown): Promise<Reply> =>
    api.call(method, `/v2.0/${path}`, body, headers);
}
type Client = ReturnType<typeof as>;

async function make(client: Client, kind: string, attributes: object = {}): Promise<string> {
  const { status, body } = await client('POST', `${kind}s`, { [kind]: attributes });
  expect([status, body]).toEqual([201, expect.anything()]);
  return body[kind].id;
}
const idsIn = async (client: Client, plural: string): Promise<readonly string[]> =>
  (await client('GET', plural)).body[plural].map(({ id }: { id: string }) => id).sort();
const refused = (rule: string) => ({
  status: 403,
  body: {
    NeutronError: { type: 'PolicyNotAuthorized', message: `${rule} is disallowed by policy`, detail: '' },
  },
});

describe('projects', () => {
  it('see their own and shared objects, and no others', async () => {
    const api = testApi();
    const [admin, red, blue] = [as(api, 'ops', 'admin'), as(api, 'red'), as(api, 'blue')];
    const own = await make(red, 'network', { name: 'own' });
    const shared = await make(admin, 'network', { shared: true });
    const external = await make(admin, 'network', { 'router:external': true });
    const [ownSubnet, sharedSubnet] = await Promise.all([
      make(red, 'subnet', { network_id: own, ip_version: 4, cidr: '10.0.0.0/24' }),
      make(admin, 'subnet', { network_id: shared, ip_version: 4, cidr: '10.0.1.0/24' }),
    ]);
    const port = await make(red, 'port', { network_id: own });
    expect(await idsIn(red, 'networks')).toEqual([own, shared, external].sort());
    expect(await idsIn(blue, 'networks')).toEqual([shared, external].sort());
    expect(await idsIn(red, 'subnets')).toEqual([ownSubnet, sharedSubnet].sort());
    expect(await idsIn(blue, 'subnets')).toEqual([sharedSubnet]);
    expect([await idsIn(red, 'ports'), await idsIn(blue, 'ports')]).toEqual([[port], []]);
    for (const [path, type] of [
      [`networks/${own}`, 'NetworkNotFound'],
      [`subnets/${ownSubnet}`, 'SubnetNotFound'],
      [`ports/${port}`, 'PortNotFound'],
    ] as const)
      for (const [method, body] of [
        ['GET'],
        ['DELETE'],
        ['PUT', { [path.split('s/')[0] ?? '']: {} }],
      ] as const) {
        const reply = await blue(method, path, body);
        expect([reply.status, reply.body.NeutronError.type]).toEqual([404, type]);
      }
    const marked = await blue('GET', `networks?limit=1&marker=${own}`);
    expect(marked.status).toBe(404);
    const found = await blue('GET', `networks?id=${own}`);
    expect(found.body.networks).toEqual([]);
  });

  it('create for themselves only, and on networks that they see', async () => {
    const api = testApi();
    const [admin, red, blue] = [as(api, 'ops', 'admin'), as(api, 'red'), as(api, 'blue')];
    const foreign = await red('POST', 'networks', { network: { project_id: 'blue' } });
    expect([foreign.status, foreign.body.NeutronError.message]).toEqual([
      400,
      "Specifying 'project_id' or 'tenant_id' other than the authenticated project in request requires admin or advsvc privileges",
    ]);
    const given = await admin('POST', 'networks', { network: { project_id: 'red' } });
    expect(given.body.network.project_id).toBe('red');
    const hidden = await blue('POST', 'ports', { port: { network_id: given.body.network.id } });
    expect([hidden.status, hidden.body.NeutronError.type]).toEqual([404, 'NetworkNotFound']);
    const shared = await make(admin, 'network', { shared: true });
    const subnet = { network_id: shared, ip_version: 4, cidr: '10.0.0.0/24' };
    expect(await blue('POST', 'subnets', { subnet })).toMatchObject(refused('rule:create_subnet'));
    await make(admin, 'subnet', subnet);
    await make(blue, 'port', { network_id: shared });
  });

  it('lose what an atomic bulk request may not make in part', async () => {
    const api = testApi();
    const networks = [{ name: 'a' }, { name: 'b', shared: true }];
    const reply = await as(api, 'red')('POST', 'networks', { networks });
    expect(reply).toMatchObject(refused('(rule:create_network and rule:create_network:shared)'));
    expect(api.store.list('networks')).toEqual([]);
  });
});

describe('a reader', () => {
  it('reads and changes nothing', async () => {
    const api = testApi();
    const [red, reader] = [as(api, 'red'), as(api, 'red', 'reader')];
    const id = await make(red, 'network');
    expect((await reader('GET', `networks/${id}`)).status).toBe(200);
    expect(await reader('POST', 'networks', { network: {} })).toMatchObject(refused('rule:create_network'));
    expect(await reader('PUT', `networks/${id}`, { network: { name: 'x' } })).toMatchObject(
      refused('rule:update_network'),
    );
    expect(await reader('DELETE', `networks/${id}`)).toMatchObject(refused('rule:delete_network'));
  });
});

describe('attributes of admins', () => {
  it.each([
    [{ 'provider:network_type': 'vlan' }, ['provider:network_type']],
    [{ 'provider:network_type': 'vxlan', shared: true }, ['shared', 'provider:network_type']],
    [{ 'router:external': true }, ['router:external']],
  ])('are refused of a member: %o', async (network, names) => {
    const rule = names.reduce(
      (all, name) => `(${all} and rule:create_network:${name})`,
      'rule:create_network',
    );
    const reply = await as(testApi(), 'red')('POST', 'networks', { network });
    expect(reply).toMatchObject(refused(rule));
  });

  it('may be named with what they mean anyway, as in Neutron', async () => {
    await make(as(testApi(), 'red'), 'network', { shared: false, 'router:external': 'False' });
  });

  it('are not shown to members, nor searched or sorted by', async () => {
    const api = testApi();
    const [admin, red] = [as(api, 'ops', 'admin'), as(api, 'red')];
    const id = await make(red, 'network');
    const port = await make(red, 'port', { network_id: id });
    const shown = [await red('GET', `networks/${id}`), await red('GET', `ports/${port}`)];
    expect(JSON.stringify(shown.map(({ body }) => body))).not.toMatch(/provider:|binding:(host|profile|vif)/);
    expect(shown[1]?.body.port).toHaveProperty('binding:vnic_type');
    expect((await admin('GET', `networks/${id}`)).body.network).toHaveProperty('provider:network_type');
    for (const query of ['networks?provider:network_type=vxlan', 'ports?binding:host_id=hv1'])
      expect([(await red('GET', query)).status, (await admin('GET', query)).status]).toEqual([400, 200]);
  });

  it('are refused in updates, whatever they say', async () => {
    const api = testApi();
    const red = as(api, 'red');
    const network = await make(red, 'network');
    const port = await make(red, 'port', { network_id: network });
    for (const [path, body, rule] of [
      [`networks/${network}`, { network: { shared: false } }, 'network:shared'],
      [`ports/${port}`, { port: { 'binding:host_id': 'hv1' } }, 'port:binding:host_id'],
      [`ports/${port}`, { port: { mac_address: '02:00:00:00:00:01' } }, 'port:mac_address'],
    ] as const) {
      const [kind = ''] = rule.split(':');
      expect(await red('PUT', path, body)).toMatchObject(
        refused(`(rule:update_${kind} and rule:update_${rule})`),
      );
    }
  });
});

describe('ports on a shared network', () => {
  it.each([
    [{ mac_address: '02:00:00:00:00:01' }, 'mac_address'],
    [{ fixed_ips: [{ ip_address: '10.0.0.9' }] }, 'fixed_ips', 'ip_address'],
    [{ port_security_enabled: false }, 'port_security_enabled'],
    [{ allowed_address_pairs: [{ ip_address: '10.0.0.9' }] }, 'allowed_address_pairs', 'ip_address'],
    [{ device_owner: 'network:dhcp' }, 'device_owner'],
  ])('take %o from the network’s owner alone', async (attributes, name, part = '') => {
    const api = testApi();
    const [red, blue] = [as(api, 'red'), as(api, 'blue')];
    const network_id = await make(red, 'network');
    await make(red, 'subnet', { network_id, ip_version: 4, cidr: '10.0.0.0/24' });
    await as(api, 'ops', 'admin')('PUT', `networks/${network_id}`, { network: { shared: true } });
    const rule = `rule:create_port:${name}`;
    expect(await blue('POST', 'ports', { port: { network_id, ...attributes } })).toMatchObject(
      refused(
        part === ''
          ? `(rule:create_port and ${rule})`
          : `(rule:create_port and (${rule} and (${rule}:${part})))`,
      ),
    );
    await make(red, 'port', { network_id, ...attributes });
  });

  it('are seen and deleted by its owner, not changed; and keep it shared', async () => {
    const api = testApi();
    const [admin, red, blue] = [as(api, 'ops', 'admin'), as(api, 'red'), as(api, 'blue')];
    const network_id = await make(red, 'network');
    await admin('PUT', `networks/${network_id}`, { network: { shared: true } });
    const port = await make(blue, 'port', { network_id, device_owner: 'compute:nova' });
    expect(await idsIn(red, 'ports')).toEqual([port]);
    expect(await red('PUT', `ports/${port}`, { port: { name: 'x' } })).toMatchObject(
      refused('rule:update_port'),
    );
    const unshared = await admin('PUT', `networks/${network_id}`, { network: { shared: false } });
    expect([unshared.status, unshared.body.NeutronError.type]).toEqual([409, 'InvalidSharedSetting']);
    expect((await red('DELETE', `ports/${port}`)).status).toBe(204);
    const again = await admin('PUT', `networks/${network_id}`, { network: { shared: false } });
    expect(again.status).toBe(200);
  });

  it('leave the network itself to its owner', async () => {
    const api = testApi();
    const id = await make(as(api, 'ops', 'admin'), 'network', { shared: true });
    const blue = as(api, 'blue');
    expect(await blue('PUT', `networks/${id}`, { network: { name: 'x' } })).toMatchObject(
      refused('rule:update_network'),
    );
    expect(await blue('DELETE', `networks/${id}`)).toMatchObject(refused('rule:delete_network'));
  });
});

describe('without Keystone', () => {
  it('takes X-Project-Id alone for no project', async () => {
    const api = testApi();
    const headers = { 'x-project-id': 'red' };
    const refusal = await api.call('POST', '/v2.0/networks', { network: {} }, headers);
    expect([refusal.status, refusal.body.NeutronError.message]).toEqual([
      400,
      'Running without keystone AuthN requires that tenant_id is specified',
    ]);
    const made = await api.call('POST', '/v2.0/networks', { network: { tenant_id: 'red' } }, headers);
    expect([made.status, made.body.network.project_id]).toEqual([201, 'red']);
  });
});
