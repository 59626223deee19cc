import { describe, expect, it } from 'vitest';
import { openMemoryStore } from '#controller/store/memory-store';
import type { Store } from '#controller/store/store';
import { GOLDEN_SETTINGS, type TestApi, testApi } from '../api-fixture.ts';
import type { Caller } from '../caller.ts';
import { shownOf } from '../resource/shown.ts';
import { networkResource } from '../resources/network.ts';
import { portResource } from '../resources/port.ts';
import { Onlooker } from './changes.ts';
import type { Cursor } from './cursor.ts';
import { Journal } from './journal.ts';
import { eventStream } from './stream.ts';

const ADMIN: Caller = { projectId: 'ops', role: 'admin' };
const member = (projectId: string): Caller => ({ projectId, role: 'member' });
const shown = [shownOf(networkResource, GOLDEN_SETTINGS), shownOf(portResource, GOLDEN_SETTINGS)];

interface Event {
  readonly event: string;
  readonly id: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: a test states what it expects of an event.
  readonly data: any;
}

function parseEvents(text: string): readonly Event[] {
  return text
    .split('\n\n')
    .filter(Boolean)
    .map((block) => {
      const fields = new Map(block.split('\n').map((line) => line.split(/: (.*)/, 2) as [string, string]));
      return {
        event: fields.get('event') ?? '',
        id: fields.get('id'),
        data: JSON.parse(fields.get('data') ?? 'null'),
      };
    });
}

/** A reader of the stream of one store. */
class Reader {
  readonly #events: AsyncGenerator<string>;
  readonly #gone = new AbortController();
  #ready: Event[] = [];
  isWelcome = true;

  constructor(store: Store, journal: Journal, caller: Caller, start?: Cursor, heartbeat = 600_000) {
    const onlooker = new Onlooker(shown, store, caller);
    this.#events = eventStream(
      start,
      { store, journal, onlooker, heartbeat, isWelcome: () => this.isWelcome },
      this.#gone.signal,
    );
  }

  /** The next `count` events. */
  async take(count: number): Promise<readonly Event[]> {
    while (this.#ready.length < count) {
      const { value, done } = await this.#events.next();
      if (done) break;
      this.#ready.push(...parseEvents(value));
    }
    return this.#ready.splice(0, count);
  }

  async leave(): Promise<boolean | undefined> {
    this.#gone.abort();
    return (await this.#events.next()).done;
  }
}

function fixture() {
  const store = openMemoryStore();
  const api = testApi(GOLDEN_SETTINGS, store);
  return { store, api, journal: new Journal(store) };
}

async function network(api: TestApi, attributes: object = {}): Promise<string> {
  const { body } = await api.call('POST', '/v2.0/networks', { network: attributes });
  return body.network.id;
}

describe('a stream of events', () => {
  it('tells of changes in the words of the API, until who listens is gone', async () => {
    const { store, api, journal } = fixture();
    const reader = new Reader(store, journal, ADMIN);
    const [ready] = await reader.take(1);
    expect(ready).toEqual({
      event: 'ready',
      id: `${store.history}/0`,
      data: { history: store.history, revision: 0 },
    });
    const id = await network(api, { name: 'a' });
    const { body } = await api.call('GET', `/v2.0/networks/${id}`);
    const [made] = await reader.take(1);
    expect(made).toEqual({
      event: 'change',
      id: `${store.history}/${store.revision}`,
      data: { revision: store.revision, kind: 'network', id, op: 'put', object: body.network },
    });
    await api.call('DELETE', `/v2.0/networks/${id}`);
    const [gone] = await reader.take(1);
    expect(gone?.data).toEqual({ revision: store.revision, kind: 'network', id, op: 'delete', object: null });
    expect(await reader.leave()).toBe(true);
  });

  it('goes on where somebody was cut off, and gives a commit whole', async () => {
    const { store, api, journal } = fixture();
    const networks = ['a', 'b', 'c'].map((name) => ({ name }));
    await api.call('POST', '/v2.0/networks', { networks });
    const { revision } = store;
    await network(api, { name: 'd' });
    const all = await new Reader(store, journal, ADMIN, { history: undefined, revision: 0 }).take(5);
    expect(all.map(({ id, data }) => [data.object?.name, id?.split('/')[1]])).toEqual([
      [undefined, '0'],
      ['a', undefined],
      ['b', undefined],
      ['c', String(revision)],
      ['d', String(revision + 1)],
    ]);
    const rest = await new Reader(store, journal, ADMIN, { history: store.history, revision }).take(2);
    expect(rest.map(({ event, data }) => [event, data.object?.name])).toEqual([
      ['ready', undefined],
      ['change', 'd'],
    ]);
  });

  it('says when what changed is not known any more', async () => {
    const store = openMemoryStore({ log: { changes: 2 } });
    const api = testApi(GOLDEN_SETTINGS, store);
    for (const name of ['a', 'b', 'c', 'd']) await network(api, { name });
    const journal = new Journal(store);
    const position = { history: store.history, revision: store.revision };
    for (const start of [
      { history: undefined, revision: 0 },
      { history: 'another', revision: store.revision },
      { history: undefined, revision: store.revision + 7 },
    ]) {
      const reader = new Reader(store, journal, ADMIN, start);
      const events = await reader.take(start.history === 'another' ? 1 : 2);
      expect(events.at(-1)).toMatchObject({ event: 'reset', data: position });
      await reader.leave();
    }
  });

  it('ends when who listens may do so no longer', async () => {
    const { store, api, journal } = fixture();
    const reader = new Reader(store, journal, ADMIN);
    await reader.take(1);
    await network(api);
    await reader.take(1);
    reader.isWelcome = false;
    await network(api);
    expect(await reader.take(1)).toEqual([]);
  });

  it('sends heartbeats that move the position on', async () => {
    const { store, journal } = fixture();
    const reader = new Reader(store, journal, member('red'), undefined, 1);
    const [, beat] = await reader.take(2);
    expect(beat).toMatchObject({ event: 'heartbeat', id: `${store.history}/0` });
  });
});

describe('projects', () => {
  const red = { 'x-user-id': 'u', 'x-project-id': 'red', 'x-roles': 'member' };

  it('hear of what they see, and of it alone', async () => {
    const { store, api, journal } = fixture();
    const [ofRed, ofBlue] = [member('red'), member('blue')].map(
      (caller) => new Reader(store, journal, caller, { history: undefined, revision: 0 }),
    );
    const made = await api.call('POST', '/v2.0/networks', { network: { name: 'own' } }, red);
    const { id } = made.body.network;
    const put = (attributes: object) => api.call('PUT', `/v2.0/networks/${id}`, { network: attributes });
    await put({ shared: true });
    await put({ shared: false });
    await put({ name: 'x' });
    await api.call('DELETE', `/v2.0/networks/${id}`);
    const ops = async (reader: Reader | undefined, count: number) =>
      (await reader?.take(count))?.slice(1).map(({ data }) => `${data.op} ${data.object?.name}`);
    expect(await ops(ofRed, 6)).toEqual(['put own', 'put own', 'put own', 'put x', 'delete undefined']);
    // Unshared is gone for others; what it is called later, and its end, are not theirs to know.
    expect(await ops(ofBlue, 3)).toEqual(['put own', 'delete undefined']);
    await api.call('POST', '/v2.0/networks', { network: { name: 'other', shared: true } });
    expect((await ofBlue?.take(1))?.[0]?.data.object).toMatchObject({ name: 'other' });
  });

  it('are shown no attributes of admins', async () => {
    const { store, api, journal } = fixture();
    const reader = new Reader(store, journal, member('red'));
    await reader.take(1);
    await api.call('POST', '/v2.0/networks', { network: {} }, red);
    const [made] = await reader.take(1);
    expect(made?.data.object).not.toHaveProperty('provider:network_type');
  });

  it('list anew when nobody remembers whose a deleted object was', async () => {
    const { store, api } = fixture();
    await api.call('DELETE', `/v2.0/networks/${await network(api)}`);
    // As after a restart: the log has the deletion, and not what was deleted.
    const journal = new Journal(store);
    const start = { history: undefined, revision: 0 };
    const events = await new Reader(store, journal, member('red'), start).take(2);
    expect(events[1]).toMatchObject({ event: 'reset', data: { revision: store.revision } });
    const all = await new Reader(store, journal, ADMIN, start).take(3);
    expect(all.map(({ data }) => data.op)).toEqual([undefined, 'put', 'delete']);
  });
});
