import { describe, expect, it } from 'vitest';
import { testApi } from './api-fixture.ts';

const NOWHERE = '00000000-0000-4000-8000-000000000000';

async function tagged() {
  const api = testApi();
  const { body } = await api.call('POST', '/v2.0/networks', { network: { name: 'n' } });
  const path = `/v2.0/networks/${body.network.id}`;
  const network = async () => (await api.call('GET', path)).body.network;
  return { api, path, tags: `${path}/tags`, network };
}

describe('tags', () => {
  it('are set, added and taken away, sorted and once each', async () => {
    const { api, tags, network } = await tagged();
    const set = await api.call('PUT', tags, { tags: ['b', 'a'] });
    expect([set.status, set.body]).toEqual([200, { tags: ['b', 'a'] }]);
    expect((await network()).tags).toEqual(['a', 'b']);
    const added = await api.call('PUT', `${tags}/a%2Fz%20%C3%A9`);
    expect([added.status, added.body]).toEqual([201, null]);
    expect((await api.call('PUT', `${tags}/a`)).status).toBe(201);
    expect((await api.call('GET', tags)).body).toEqual({ tags: ['a', 'a/z é', 'b'] });
    expect((await api.call('GET', `${tags}/a%2Fz%20%C3%A9`)).status).toBe(204);
    const removed = await api.call('DELETE', `${tags}/b`);
    expect([removed.status, removed.body]).toEqual([204, undefined]);
    expect((await network()).tags).toEqual(['a', 'a/z é']);
    expect((await api.call('DELETE', tags)).status).toBe(204);
    expect((await network()).tags).toEqual([]);
  });

  it('count as changes of what has them, but only where they are', async () => {
    const { api, tags, network } = await tagged();
    const before = (await network()).revision_number;
    await api.call('PUT', tags, { tags: ['a'] });
    expect((await network()).revision_number).toBe(before + 1);
    const revision = api.store.revision;
    await api.call('PUT', tags, { tags: ['a'] });
    await api.call('PUT', `${tags}/a`);
    expect(api.store.revision).toBe(revision);
  });

  it('select what a list shows', async () => {
    const { api, tags } = await tagged();
    await api.call('PUT', tags, { tags: ['red', 'blue'] });
    const count = async (query: string) =>
      (await api.call('GET', `/v2.0/networks?${query}`)).body.networks.length;
    expect(await count('tags=red,blue')).toBe(1);
    expect(await count('tags=red,green')).toBe(0);
    expect(await count('tags-any=red,green')).toBe(1);
    expect(await count('not-tags-any=red')).toBe(0);
  });

  it.each(['subnets', 'ports', 'trunks'])('are those of %s, too', async (plural) => {
    const { api, path } = await tagged();
    const network_id = path.split('/').at(-1);
    const subnet = { network_id, ip_version: 4, cidr: '10.0.0.0/24' };
    const port = await api.call('POST', '/v2.0/ports', { port: { network_id } });
    const bodies: Record<string, object> = {
      subnets: { subnet },
      ports: { port: { network_id } },
      trunks: { trunk: { port_id: port.body.port.id } },
    };
    const { body } = await api.call('POST', `/v2.0/${plural}`, bodies[plural]);
    const { id } = body[plural.slice(0, -1)];
    await api.call('PUT', `/v2.0/${plural}/${id}/tags`, { tags: ['t'] });
    const shown = await api.call('GET', `/v2.0/${plural}/${id}`);
    expect(shown.body[plural.slice(0, -1)].tags).toEqual(['t']);
  });

  it.each([
    [{}, 'Invalid input for operation: Invalid tags body.'],
    [{ tags: 'a' }, "Invalid input for operation: 'a' is not a list."],
    [{ tags: ['a', 'b', 'a'] }, "Invalid input for operation: Duplicate items in the list: 'a'."],
    [{ tags: [7] }, "Invalid input for operation: '7' is not a valid string."],
    [{ tags: [['a']] }, "Invalid input for operation: '['a']' is not a valid string."],
    [
      { tags: Array.from({ length: 51 }, (_, n) => `t${n}`) },
      'Bad networks request: The number of tags exceed the per-resource limit of 50.',
    ],
    [[], 'Body contains invalid data'],
  ])('are not %j', async (body, message) => {
    const { api, tags } = await tagged();
    const reply = await api.call('PUT', tags, body);
    expect([reply.status, reply.body.NeutronError.message]).toEqual([400, message]);
  });

  it('have 255 characters at most, and 50 of a resource', async () => {
    const { api, tags } = await tagged();
    expect((await api.call('PUT', `${tags}/${'x'.repeat(255)}`)).status).toBe(201);
    for (const method of ['GET', 'PUT', 'DELETE'])
      expect((await api.call(method, `${tags}/${'x'.repeat(256)}`)).status).toBe(400);
    const most = Array.from({ length: 49 }, (_, n) => `t${n}`);
    await api.call('PUT', tags, { tags: most });
    const replies = await Promise.all(['x', 'y', 'z'].map((tag) => api.call('PUT', `${tags}/${tag}`)));
    expect(replies.map(({ status }) => status).sort()).toEqual([201, 400, 400]);
  });

  it.each([
    ['GET', '/tags/x', 'TagNotFound', 'Tag x could not be found.'],
    ['DELETE', '/tags/x', 'TagNotFound', 'Tag x could not be found.'],
  ])('that are not there: %s %s', async (method, rest, type, message) => {
    const { api, path } = await tagged();
    const reply = await api.call(method, path + rest);
    expect([reply.status, reply.body.NeutronError]).toEqual([404, { type, message, detail: '' }]);
  });

  it.each(['GET', 'PUT', 'DELETE'])('of nothing are not found: %s', async (method) => {
    const { api } = await tagged();
    for (const rest of ['', '/x']) {
      const sent = method === 'PUT' && rest === '' ? { tags: [] } : undefined;
      const reply = await api.call(method, `/v2.0/networks/${NOWHERE}/tags${rest}`, sent);
      expect([reply.status, reply.body.NeutronError.message]).toEqual([
        404,
        `Resource networks ${NOWHERE} could not be found.`,
      ]);
    }
  });
});
