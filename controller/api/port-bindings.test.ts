import { beforeEach, describe, expect, it } from 'vitest';
import { sampleChassis } from '#controller/store/sample-records';
import { type TestApi, testApi } from './api-fixture.ts';

const NOWHERE = '00000000-0000-4000-8000-000000000000';

let api: TestApi;
let networkId: string;
let portId: string;

beforeEach(async () => {
  api = testApi();
  await api.store.transact((tx) => {
    for (const id of ['hv1', 'hv2', 'hv3']) tx.put('chassis', id, sampleChassis(id));
  });
  const { body } = await api.call('POST', '/v2.0/networks', { network: {} });
  networkId = body.network.id;
  portId = await port({ 'binding:host_id': 'hv1', device_owner: 'compute:nova' });
});

async function port(attributes: object): Promise<string> {
  const { body } = await api.call('POST', '/v2.0/ports', { port: { network_id: networkId, ...attributes } });
  return body.port.id;
}

const call = (method: string, rest = '', body?: object) =>
  api.call(method, `/v2.0/ports/${portId}/bindings${rest}`, body);
const add = (host: string, more: object = {}) => call('POST', '', { binding: { host, ...more } });
const update = (attributes: object) => api.call('PUT', `/v2.0/ports/${portId}`, { port: attributes });
const shown = async () => (await api.call('GET', `/v2.0/ports/${portId}`)).body.port;
const told = ({ status, body }: Awaited<ReturnType<typeof call>>) => [
  status,
  body.NeutronError.type,
  body.NeutronError.message.replaceAll(portId, 'PORT'),
];
const disable = (id: string, adminStateUp = false) =>
  api.store.transact((tx) => tx.put('chassis', id, sampleChassis(id, { adminStateUp })));

describe('bindings of a port', () => {
  it('move it: one beside the active one, activated, and the old one deleted', async () => {
    const made = await add('hv2', { profile: { a: 1 } });
    expect([made.status, made.body.binding]).toMatchObject([
      201,
      { host: 'hv2', status: 'INACTIVE', vif_type: 'ovs', vnic_type: 'normal', profile: { a: 1 } },
    ]);
    expect(made.body.binding.vif_details.bridge_name).toBe('br-int');
    expect((await shown())['binding:host_id']).toBe('hv1');
    const activated = await call('PUT', '/hv2/activate');
    expect([activated.status, activated.body]).toMatchObject([200, { host: 'hv2', status: 'ACTIVE' }]);
    const { 'binding:host_id': host, 'binding:profile': profile, status } = await shown();
    expect([host, profile, status]).toEqual(['hv2', { a: 1 }, 'DOWN']);
    const { body } = await call('GET');
    expect(body.bindings).toMatchObject([
      { host: 'hv1', status: 'INACTIVE', vif_type: 'unbound', vif_details: {} },
      { host: 'hv2', status: 'ACTIVE', vif_type: 'ovs' },
    ]);
    expect((await call('DELETE', '/hv1')).status).toBe(204);
    expect((await call('GET')).body.bindings).toHaveLength(1);
  });

  it('can move it back, once what was given up is bound again', async () => {
    await add('hv2');
    await call('PUT', '/hv2/activate');
    const again = await call('PUT', '/hv1', { binding: { vnic_type: 'normal' } });
    expect([again.status, again.body.binding]).toMatchObject([200, { host: 'hv1', vif_type: 'ovs' }]);
    await call('PUT', '/hv1/activate');
    expect((await shown())['binding:host_id']).toBe('hv1');
  });

  it('are selected, and shown in part', async () => {
    await add('hv2');
    expect((await call('GET', '?status=INACTIVE&fields=host')).body).toEqual({ bindings: [{ host: 'hv2' }] });
    expect((await call('GET', '/hv1?fields=host')).body).toEqual({ binding: { host: 'hv1' } });
    const page = await call('GET', '?limit=1');
    expect(page.body.bindings).toHaveLength(1);
    expect(page.body.bindings_links[0].rel).toBe('next');
    expect((await call('GET', '?bogus=1')).status).toBe(400);
  });

  it('change with the port when they are its active one, and unbind it when that is deleted', async () => {
    await call('PUT', '/hv1', { binding: { profile: { b: 2 }, vnic_type: 'direct' } });
    const port = await shown();
    expect([port['binding:profile'], port['binding:vnic_type']]).toEqual([{ b: 2 }, 'direct']);
    expect((await call('DELETE', '/hv1')).status).toBe(204);
    expect((await shown())['binding:vif_type']).toBe('unbound');
  });

  it('are refused where they make no sense', async () => {
    await add('hv2');
    expect(told(await add('hv1'))).toEqual([
      409,
      'PortBindingAlreadyExists',
      'Binding for port PORT on host hv1 already exists.',
    ]);
    expect(told(await add('hv2'))[1]).toBe('PortBindingAlreadyExists');
    expect(told(await call('PUT', '/hv1/activate'))).toEqual([
      409,
      'PortBindingAlreadyActive',
      'Binding for port PORT on host hv1 is already active.',
    ]);
    const notFound = [404, 'PortBindingNotFound', 'Binding for port PORT for host hv3 could not be found.'];
    expect(told(await call('PUT', '/hv3/activate'))).toEqual(notFound);
    expect(told(await call('GET', '/hv3'))).toEqual(notFound);
    expect(told(await call('PUT', '/hv3', { binding: {} }))).toEqual(notFound);
    expect(told(await call('DELETE', '/hv3'))).toEqual(notFound);
    expect(told(await add('nowhere'))).toEqual([
      409,
      'PortBindingError',
      'Binding for port PORT on host nowhere could not be created or updated.',
    ]);
    await disable('hv3');
    expect(told(await add('hv3'))[1]).toBe('PortBindingError');
  });

  it('belong to ports of compute services only', async () => {
    portId = await port({ device_owner: 'network:dhcp' });
    for (const [method, rest, body] of [
      ['GET', ''],
      ['POST', '', { binding: { host: 'hv1' } }],
      ['PUT', '/hv1/activate'],
      ['DELETE', '/hv1'],
    ] as const)
      expect(told(await call(method, rest, body))).toEqual([
        400,
        'BadRequest',
        'Bad port request: Invalid port PORT. Operation only valid on compute ports.',
      ]);
    portId = NOWHERE;
    expect(told(await call('GET'))[1]).toBe('PortNotFound');
  });

  it.each([
    [{ binding: {} }, "Failed to parse request. Required attribute 'host' not specified"],
    [{ binding: { host: '' } }, "Invalid input for host. Reason: '' is not a host."],
    [{ binding: { host: 7 } }, "Invalid input for host. Reason: '7' is not a valid string."],
    [
      { binding: { host: 'hv2', vnic_type: 'x' } },
      'Invalid input for vnic_type. Reason: x is not in valid_values.',
    ],
    [{ binding: { host: 'hv2', status: 'ACTIVE' } }, "Attribute 'status' not allowed in POST"],
    [{}, 'Resource body required'],
    [{ x: 1 }, "Unable to find 'binding' in request body"],
  ])('are not made from %j', async (body, message) => {
    expect(told(await call('POST', '', body))).toEqual([400, 'HTTPBadRequest', message]);
  });

  it('are shown to admins, and changed by them', async () => {
    const tenant = { 'x-user-id': 'u', 'x-project-id': 'fake_project_id', 'x-roles': 'member' };
    const stranger = { ...tenant, 'x-project-id': 'other' };
    const ask = (method: string, rest: string, headers: Record<string, string>, body?: object) =>
      api.call(method, `/v2.0/ports/${portId}/bindings${rest}`, body, headers);
    expect((await ask('GET', '', tenant)).body).toEqual({ bindings: [] });
    expect(told(await ask('GET', '/hv1', tenant))[1]).toBe('HTTPNotFound');
    for (const [method, rest, verb, body] of [
      ['POST', '', 'create', { binding: { host: 'hv2' } }],
      ['PUT', '/hv1', 'update', { binding: {} }],
      ['PUT', '/hv1/activate', 'activate'],
      ['DELETE', '/hv1', 'delete'],
    ] as const) {
      expect(told(await ask(method, rest, tenant, body))).toEqual([
        403,
        'PolicyNotAuthorized',
        `rule:${verb}_port_binding is disallowed by policy`,
      ]);
      expect(told(await ask(method, rest, stranger, body))[1]).toBe('PortNotFound');
    }
    expect(told(await ask('GET', '', stranger))[1]).toBe('PortNotFound');
  });

  it('are sixteen besides the active one at most', async () => {
    const names = Array.from({ length: 17 }, (_, n) => `more${n}`);
    await api.store.transact((tx) => {
      for (const id of names) tx.put('chassis', id, sampleChassis(id));
    });
    const replies = await Promise.all(names.map((host) => add(host)));
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(16);
    expect((await call('GET')).body.bindings).toHaveLength(17);
  });

  it('take their subports along', async () => {
    const sub = await port({});
    const { body } = await api.call('POST', '/v2.0/trunks', {
      trunk: {
        port_id: portId,
        sub_ports: [{ port_id: sub, segmentation_type: 'vlan', segmentation_id: 5 }],
      },
    });
    expect(body.trunk.sub_ports).toHaveLength(1);
    await add('hv2');
    expect(api.store.get('ports', sub)?.hostId).toBe('hv1');
    await call('PUT', '/hv2/activate');
    expect(api.store.get('ports', sub)?.hostId).toBe('hv2');
    await call('DELETE', '/hv2');
    expect(api.store.get('ports', sub)).toMatchObject({ hostId: '', deviceOwner: '' });
  });

  it('are activated once of many at once', async () => {
    await add('hv2');
    await add('hv3');
    const replies = await Promise.all(
      ['/hv2', '/hv2', '/hv3'].map((host) => call('PUT', `${host}/activate`)),
    );
    const statuses = replies.map(({ status }) => status).sort();
    expect(statuses).toEqual([200, 200, 409]);
    const { body } = await call('GET');
    expect(body.bindings.map(({ host }: { host: string }) => host)).toEqual(['hv1', 'hv2', 'hv3']);
    expect(body.bindings.filter(({ status }: { status: string }) => status === 'ACTIVE')).toHaveLength(1);
  });
});

describe('a hypervisor that takes no new ports', () => {
  const vif = async () => (await shown())['binding:vif_type'];

  it('keeps those that it has', async () => {
    await disable('hv1');
    expect(await vif()).toBe('ovs');
    await update({ name: 'x', 'binding:host_id': 'hv1' });
    expect(await vif()).toBe('ovs');
  });

  it('fails a binding to it, until it takes ports again and is asked again', async () => {
    await disable('hv2');
    expect((await update({ 'binding:host_id': 'hv2' })).body.port['binding:vif_type']).toBe('binding_failed');
    await disable('hv2', true);
    expect(await vif()).toBe('binding_failed');
    expect((await update({ 'binding:host_id': 'hv2' })).body.port['binding:vif_type']).toBe('ovs');
    await disable('hv3');
    await update({ 'binding:host_id': 'hv3' });
    expect((await update({ 'binding:host_id': 'hv1' })).body.port['binding:vif_type']).toBe('ovs');
  });

  it('fails a port that is made on it', async () => {
    await disable('hv3');
    portId = await port({ 'binding:host_id': 'hv3' });
    expect(await vif()).toBe('binding_failed');
  });
});

describe('a hypervisor without a way into the network', () => {
  it.each([
    [{ 'provider:network_type': 'geneve' }, { encapTypes: ['vxlan', 'geneve'] as const }],
    [
      { 'provider:network_type': 'vlan', 'provider:physical_network': 'physnet1' },
      { physicalNetworks: [{ name: 'physnet1', bridge: 'br-ex', ofport: 3, key: 77 }] },
    ],
  ])('fails its ports, until it has one: %j', async (network, way) => {
    const { body } = await api.call('POST', '/v2.0/networks', { network });
    networkId = body.network.id;
    portId = await port({ 'binding:host_id': 'hv1' });
    expect((await shown())['binding:vif_type']).toBe('binding_failed');
    await api.store.transact((tx) => tx.put('chassis', 'hv1', sampleChassis('hv1', way)));
    expect((await shown())['binding:vif_type']).toBe('ovs');
  });
});

describe('a hypervisor with vhost-user sockets', () => {
  it.each([
    ['netdev', 'vhostuser'],
    ['system', 'ovs'],
  ] as const)('has ports of a %s datapath plugged as %s', async (datapathType, vifType) => {
    await api.store.transact((tx) =>
      tx.put('chassis', 'hv1', sampleChassis('hv1', { datapathType, vhostUserDir: '/run/vhost' })),
    );
    const { 'binding:vif_type': type, 'binding:vif_details': details } = await shown();
    const socket = `/run/vhost/vhu${portId.slice(0, 11)}`;
    expect([type, details.vhostuser_socket]).toEqual([vifType, vifType === 'ovs' ? undefined : socket]);
    expect((await call('GET', '/hv1')).body.binding).toMatchObject({ vif_type: type, vif_details: details });
  });
});
