import { afterEach, describe, expect, it } from 'vitest';
import { openMemoryStore } from '#controller/store/memory-store';
import { GOLDEN_SETTINGS, type TestApi, testApi } from '../api-fixture.ts';

const red = { 'x-user-id': 'u', 'x-project-id': 'red', 'x-roles': 'member' };

async function port(api: TestApi, headers = {}): Promise<string> {
  const made = await api.call('POST', '/v2.0/networks', { network: {} }, headers);
  const { body } = await api.call(
    'POST',
    '/v2.0/ports',
    { port: { network_id: made.body.network.id } },
    headers,
  );
  return body.port.id;
}

async function setStatus({ store }: TestApi, id: string, status: 'ACTIVE' | 'DOWN'): Promise<void> {
  await store.transact((tx) => {
    const record = tx.get('ports', id);
    if (record !== undefined) tx.put('ports', id, { ...record, status });
  });
}

describe('GET /v1/status', () => {
  it('gives all statuses, then those that changed', async () => {
    const api = testApi();
    const id = await port(api);
    const first = await api.call('GET', '/v1/status');
    expect(first.body).toEqual({
      epoch: api.store.history,
      cursor: api.store.revision,
      statuses: [{ kind: 'port', id, status: 'DOWN' }],
    });
    const poll = (query = '') => api.call('GET', `/v1/status?since=${first.body.cursor}${query}`);
    expect((await poll()).body.statuses).toEqual([]);
    await api.call('PUT', `/v2.0/ports/${id}`, { port: { name: 'x' } });
    expect((await poll()).body.statuses).toEqual([]);
    await setStatus(api, id, 'ACTIVE');
    expect((await poll()).body).toMatchObject({
      cursor: api.store.revision,
      statuses: [{ kind: 'port', id, status: 'ACTIVE' }],
    });
    await api.call('DELETE', `/v2.0/ports/${id}`);
    expect((await poll()).body.statuses).toEqual([]);
  });

  it('waits for the first change', async () => {
    const api = testApi();
    const id = await port(api);
    const waiting = api.call('GET', `/v1/status?since=${api.store.revision}&wait=60`);
    await api.call('PUT', `/v2.0/ports/${id}`, { port: { name: 'x' } });
    await setStatus(api, id, 'ACTIVE');
    expect((await waiting).body.statuses).toEqual([{ kind: 'port', id, status: 'ACTIVE' }]);
  });

  it('waits through changes that it does not tell', async () => {
    const api = testApi();
    const id = await port(api, red);
    const waiting = api.call('GET', `/v1/status?since=${api.store.revision}&wait=60`, undefined, red);
    for (let made = 0; made < 3; made++) await port(api);
    await setStatus(api, id, 'ACTIVE');
    expect((await waiting).body.statuses).toEqual([{ kind: 'port', id, status: 'ACTIVE' }]);
  });

  it('gives all again to who comes from another history, or too late', async () => {
    const store = openMemoryStore({ log: { changes: 1 } });
    const api = testApi(GOLDEN_SETTINGS, store);
    const id = await port(api);
    await setStatus(api, id, 'ACTIVE');
    for (const query of ['since=0', `since=${store.revision + 1}`, `since=${store.revision}&epoch=other`]) {
      const { body } = await api.call('GET', `/v1/status?${query}&wait=60`);
      expect(body.statuses).toEqual([{ kind: 'port', id, status: 'ACTIVE' }]);
    }
  });

  it('tells projects of their own', async () => {
    const api = testApi();
    const ofRed = await port(api, red);
    await port(api);
    const { body } = await api.call('GET', '/v1/status', undefined, red);
    expect(body.statuses.map(({ id }: { id: string }) => id)).toEqual([ofRed]);
  });

  it.each(['since=x', 'since=-1', 'since=1e3', 'since=a/b', 'wait=61', 'wait=1.5', 'wait='])(
    'refuses %s',
    async (query) => {
      const { status, body } = await testApi().call('GET', `/v1/status?${query}`);
      expect([status, body.NeutronError.type]).toEqual([400, 'HTTPBadRequest']);
    },
  );
});

describe('GET /v1/events', () => {
  const ends: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
  });

  async function listening(api: TestApi): Promise<string> {
    ends.push(() => api.app.close());
    return api.app.listen({ host: '127.0.0.1', port: 0 });
  }

  /** Text of the stream up to and with some words. */
  async function readUntil(response: Response, words: string): Promise<string> {
    const decoder = new TextDecoder();
    let text = '';
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk as Uint8Array, { stream: true });
      if (text.includes(words)) break;
    }
    return text;
  }

  it('streams over HTTP, from Last-Event-ID on', async () => {
    const api = testApi();
    const url = `${await listening(api)}/v1/events`;
    const response = await fetch(url);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    await port(api);
    const text = await readUntil(response, '"kind":"port"');
    expect(text).toMatch(/^event: ready\nid: .*\ndata: .*\n\nevent: change\n/);
    const lastId = /id: (.*)/.exec(text)?.[1] ?? '';
    const again = await fetch(`${url}?since=999999`, { headers: { 'last-event-id': lastId } });
    expect(await readUntil(again, '"kind":"port"')).toContain('"kind":"network"');
  });

  it('ends with the server, and takes as many listeners as it has seats', async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error) => warnings.push(warning);
    process.on('warning', onWarning);
    const api = testApi();
    const url = `${await listening(api)}/v1/events`;
    const streams = await Promise.all(Array.from({ length: 256 }, () => fetch(url)));
    const refused = await fetch(url);
    expect([refused.status, await refused.json()]).toMatchObject([
      429,
      { NeutronError: { type: 'TooManyListeners' } },
    ]);
    await streams[0]?.body?.cancel();
    // The seat is free as soon as the server has heard of it.
    let next = await fetch(url);
    while (next.status === 429) next = await fetch(url);
    expect(next.status).toBe(200);
    await api.app.close();
    expect(await readUntil(next, 'never')).toMatch(/^event: ready\n/);
    process.off('warning', onWarning);
    expect(warnings).toEqual([]);
  });

  it('leaves others their seats, whatever one project takes', async () => {
    const api = testApi();
    const url = `${await listening(api)}/v1/events`;
    const blue = { ...red, 'x-project-id': 'blue' };
    await Promise.all(Array.from({ length: 32 }, () => fetch(url, { headers: red })));
    const status = async (headers: Record<string, string>) => (await fetch(url, { headers })).status;
    expect(await status(red)).toBe(429);
    expect((await api.call('GET', '/v1/status?since=0&wait=1', undefined, red)).status).toBe(429);
    expect([await status(blue), await status({})]).toEqual([200, 200]);
  });

  it.each(['since=x', 'since=1/2/3'])('refuses %s', async (query) => {
    const { status } = await testApi().call('GET', `/v1/events?${query}`);
    expect(status).toBe(400);
  });
});
