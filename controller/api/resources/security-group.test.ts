import { describe, expect, it } from 'vitest';
import { type TestApi, testApi } from '../api-fixture.ts';

const GROUPS = '/v2.0/security-groups';

async function group(api: TestApi, attributes: object = {}): Promise<{ id: string }> {
  const { body } = await api.call('POST', GROUPS, { security_group: attributes });
  return body.security_group;
}

async function rule(api: TestApi, groupId: string, attributes: object): Promise<string> {
  const { body } = await api.call('POST', '/v2.0/security-group-rules', {
    security_group_rule: { security_group_id: groupId, direction: 'ingress', ...attributes },
  });
  return body.security_group_rule.id;
}

async function port(api: TestApi, attributes: object = {}) {
  const network = await api.call('POST', '/v2.0/networks', { network: {} });
  return api.call('POST', '/v2.0/ports', { port: { network_id: network.body.network.id, ...attributes } });
}

async function defaultGroups(api: TestApi): Promise<readonly string[]> {
  const found = api.store.list('securityGroups').filter(({ isDefault }) => isDefault);
  return found.map(({ projectId }) => projectId).sort();
}

describe('the default group', () => {
  it.each([
    ['GET', `${GROUPS}?tenant_id=a`, undefined],
    ['GET', `${GROUPS}?project_id=a`, undefined],
    ['GET', '/v2.0/security-group-rules?tenant_id=a', undefined],
    ['POST', GROUPS, { security_group: { project_id: 'a' } }],
    ['POST', '/v2.0/networks', { network: { project_id: 'a' } }],
  ])('comes with %s %s', async (method, path, body) => {
    const api = testApi();
    await api.call(method, path, body);
    expect(await defaultGroups(api)).toEqual(['a']);
    const { body: listed } = await api.call('GET', `${GROUPS}?tenant_id=a&name=default`);
    const [found] = listed.security_groups;
    expect(found).toMatchObject({ description: 'Default security group', stateful: true, shared: false });
    const said = found.security_group_rules.map(
      (each: Record<string, unknown>) => `${each.direction} ${each.ethertype} ${each.remote_group_id}`,
    );
    expect(said.sort()).toEqual([
      'egress IPv4 null',
      'egress IPv6 null',
      `ingress IPv4 ${found.id}`,
      `ingress IPv6 ${found.id}`,
    ]);
  });

  it('is made once, also by requests that race', async () => {
    const api = testApi();
    const paths = [GROUPS, '/v2.0/security-group-rules', GROUPS];
    await Promise.all(paths.map((path) => api.call('GET', `${path}?project_id=a`)));
    await port(api, { project_id: 'a' });
    expect((await defaultGroups(api)).filter((project) => project === 'a')).toEqual(['a']);
  });

  it('is not made for a project whose id could not be stored', async () => {
    const api = testApi();
    const { status } = await api.call('GET', `${GROUPS}?tenant_id=${'x'.repeat(256)}`);
    expect([status, await defaultGroups(api)]).toEqual([200, []]);
  });

  it('keeps its name, may be deleted when no port is in it, and comes back', async () => {
    const api = testApi();
    const made = await port(api);
    const [id] = made.body.port.security_groups;
    const renamed = await api.call('PUT', `${GROUPS}/${id}`, { security_group: { name: 'mine' } });
    expect(renamed.body.NeutronError.type).toBe('SecurityGroupCannotUpdateDefault');
    const described = await api.call('PUT', `${GROUPS}/${id}`, { security_group: { description: 'ours' } });
    expect(described.body.security_group.description).toBe('ours');
    const early = await api.call('DELETE', `${GROUPS}/${id}`);
    expect([early.status, early.body.NeutronError.type]).toEqual([409, 'SecurityGroupInUse']);
    await api.call('DELETE', `/v2.0/ports/${made.body.port.id}`);
    expect((await api.call('DELETE', `${GROUPS}/${id}`)).status).toBe(204);
    expect(api.store.list('securityGroupRules')).toEqual([]);
    const { body } = await api.call('GET', `${GROUPS}?name=default`);
    expect(body.security_groups).toHaveLength(1);
    expect(body.security_groups[0].id).not.toBe(id);
  });
});

describe('security groups of other projects', () => {
  it('do not exist for a member, and its default group stays', async () => {
    const api = testApi();
    const headers = { 'x-user-id': 'u', 'x-project-id': 'red', 'x-roles': 'member' };
    const as = (method: string, path: string, body?: object) => api.call(method, path, body, headers);
    const foreign = await group(api, { name: 'foreign', project_id: 'blue' });
    const foreignRule = await rule(api, foreign.id, { protocol: 'tcp', project_id: 'blue' });
    // Nor does asking make a default group for another project.
    await as('GET', `${GROUPS}?project_id=green`);
    expect(await defaultGroups(api)).toEqual(['blue']);
    const listed = await as('GET', GROUPS);
    expect(listed.body.security_groups.map(({ name }: { name: string }) => name)).toEqual(['default']);
    const [{ id }] = listed.body.security_groups;
    const rules = await as('GET', '/v2.0/security-group-rules');
    expect(rules.body.security_group_rules).toHaveLength(4);
    const add = (attributes: object) =>
      as('POST', '/v2.0/security-group-rules', {
        security_group_rule: { direction: 'ingress', security_group_id: id, ...attributes },
      });
    for (const reply of [
      await as('GET', `${GROUPS}/${foreign.id}`),
      await as('PUT', `${GROUPS}/${foreign.id}`, { security_group: {} }),
      await as('DELETE', `${GROUPS}/${foreign.id}`),
      await add({ security_group_id: foreign.id }),
      await add({ remote_group_id: foreign.id }),
    ])
      expect(reply.body.NeutronError).toMatchObject({
        type: 'SecurityGroupNotFound',
        message: `Security group ${foreign.id} does not exist`,
      });
    expect((await as('DELETE', `/v2.0/security-group-rules/${foreignRule}`)).status).toBe(404);
    const kept = await as('DELETE', `${GROUPS}/${id}`);
    expect([kept.status, kept.body.NeutronError.type]).toEqual([409, 'SecurityGroupCannotRemoveDefault']);
    // What an admin adds to its group is its own project's, and seen by the owner of the group.
    const added = await rule(api, id, { protocol: 'udp' });
    expect((await as('GET', `/v2.0/security-group-rules/${added}`)).status).toBe(200);
  });
});

describe('security groups', () => {
  it.each([
    [{ name: 'default' }, 409, 'SecurityGroupDefaultAlreadyExists', 'Default security group already exists.'],
    [{ name: 'DEFAULT' }, 409, 'SecurityGroupDefaultAlreadyExists', 'Default security group already exists.'],
    [{ name: 5 }, 400, 'HTTPBadRequest', "Invalid input for name. Reason: '5' is not a valid string."],
    [{ shared: true }, 400, 'HTTPBadRequest', "Attribute 'shared' not allowed in POST"],
    [
      { stateful: null },
      400,
      'InvalidInput',
      "Invalid input for operation: 'None' cannot be converted to boolean.",
    ],
  ])('refuses %j', async (attributes, status, type, message) => {
    const reply = await testApi().call('POST', GROUPS, { security_group: attributes });
    expect([reply.status, reply.body.NeutronError]).toEqual([status, { type, message, detail: '' }]);
  });

  it('creates many or none', async () => {
    const api = testApi();
    const bad = await api.call('POST', GROUPS, { security_groups: [{ name: 'a' }, { name: 'default' }] });
    expect([bad.status, api.store.list('securityGroups')]).toEqual([409, []]);
    const good = await api.call('POST', GROUPS, { security_groups: [{ name: 'a' }, { name: 'b' }] });
    expect(good.body.security_groups.map(({ name }: { name: string }) => name)).toEqual(['a', 'b']);
  });

  it('count the changes of their rules in their revision, and of those of others that name them', async () => {
    const api = testApi();
    const { id } = await group(api);
    const other = await group(api);
    const ruleId = await rule(api, id, { protocol: 'tcp' });
    await rule(api, id, { remote_group_id: other.id });
    const revision = async () =>
      (await api.call('GET', `${GROUPS}/${id}`)).body.security_group.revision_number;
    expect(await revision()).toBe(3);
    await api.call('DELETE', `/v2.0/security-group-rules/${ruleId}`);
    expect(await revision()).toBe(4);
    expect((await api.call('DELETE', `${GROUPS}/${other.id}`)).status).toBe(204);
    expect(await revision()).toBe(5);
    const rules = api.store.find('securityGroupRules', 'group', id);
    expect(rules.map(({ direction }) => direction)).toEqual(['egress', 'egress']);
    expect(api.store.find('securityGroupRules', 'group', other.id)).toEqual([]);
  });

  it('stay stateful or not while a port is in them', async () => {
    const api = testApi();
    const { id } = await group(api);
    const made = await port(api, { security_groups: [id] });
    const change = () => api.call('PUT', `${GROUPS}/${id}`, { security_group: { stateful: false } });
    expect((await change()).body.NeutronError.message).toBe(`Security Group ${id} in use.`);
    await api.call('DELETE', `/v2.0/ports/${made.body.port.id}`);
    expect((await change()).body.security_group.stateful).toBe(false);
  });

  it('show their rules with fields, and are found by name, project and shared', async () => {
    const api = testApi();
    await group(api, { name: 'a', project_id: 'p' });
    const listed = await api.call(
      'GET',
      `${GROUPS}?name=a&shared=false&fields=name&fields=security_group_rules`,
    );
    const [found] = listed.body.security_groups;
    expect(Object.keys(found).sort()).toEqual(['name', 'security_group_rules']);
    expect(found.security_group_rules[0]).toMatchObject({ project_id: 'p', description: null, tags: [] });
    expect((await api.call('GET', `${GROUPS}?shared=true`)).body.security_groups).toEqual([]);
    const page = await api.call('GET', `${GROUPS}?limit=1&sort_key=name&sort_dir=asc`);
    expect(page.body.security_groups_links[0].rel).toBe('next');
  });

  it('are deleted or taken by a port, never both', async () => {
    const api = testApi();
    const network = await api.call('POST', '/v2.0/networks', { network: {} });
    for (let round = 0; round < 20; round++) {
      const { id } = await group(api);
      const take = () =>
        api.call('POST', '/v2.0/ports', {
          port: { network_id: network.body.network.id, security_groups: [id] },
        });
      const remove = () => api.call('DELETE', `${GROUPS}/${id}`);
      const [taken, removed] = await Promise.all([take(), remove()]);
      expect(['201 409', '404 204']).toContain(`${taken.status} ${removed.status}`);
      for (const { securityGroupIds } of api.store.list('ports'))
        for (const each of securityGroupIds) expect(api.store.get('securityGroups', each)).toBeDefined();
      for (const port of api.store.list('ports')) await api.call('DELETE', `/v2.0/ports/${port.id}`);
      await api.call('DELETE', `${GROUPS}/${id}`);
    }
  });
});
