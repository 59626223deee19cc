import { describe, expect, it } from 'vitest';
import { GOLDEN_SETTINGS, testApi } from '../api-fixture.ts';
import { identifyLocal } from './identify.ts';
import { Tokens } from './tokens.ts';

const [RED, OPS] = ['red-red-red-red-red', 'ops-ops-ops-ops-ops'];
const tokens = new Tokens(`
- { name: red, project: red, role: member, token: ${RED} }
- { name: ops, project: ops, role: admin, token: ${OPS} }
`);
const guarded = (requestsPerMinute = 0) =>
  testApi(GOLDEN_SETTINGS, undefined, { identify: tokens.identify, requestsPerMinute });
const token = (value: string) => ({ 'x-auth-token': value });

describe('a server with tokens', () => {
  it.each([
    ['GET', '/v2.0/networks'],
    ['POST', '/v2.0/networks'],
    ['GET', '/v2.0'],
    ['GET', '/v2.0/extensions'],
    ['GET', '/v1/switches'],
    ['GET', '/v1/switches/hv1/drops'],
    ['DELETE', '/v1/switches/hv1'],
    ['GET', '/v1/backup'],
    ['GET', '/nowhere'],
    ['PATCH', '/v2.0/networks'],
  ])('lets nobody without one %s %s', async (method, path) => {
    const api = guarded();
    for (const headers of [
      {},
      token('wrong'),
      { 'x-user-id': 'u', 'x-project-id': 'p', 'x-roles': 'admin' },
    ]) {
      const reply = await api.call(method, path, method === 'POST' ? '{' : undefined, headers);
      expect([reply.status, reply.body]).toEqual([
        401,
        {
          error: {
            code: 401,
            title: 'Unauthorized',
            message: 'The request you have made requires authentication.',
          },
        },
      ]);
      expect(reply.headers['www-authenticate']).toBe('Keystone uri="http://controller:9696"');
    }
  });

  it('shows everybody the versions, with which clients begin', async () => {
    expect((await guarded().call('GET', '/')).status).toBe(200);
  });

  it('knows projects and roles by token', async () => {
    const api = guarded();
    const made = await api.call('POST', '/v2.0/networks', { network: {} }, token(RED));
    expect([made.status, made.body.network.project_id]).toEqual([201, 'red']);
    const path = `/v2.0/networks/${made.body.network.id}`;
    expect((await api.call('GET', path, undefined, { authorization: `Bearer ${OPS}` })).status).toBe(200);
    // Headers that mean something without Keystone mean nothing here.
    const headers = { ...token(RED), 'x-project-id': 'blue', 'x-user-id': 'u', 'x-roles': 'admin' };
    const other = await api.call('POST', '/v2.0/networks', { network: {} }, headers);
    expect(other.body.network.project_id).toBe('red');
  });

  it.each([
    ['GET', '/v1/switches', 'get_switch'],
    ['GET', '/v1/switches/hv1/drops', 'get_switch'],
    ['DELETE', '/v1/switches/hv1', 'delete_switch'],
    ['GET', '/v1/backup', 'get_backup'],
  ])('keeps %s %s for admins', async (method, path, rule) => {
    const { status, body } = await guarded().call(method, path, undefined, token(RED));
    expect([status, body.NeutronError.message]).toEqual([403, `rule:${rule} is disallowed by policy`]);
  });
});

describe('a server without tokens', () => {
  it.each([
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ])('does not do what a web page sends through a browser: %o', async (headers) => {
    const api = testApi();
    for (const method of ['GET', 'POST'])
      expect((await api.call(method, '/v2.0/networks', { network: {} }, headers)).status).toBe(401);
    expect(api.store.list('networks')).toEqual([]);
  });

  it('is read by a browser itself', async () => {
    for (const site of ['none', 'same-origin'])
      expect(
        (await testApi().call('GET', '/v1/switches', undefined, { 'sec-fetch-site': site })).status,
      ).toBe(200);
  });
});

describe('a server on loopback without tokens', () => {
  const status = async (host: string) => {
    const api = testApi(GOLDEN_SETTINGS, undefined, { identify: identifyLocal, requestsPerMinute: 0 });
    return (await api.call('GET', '/v2.0/networks', undefined, { host })).status;
  };

  it.each([
    'evil.example:9696',
    'evil.example.',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    '127.1:9696',
  ])('is not read by a web page that has %s point here', async (host) =>
    expect(await status(host)).toBe(401),
  );

  it.each([
    '127.0.0.1:9696',
    '127.0.0.1',
    '[::1]:9696',
    'localhost:9696',
    'LocalHost.',
    'a.localhost',
    'controller:9696',
  ])('is read as %s', async (host) => expect(await status(host)).toBe(200));
});

describe('the limit of requests', () => {
  it('holds for each token on its own, and for an address without one', async () => {
    const api = guarded(3);
    const send = (headers: Record<string, string>) => api.call('GET', '/v2.0/networks', undefined, headers);
    for (const headers of [token(RED), token(OPS), token('wrong')]) {
      const statuses = [];
      for (let sent = 0; sent < 4; sent++) statuses.push((await send(headers)).status);
      expect(statuses.slice(0, 3)).not.toContain(429);
      expect(statuses[3]).toBe(429);
    }
    const { body, headers } = await send(token(RED));
    expect(body.NeutronError).toEqual({
      type: 'HTTPTooManyRequests',
      message: expect.stringMatching(/^Too many requests; try again in \d+ seconds\.$/),
      detail: '',
    });
    expect(headers['retry-after']).toMatch(/^\d+$/);
  });
});
