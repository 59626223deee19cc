import { describe, expect, it } from 'vitest';
import { type TestApi, testApi } from './api-fixture.ts';

const DEFAULTS = {
  network: 100,
  subnet: 100,
  port: 500,
  security_group: 10,
  security_group_rule: 100,
  trunk: -1,
};

const put = (api: TestApi, quota: object, project = 'p') =>
  api.call('PUT', `/v2.0/quotas/${project}`, { quota });

const over = (...names: string[]) => `Quota exceeded for resources: [${names.map((name) => `'${name}'`)}].`;

describe('/v2.0/quotas', () => {
  it('answers defaults for any project, and lists those with limits of their own', async () => {
    const api = testApi();
    for (const path of ['p', 'p/default', 'nobody'])
      expect((await api.call('GET', `/v2.0/quotas/${path}`)).body).toEqual({ quota: DEFAULTS });
    expect((await api.call('GET', '/v2.0/quotas')).body).toEqual({ quotas: [] });
    expect((await put(api, { network: '5', trunk: 0 })).body.quota).toEqual({
      ...DEFAULTS,
      network: 5,
      trunk: 0,
    });
    expect((await put(api, {})).body.quota.network).toBe(5);
    expect((await api.call('GET', '/v2.0/quotas')).body.quotas).toEqual([
      { ...DEFAULTS, network: 5, trunk: 0, project_id: 'p', tenant_id: 'p' },
    ]);
    expect((await api.call('GET', '/v2.0/quotas/p/default')).body.quota).toEqual(DEFAULTS);
  });

  it('forgets the limits of a project', async () => {
    const api = testApi();
    const gone = await api.call('DELETE', '/v2.0/quotas/p');
    expect([gone.status, gone.body.NeutronError]).toEqual([
      404,
      { type: 'TenantQuotaNotFound', message: 'Quota for tenant p could not be found.', detail: '' },
    ]);
    await put(api, { port: 1 });
    expect((await api.call('DELETE', '/v2.0/quotas/p')).status).toBe(204);
    expect((await api.call('GET', '/v2.0/quotas')).body.quotas).toEqual([]);
  });

  it('are shown to the project, and changed by admins', async () => {
    const api = testApi();
    const headers = { 'x-user-id': 'u', 'x-project-id': 'p', 'x-roles': 'member' };
    const as = (method: string, path: string, body?: object) =>
      api.call(method, `/v2.0/quotas${path}`, body, headers);
    for (const path of ['/p', '/p/default', '/p/details']) expect((await as('GET', path)).status).toBe(200);
    expect((await as('GET', '/tenant')).body).toEqual({ tenant: { tenant_id: 'p' } });
    for (const [method, path, rule] of [
      ['GET', '', 'get_quota'],
      ['GET', '/q', 'get_quota'],
      ['GET', '/q/details', 'get_quota'],
      ['PUT', '/p', 'update_quota'],
      ['DELETE', '/p', 'delete_quota'],
    ] as const) {
      const reply = await as(method, path, method === 'PUT' ? { quota: { port: -1 } } : undefined);
      expect([reply.status, reply.body.NeutronError.message]).toEqual([
        403,
        `rule:${rule} is disallowed by policy`,
      ]);
    }
  });

  it('lets the stock client believe that other services limit nothing', async () => {
    const api = testApi();
    for (const path of ['/os-quota-sets/p', '/os-quota-sets/p/defaults'])
      expect((await api.call('GET', path)).body).toEqual({ quota_set: { id: 'p' } });
  });

  it('says who asks', async () => {
    const api = testApi();
    expect((await api.call('GET', '/v2.0/quotas/tenant')).body).toEqual({
      tenant: { tenant_id: 'fake_project_id' },
    });
    expect((await api.call('GET', '/v2.0/quotas/project')).body).toEqual({
      project: { project_id: 'fake_project_id' },
    });
  });

  it.each([
    [{ network: -2 }, "Invalid input for network. Reason: '-2' is too small - must be at least '-1'."],
    [
      { network: 2 ** 31 },
      "Invalid input for network. Reason: '2147483648' is too large - must be no larger than '2147483647'.",
    ],
    [{ network: 'x' }, "Invalid input for operation: 'x' is not an integer."],
    [{ network: null }, "Invalid input for operation: 'None' is not an integer."],
    [{ floatingip: 1 }, "Unrecognized attribute(s) 'floatingip'"],
  ])('refuses %j', async (quota, message) => {
    const { status, body } = await put(testApi(), quota);
    expect([status, body.NeutronError.message]).toEqual([400, message]);
  });

  it('refuses a project whose id could not be stored', async () => {
    expect((await put(testApi(), { port: 1 }, 'x'.repeat(256))).status).toBe(400);
  });

  it('tells what is used, and holds a limit to it when asked', async () => {
    const api = testApi();
    for (const name of ['a', 'b', 'c'])
      await api.call('POST', '/v2.0/networks', { network: { name, project_id: 'p' } });
    const { body } = await api.call('GET', '/v2.0/quotas/p/details');
    expect(body.quota.network).toEqual({ limit: 100, used: 3, reserved: 0 });
    // The project's default group came with its first network.
    expect(body.quota.security_group_rule).toEqual({ limit: 100, used: 4, reserved: 0 });
    const low = await put(api, { network: 2, check_limit: true });
    expect([low.status, low.body.NeutronError.message]).toEqual([
      400,
      'Quota limit 2 for network must be greater than or equal to already used 3',
    ]);
    for (const quota of [
      { network: 3, check_limit: true },
      { network: -1, check_limit: true },
      { network: 2 },
    ])
      expect((await put(api, quota)).status).toBe(200);
  });
});

describe('a quota', () => {
  const network = (api: TestApi, project_id = 'p') =>
    api.call('POST', '/v2.0/networks', { network: { project_id } });

  it('is not exceeded, by one request, by a bulk of them, or by a race', async () => {
    const api = testApi();
    await put(api, { network: 3 });
    const bulk = Array.from({ length: 4 }, () => ({ project_id: 'p' }));
    const tooMany = await api.call('POST', '/v2.0/networks', { networks: [{ project_id: 'q' }, ...bulk] });
    expect([tooMany.status, tooMany.body.NeutronError]).toEqual([
      409,
      { type: 'OverQuota', message: over('network'), detail: '' },
    ]);
    expect(api.store.list('networks')).toEqual([]);
    const raced = await Promise.all(bulk.map(() => network(api)));
    expect(raced.map(({ status }) => status)).toEqual([201, 201, 201, 409]);
    expect((await network(api, 'q')).status).toBe(201);
    await api.call('DELETE', `/v2.0/networks/${raced[0]?.body.network.id}`);
    expect((await network(api)).status).toBe(201);
    await put(api, { network: 1 });
    expect((await network(api)).status).toBe(409);
    await put(api, { network: -1 });
    expect((await network(api)).status).toBe(201);
  });

  it('counts each kind of resource', async () => {
    const api = testApi();
    const { body } = await network(api);
    await put(api, { subnet: 0, port: 0, security_group: 1, security_group_rule: 5 });
    const owned = { network_id: body.network.id, project_id: 'p' };
    const refusals = [
      ['subnets', { subnet: { ...owned, ip_version: 4, cidr: '10.0.0.0/24' } }, 'subnet'],
      ['ports', { port: owned }, 'port'],
      ['security-groups', { security_group: { project_id: 'p' } }, 'security_group'],
    ] as const;
    for (const [path, sent, name] of refusals)
      expect((await api.call('POST', `/v2.0/${path}`, sent)).body.NeutronError.message).toBe(over(name));
    const [{ id: security_group_id } = { id: '' }] = api.store.find('securityGroups', 'default', 'p');
    const rule = (protocol: string) =>
      api.call('POST', '/v2.0/security-group-rules', {
        security_group_rule: { security_group_id, project_id: 'p', direction: 'ingress', protocol },
      });
    expect((await rule('tcp')).status).toBe(201);
    expect((await rule('udp')).body.NeutronError.message).toBe(over('security_group_rule'));
  });

  it('of rules holds for those that a group comes with; the default group itself is not counted', async () => {
    const api = testApi();
    await put(api, { security_group: 0 });
    const listed = await api.call('GET', '/v2.0/security-groups?project_id=p');
    expect(listed.body.security_groups).toHaveLength(1);
    await put(api, { security_group_rule: 3 }, 'q');
    const refused = await network(api, 'q');
    expect(refused.body.NeutronError.message).toBe(over('security_group_rule'));
    expect(api.store.find('networks', 'project', 'q')).toEqual([]);
  });
});
