import { describe, expect, it } from 'vitest';
import { type TestApi, testApi } from '../api-fixture.ts';

const NOWHERE = '00000000-0000-4000-8000-000000000000';

async function world(attributes: object = {}) {
  const api = testApi();
  const network = await api.call('POST', '/v2.0/networks', { network: attributes });
  const group = async (more: object = {}): Promise<string> =>
    (await api.call('POST', '/v2.0/security-groups', { security_group: more })).body.security_group.id;
  return { api, networkId: network.body.network.id as string, a: await group(), b: await group(), group };
}

const create = (api: TestApi, network_id: string, attributes: object) =>
  api.call('POST', '/v2.0/ports', { port: { network_id, ...attributes } });

/** The answers of a real neutron-server (Zed) to the same requests. */
describe('the guard of a new port', () => {
  it.each([
    [{}, true, ['default']],
    [{ security_groups: null }, true, []],
    [{ security_groups: [] }, true, []],
    [{ security_groups: ['B', 'A'] }, true, ['A', 'B']],
    [{ port_security_enabled: false }, false, []],
    [{ device_owner: 'network:dhcp' }, false, []],
    [{ device_owner: 'network:dhcp', port_security_enabled: true }, false, []],
    [{ device_owner: 'neutron:LOADBALANCER' }, true, ['default']],
  ])('with %j', async (attributes, isEnabled, groups) => {
    const { api, networkId, a, b } = await world();
    const sent = JSON.parse(JSON.stringify(attributes).replace('"A"', `"${a}"`).replace('"B"', `"${b}"`));
    const { body } = await create(api, networkId, sent);
    const [standard] = api.store.find('securityGroups', 'default', 'fake_project_id');
    const ids = new Map([
      ['default', standard?.id ?? ''],
      ['A', a],
      ['B', b],
    ]);
    expect(body.port.port_security_enabled).toBe(isEnabled);
    expect(body.port.security_groups).toEqual(groups.map((name) => ids.get(name)).sort());
  });

  it.each([
    [
      { security_groups: ['A'], port_security_enabled: false },
      400,
      'PortSecurityAndIPRequiredForSecurityGroups',
    ],
    [
      { security_groups: ['A'], device_owner: 'network:x' },
      400,
      'PortSecurityAndIPRequiredForSecurityGroups',
    ],
    [{ security_groups: ['A', 'A'] }, 400, 'HTTPBadRequest'],
    [{ security_groups: ['nosuch'] }, 400, 'HTTPBadRequest'],
    [{ security_groups: 'A' }, 400, 'HTTPBadRequest'],
    [{ security_groups: ['A', NOWHERE] }, 404, 'SecurityGroupNotFound'],
    [{ security_groups: ['A', 'STATELESS'] }, 409, 'SecurityGroupConflict'],
  ])('refuses %j', async (attributes, status, type) => {
    const { api, networkId, a, group } = await world();
    const stateless = await group({ stateful: false });
    const text = JSON.stringify(attributes).replaceAll('"A"', `"${a}"`).replace('STATELESS', stateless);
    const reply = await create(api, networkId, JSON.parse(text));
    expect([reply.status, reply.body.NeutronError.type]).toEqual([status, type]);
  });

  it('follows its network, and its own project', async () => {
    const { api, networkId } = await world({ port_security_enabled: false });
    const plain = await create(api, networkId, { project_id: 'p' });
    expect([plain.body.port.port_security_enabled, plain.body.port.security_groups]).toEqual([false, []]);
    const guarded = await create(api, networkId, { project_id: 'p', port_security_enabled: true });
    const [standard] = api.store.find('securityGroups', 'default', 'p');
    expect(guarded.body.port.security_groups).toEqual([standard?.id]);
  });

  it('takes no group of another project for a member', async () => {
    const { api, a } = await world();
    const member = { 'x-user-id': 'u', 'x-project-id': 'p', 'x-roles': 'member' };
    const own = await api.call('POST', '/v2.0/networks', { network: {} }, member);
    const ask = (security_groups: readonly string[]) =>
      api.call('POST', '/v2.0/ports', { port: { network_id: own.body.network.id, security_groups } }, member);
    expect((await ask([a])).body.NeutronError.type).toBe('SecurityGroupNotFound');
    const group = await api.call('POST', '/v2.0/security-groups', { security_group: {} }, member);
    expect((await ask([group.body.security_group.id])).status).toBe(201);
  });
});

describe('the guard of a port', () => {
  it('goes and comes in the order that Neutron asks for', async () => {
    const { api, networkId, a, b } = await world();
    const { body } = await create(api, networkId, { security_groups: [a] });
    const path = `/v2.0/ports/${body.port.id}`;
    const update = async (change: object) => {
      const reply = await api.call('PUT', path, { port: change });
      return reply.body.NeutronError?.type ?? reply.body.port.security_groups;
    };
    expect(await update({ security_groups: [b, a] })).toEqual([a, b].sort());
    expect(await update({ port_security_enabled: false })).toBe('PortSecurityPortHasSecurityGroup');
    expect(await update({ port_security_enabled: false, security_groups: [] })).toEqual([]);
    expect(await update({ security_groups: [a] })).toBe('PortSecurityAndIPRequiredForSecurityGroups');
    expect(await update({ security_groups: [] })).toEqual([]);
    expect(await update({ port_security_enabled: true })).toEqual([]);
    expect(await update({ security_groups: [NOWHERE] })).toBe('SecurityGroupNotFound');
    expect(await update({ security_groups: [a] })).toEqual([a]);
    expect(await update({ security_groups: null })).toEqual([]);
  });

  it('is a filter of ports', async () => {
    const { api, networkId, a, b } = await world();
    const one = await create(api, networkId, { security_groups: [a] });
    const both = await create(api, networkId, { security_groups: [a, b] });
    const found = async (query: string) =>
      (await api.call('GET', `/v2.0/ports?fields=id&${query}`)).body.ports.map(
        ({ id }: { id: string }) => id,
      );
    const [first, second] = [one.body.port.id, both.body.port.id];
    expect(await found(`security_groups=${b}`)).toEqual([second]);
    expect(await found(`security_groups=${a}`)).toEqual([first, second].sort());
    expect(await found(`security_groups=${a}&security_groups=${b}`)).toEqual([first, second].sort());
    expect(await found('security_groups=')).toEqual([]);
  });
});
