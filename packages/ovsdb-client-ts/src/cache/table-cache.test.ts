import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connect, type Json, openVSwitch, type RowChange, type Session, TableCache } from '../index.ts';
import { startOvsdbServer, type TestServer } from '../testing/ovsdb-server.ts';

const schema = new URL('../../schema/vswitch.ovsschema', import.meta.url);
let server: TestServer;
let session: Session;

beforeEach(async () => {
  server = await startOvsdbServer({ schema });
  session = await connect(server.target);
});

afterEach(async () => {
  session.close();
  await server.stop();
});

const newCache = () =>
  new TableCache(openVSwitch, {
    Bridge: ['name', 'ports', 'fail_mode', 'external_ids'],
    Port: ['name', 'tag', 'trunks', 'interfaces'],
    Interface: ['name', 'options'],
  });

type Cache = ReturnType<typeof newCache>;

/** Resolves once the cache has what `test` looks for. */
function until(cache: Cache, test: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const check = (): void => {
      if (!test()) return;
      end();
      resolve();
    };
    const end = cache.onChange(check);
    check();
  });
}

const bridges = (cache: Cache): readonly string[] =>
  [...cache.table('Bridge').values()].map((row) => row.name).sort();
const port = (cache: Cache, name: string) =>
  [...cache.table('Port').values()].find((row) => row.name === name);

/** What a fresh full dump says: the oracle for everything that arrived as differences. */
async function expectSameAsDump(cache: Cache): Promise<void> {
  const fresh = newCache();
  const other = await connect(server.target);
  await other.replicate(fresh);
  other.close();
  for (const table of ['Bridge', 'Port', 'Interface'] as const) {
    const plain = (from: Cache): Json => JSON.parse(JSON.stringify(sortable(from.table(table))));
    expect(plain(cache)).toEqual(plain(fresh));
  }
}

function sortable(rows: ReadonlyMap<string, object>): unknown {
  return [...rows]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, row]) =>
      Object.entries(row)
        .sort()
        .map(([name, value]) => [
          name,
          value instanceof Map || Array.isArray(value) ? [...value].sort() : value,
        ]),
    );
}

describe('TableCache', () => {
  it.each(['monitor', 'monitor_cond', 'monitor_cond_since'] as const)('follows %s', async (method) => {
    const cache = newCache();
    await session.monitor(
      method,
      'Open_vSwitch',
      cache.requests(method),
      (update, params) => cache.update(update, params),
      method === 'monitor_cond_since' ? [cache.lastTransaction] : [],
      { onReply: (reply) => reply.ok && cache.begin(method, reply.result) },
    );
    const batches: (readonly RowChange[])[] = [];
    cache.onChange((changes) => batches.push(changes));
    await server.vsctl('add-br', 'br0', '--', 'set', 'port', 'br0', 'tag=5', 'trunks=1,2,3');
    await until(cache, () => port(cache, 'br0')?.tag === 5);
    expect(batches).toHaveLength(1);
    expect(batches[0]?.map(({ table, before }) => [table, before]).sort()).toEqual([
      ['Bridge', undefined],
      ['Interface', undefined],
      ['Port', undefined],
    ]);
    await server.vsctl('set', 'bridge', 'br0', 'external_ids:a=1', 'external_ids:b=2', 'fail_mode=secure');
    await server.vsctl(
      'set',
      'bridge',
      'br0',
      'external_ids:a=3',
      '--',
      'remove',
      'bridge',
      'br0',
      'external_ids',
      'b',
    );
    await server.vsctl('clear', 'bridge', 'br0', 'fail_mode', '--', 'set', 'port', 'br0', 'trunks=2,3,4');
    await server.vsctl('add-port', 'br0', 'p1', '--', 'set', 'interface', 'p1', 'options:x=y');
    await server.vsctl('clear', 'port', 'br0', 'tag');
    await until(cache, () => port(cache, 'br0')?.tag === null);
    await expectSameAsDump(cache);
    await server.vsctl('del-br', 'br0');
    await until(cache, () => bridges(cache).length === 0);
    await expectSameAsDump(cache);
  });

  it('shows only the differences after a reconnect', async () => {
    const cache = newCache();
    await session.replicate(cache);
    await server.vsctl('add-br', 'kept', '--', 'add-br', 'gone');
    await until(cache, () => bridges(cache).length === 2);
    session.close();
    await server.vsctl('del-br', 'gone', '--', 'add-br', 'new');
    const seen: string[] = [];
    cache.onChange((changes) => {
      for (const { table, before, after } of changes) {
        if (table === 'Bridge') seen.push(`${before?.name} -> ${after?.name}`);
      }
    });
    session = await connect(server.target);
    await session.replicate(cache);
    expect(bridges(cache)).toEqual(['kept', 'new']);
    expect(seen.sort()).toEqual(['gone -> undefined', 'undefined -> new']);
    await expectSameAsDump(cache);
  });

  it('sees only the rows its conditions accept, and none after cancelling', async () => {
    const cache = new TableCache(
      openVSwitch,
      { Bridge: ['name'] },
      { where: { Bridge: [['name', '==', 'b']] } },
    );
    const reply = await session.replicate(cache);
    if (!reply.ok) throw new Error(reply.error.error);
    const added = new Promise((resolve) => cache.onChange(resolve));
    await server.vsctl('add-br', 'a', '--', 'add-br', 'b');
    await added;
    expect([...cache.table('Bridge').values()].map((row) => row.name)).toEqual(['b']);
    const both = new Promise((resolve) => cache.onChange(resolve));
    const everything = { Bridge: [{ where: [true] }] };
    expect((await session.changeMonitor(reply.result.id, everything)).ok).toBe(true);
    await both;
    expect([...cache.table('Bridge').values()].map((row) => row.name).sort()).toEqual(['a', 'b']);
    expect((await session.cancelMonitor(reply.result.id)).ok).toBe(true);
    await server.vsctl('del-br', 'b');
    await session.echo();
    expect(cache.table('Bridge').size).toBe(2);
  });

  it('refuses a selection that the schema does not have', () => {
    expect(() => new TableCache(openVSwitch, { Bridge: ['colour' as 'name'] })).toThrow(
      expect.objectContaining({ code: 'OVSDB_SCHEMA' }),
    );
  });

  it('types rows by their selection', () => {
    const cache = new TableCache(openVSwitch, { Bridge: ['name'] });
    const row = [...cache.table('Bridge').values()][0];
    // @ts-expect-error a column that was not selected
    expect(row?.ports).toBeUndefined();
    // @ts-expect-error a table that was not selected
    expect(() => cache.table('Port')).toThrow(expect.objectContaining({ code: 'OVSDB_SCHEMA' }));
  });
});
