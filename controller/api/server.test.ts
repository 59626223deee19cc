import { describe, expect, it } from 'vitest';
import { type TestApi, testApi } from './api-fixture.ts';

const NOWHERE = '00000000-0000-4000-8000-000000000000';

async function network(api: TestApi, attributes: object = {}): Promise<string> {
  const { body } = await api.call('POST', '/v2.0/networks', { network: attributes });
  return body.network.id;
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
      'trunks',
      'security-groups',
      'security-group-rules',
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
    const href = 'http://controller:9696/v2.0/networks?limit=1&page_reverse=True';
    expect(body).toEqual({ networks: [], networks_links: [{ rel: 'previous', href }] });
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
