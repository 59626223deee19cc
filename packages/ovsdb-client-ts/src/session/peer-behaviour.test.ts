import { once } from 'node:events';
import { connect as dial, type Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import {
  type Listener,
  listen,
  type OvsdbError,
  openVSwitch,
  type Session,
  type SessionOptions,
  TableCache,
} from '../index.ts';
import { ZERO_UUID } from '../notation/value.ts';

let listener: Listener;
let raw: Socket;

afterEach(async () => {
  raw.destroy();
  await listener.close();
});

/** A session of ours and the raw socket of a peer that we play ourselves. */
async function pair(
  options: Partial<SessionOptions> = {},
): Promise<{ session: Session; lines: () => Promise<string> }> {
  const accepted = new Promise<Session>((resolve) => {
    void listen('ptcp:0:127.0.0.1', resolve, options).then((listening) => {
      listener = listening;
      raw = dial(listening.port, '127.0.0.1');
    });
  });
  const session = await accepted;
  return { session, lines: async () => String((await once(raw, 'data'))[0]) };
}

const closing = (session: Session): Promise<OvsdbError> => new Promise((resolve) => session.onClose(resolve));

it('answers an echo and refuses other requests', async () => {
  const { lines } = await pair();
  raw.write('{"method":"echo","params":["x"],"id":"e"}');
  expect(JSON.parse(await lines())).toEqual({ result: ['x'], error: null, id: 'e' });
  raw.write('{"method":"format_disk","params":[],"id":1}');
  expect(JSON.parse(await lines())).toMatchObject({ error: { error: 'unknown method' }, id: 1 });
});

it('closes when the peer stays silent after a probe', async () => {
  const { session } = await pair({ probeInterval: 5 });
  expect((await closing(session)).code).toBe('OVSDB_TIMEOUT');
});

it('takes no time for silence in which the process itself could not listen', async () => {
  const { session, lines } = await pair({ probeInterval: 50 });
  const { id } = JSON.parse(await lines());
  for (const end = performance.now() + 300; performance.now() < end; );
  raw.write(JSON.stringify({ id, result: [], error: null }));
  // Timers have their turn before what has come.
  expect(JSON.parse(await lines())).toMatchObject({ method: 'echo' });
  expect(session.closedBecause).toBeUndefined();
});

it.each([
  ['OVSDB_JSON', '\x16\x03\x01'],
  ['OVSDB_TOO_DEEP', `{"id":${'['.repeat(100)}`],
  ['OVSDB_PROTOCOL', '{}'],
  ['OVSDB_PROTOCOL', '{"method":7,"params":[],"id":1}'],
  ['OVSDB_PROTOCOL', '{"method":"locked","params":[7],"id":null}'],
])('closes with %s on bad input (%#)', async (code, text) => {
  const { session } = await pair();
  raw.write(text);
  expect((await closing(session)).code).toBe(code);
});

it('cuts off a peer that asks and never reads', async () => {
  const { session } = await pair({ maxSendBytes: 100_000 });
  const echo = JSON.stringify({ method: 'echo', params: ['x'.repeat(50_000)], id: 1 });
  const closed = closing(session);
  raw.pause();
  const flood = (): void => {
    while (raw.write(echo)) if (raw.destroyed) return;
    raw.once('drain', flood);
  };
  raw.on('error', () => raw.destroy());
  flood();
  expect((await closed).code).toBe('OVSDB_BACKLOG');
});

it('refuses more requests than it may keep', async () => {
  const { session } = await pair({ maxPendingRequests: 1 });
  const first = session.echo();
  await expect(session.echo()).rejects.toMatchObject({ code: 'OVSDB_BACKLOG' });
  session.close();
  await expect(first).rejects.toMatchObject({ code: 'OVSDB_CLOSED' });
});

it.each([
  ['OVSDB_CACHE_FULL', { Bridge: Object.fromEntries(uuids(11).map((id) => [id, { insert: {} }])) }],
  ['OVSDB_CACHE_FULL', { Bridge: { [uuids(1)[0] ?? '']: { insert: { name: 'x'.repeat(100_000) } } } }],
  ['OVSDB_SCHEMA', { Port: { [uuids(1)[0] ?? '']: { insert: {} } } }],
  ['OVSDB_SCHEMA', { Bridge: { [uuids(1)[0] ?? '']: { insert: { colour: 1 } } } }],
  ['OVSDB_VALUE', { Bridge: { [uuids(1)[0] ?? '']: { insert: { name: 1 } } } }],
  ['OVSDB_PROTOCOL', { Bridge: { [uuids(1)[0] ?? '']: { modify: { name: 'x' } } } }],
  ['OVSDB_PROTOCOL', { Bridge: { x: { insert: {} } } }],
  ['OVSDB_PROTOCOL', { Bridge: 1 }],
])('closes with %s on a hostile update (%#)', async (code, updates) => {
  const { session, lines } = await pair();
  const cache = new TableCache(openVSwitch, { Bridge: ['name'] }, { maxRows: 10, maxBytes: 50_000 });
  const replicating = session.replicate(cache);
  const { id, params } = JSON.parse(await lines());
  const closed = closing(session);
  raw.write(JSON.stringify({ id, error: null, result: [false, uuids(1)[0] ?? '', {}] }));
  raw.write(JSON.stringify({ id: null, method: 'update3', params: [params[1], uuids(1)[0] ?? '', updates] }));
  expect((await closed).code).toBe(code);
  await replicating;
});

it('continues from the last transaction where the server still knows it', async () => {
  const [a = '', b = '', first = '', second = ''] = uuids(4);
  const cache = new TableCache(openVSwitch, { Bridge: ['name'] });
  const seen: unknown[] = [];
  const dumps = [
    [false, first, { Bridge: { [a]: { initial: { name: 'a' } }, [b]: { initial: { name: 'b' } } } }],
    [true, second, { Bridge: { [a]: { modify: { name: 'A' } } } }],
  ];
  for (const [index, result] of dumps.entries()) {
    const { session, lines } = await pair();
    cache.onChange((changes) => seen.push(...changes.map(({ uuid }) => `${index} ${uuid}`)));
    const replicating = session.replicate(cache);
    const { id, params } = JSON.parse(await lines());
    expect(params[3]).toBe(index === 0 ? ZERO_UUID : first);
    raw.write(JSON.stringify({ id, error: null, result }));
    expect(await replicating).toMatchObject({ ok: true });
    if (index === 0) {
      session.close();
      seen.length = 0;
      await listener.close();
    }
  }
  expect([...cache.table('Bridge').values()].map((row) => row.name)).toEqual(['A', 'b']);
  expect(seen).toEqual([`0 ${a}`, `1 ${a}`]);
  expect(cache.lastTransaction).toBe(second);
});

it('falls back to what an older server knows', async () => {
  const { session, lines } = await pair();
  const cache = new TableCache(openVSwitch, { Bridge: ['name'] });
  const replicating = session.replicate(cache);
  for (const method of ['monitor_cond_since', 'monitor_cond', 'monitor']) {
    const request = JSON.parse(await lines());
    expect(request.method).toBe(method);
    const answer =
      method === 'monitor'
        ? { error: null, result: { Bridge: { [uuids(1)[0] ?? '']: { new: { name: 'old' } } } } }
        : { error: method === 'monitor_cond' ? 'unknown method' : { error: 'unknown method' }, result: null };
    raw.write(JSON.stringify({ id: request.id, ...answer }));
  }
  expect(await replicating).toMatchObject({ ok: true });
  expect([...cache.table('Bridge').values()].map((row) => row.name)).toEqual(['old']);
});

it('rejects a dump that is not one', async () => {
  const { session, lines } = await pair();
  const replicating = session.replicate(new TableCache(openVSwitch, { Bridge: ['name'] }));
  const { id } = JSON.parse(await lines());
  raw.write(JSON.stringify({ id, error: null, result: 'nonsense' }));
  await expect(replicating).rejects.toMatchObject({ code: 'OVSDB_PROTOCOL' });
  expect(session.closedBecause?.code).toBe('OVSDB_PROTOCOL');
});

function uuids(count: number): readonly string[] {
  return Array.from(
    { length: count },
    (_, index) => `${String(index).padStart(8, '0')}-0000-4000-8000-000000000000`,
  );
}
