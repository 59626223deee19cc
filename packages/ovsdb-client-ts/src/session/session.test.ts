import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, decodeRows, Operations, openVSwitch, type Session, tableOf } from '../index.ts';
import { startOvsdbServer, type TestServer } from '../testing/ovsdb-server.ts';

const schema = new URL('../../schema/vswitch.ovsschema', import.meta.url);
const db = new Operations(openVSwitch);
let server: TestServer;
let session: Session;

beforeAll(async () => {
  server = await startOvsdbServer({ schema });
  session = await connect(server.target);
});

afterAll(async () => {
  session.close();
  await server.stop();
});

describe('Session', () => {
  it('lists databases and reads a schema', async () => {
    expect(await session.listDatabases()).toMatchObject({
      ok: true,
      result: expect.arrayContaining(['Open_vSwitch']),
    });
    const reply = await session.getSchema('Open_vSwitch');
    expect(reply).toEqual({ ok: true, result: openVSwitch });
    expect(await session.getSchema('nowhere')).toMatchObject({ ok: false });
  });

  it('performs every operation, as ovs-vsctl sees it', async () => {
    const reply = await session.transact(openVSwitch, [
      db.insert('Interface', { name: 'br0', type: 'internal', options: new Map([['key', 'flow']]) }, 'iface'),
      db.insert('Port', { name: 'br0', interfaces: ['iface'], trunks: [1, 2], tag: 9 }, 'port'),
      db.insert('Bridge', { name: 'br0', ports: ['port'], fail_mode: 'secure' }, 'bridge'),
      db.mutate('Open_vSwitch', [], [['bridges', 'insert', ['bridge']]]),
      db.update('Port', [['name', '==', 'br0']], { tag: null }),
      db.mutate('Port', [['trunks', 'includes', [1]]], [['trunks', 'delete', [1]]]),
      db.mutate('Interface', [['name', '==', 'br0']], [['options', 'insert', new Map([['a', 'b']])]]),
      db.mutate(
        'Interface',
        [['options', 'includes', new Map([['a', 'b']])]],
        [['options', 'delete', ['key']]],
      ),
      db.mutate('Open_vSwitch', [], [['next_cfg', '+=', 5]]),
      db.wait('Bridge', [['name', '==', 'br0']], '==', [{ name: 'br0' }], { columns: ['name'], timeout: 0 }),
      db.select('Port', [['tag', '==', null]], ['name', 'trunks', '_uuid']),
      db.comment('from a test'),
      db.commit(true),
    ]);
    if (!reply.ok) throw new Error(JSON.stringify(reply));
    expect(decodeRows(tableOf(openVSwitch, 'Port'), reply.results[10])).toEqual([
      { name: 'br0', trunks: [2], _uuid: expect.any(String) },
    ]);
    expect(await server.vsctl('get', 'Port', 'br0', 'trunks', 'tag')).toBe('[2]\n[]');
    expect(await server.vsctl('get', 'Interface', 'br0', 'options')).toBe('{a=b}');
    expect(await server.vsctl('get', 'Open_vSwitch', '.', 'next_cfg')).toBe('5');
    expect(await server.vsctl('get-fail-mode', 'br0')).toBe('secure');
    expect(
      await session.transact(openVSwitch, [db.mutate('Open_vSwitch', [], [['bridges', 'delete', []]])]),
    ).toEqual({
      ok: true,
      results: [{ count: 1 }],
    });
    const removal = [
      db.update('Open_vSwitch', [], { bridges: [] }),
      db.delete('Bridge', [['name', '==', 'br0']]),
    ];
    expect(await session.transact(openVSwitch, removal)).toMatchObject({ ok: true });
    expect(await server.vsctl('list-br')).toBe('');
  });

  it('answers refusals as values that say which operation failed', async () => {
    const timedOut = db.wait('Bridge', [], '!=', [], { columns: ['name'], timeout: 0 });
    expect(await session.transact(openVSwitch, [db.comment('x'), timedOut])).toMatchObject({
      ok: false,
      operation: 1,
      error: { name: 'timedOut' },
    });
    expect(await session.transact(openVSwitch, [db.abort()])).toMatchObject({ error: { name: 'aborted' } });
    const orphan = db.mutate(
      'Open_vSwitch',
      [],
      [['bridges', 'insert', ['11111111-1111-4111-8111-111111111111']]],
    );
    expect(await session.transact(openVSwitch, [orphan])).toMatchObject({
      ok: false,
      operation: 1,
      error: { name: 'referentialIntegrityViolation' },
    });
    expect(await session.transact('nowhere', [])).toMatchObject({
      operation: -1,
      error: { name: 'unknownDatabase' },
    });
  });

  it('cancels a transaction that waits', async () => {
    const abort = new AbortController();
    const waiting = session.transact(
      openVSwitch,
      [db.wait('Bridge', [['name', '==', 'never']], '==', [{ name: 'never' }], { columns: ['name'] })],
      { signal: abort.signal },
    );
    abort.abort();
    expect(await waiting).toMatchObject({ ok: false, error: { name: 'canceled' } });
  });

  it('gives up on a reply that does not come', async () => {
    const waiting = session.transact(
      openVSwitch,
      [db.wait('Bridge', [['name', '==', 'never']], '==', [{ name: 'never' }], { columns: ['name'] })],
      { timeout: 20 },
    );
    await expect(waiting).rejects.toMatchObject({ code: 'OVSDB_TIMEOUT' });
    expect(await session.echo(['still', 'here'])).toEqual({ ok: true, result: ['still', 'here'] });
  });

  it('locks, queues, steals and asserts', async () => {
    const other = await connect(server.target);
    const events: string[] = [];
    const granted = new Promise<void>((resolve) => {
      other.onLock(({ lock, state }) => {
        events.push(`${lock} ${state}`);
        resolve();
      });
    });
    expect(await session.lock('l')).toEqual({ ok: true, result: true });
    expect(await other.lock('l')).toEqual({ ok: true, result: false });
    expect(await other.transact(openVSwitch, [db.assert('l')])).toMatchObject({
      error: { name: 'notOwner' },
    });
    await session.unlock('l');
    await granted;
    expect(events).toEqual(['l locked']);
    const stolen = new Promise((resolve) => other.onLock(resolve));
    expect(await session.steal('l')).toEqual({ ok: true, result: true });
    expect(await stolen).toEqual({ lock: 'l', state: 'stolen' });
    other.close();
    await expect(other.echo()).rejects.toMatchObject({ code: 'OVSDB_CLOSED' });
  });
});
