import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { connect, Operations, openVSwitch, type Row, TableCache } from 'ovsdb-client-ts';
import { describe, expect, it } from 'vitest';
import { eachWithInventory, hv, plug, until } from '#controller/inventory/inventory-fixture';
import { FakeHypervisor } from './fake-hypervisor.ts';
import { FaultPlan } from './faults.ts';
import { perform } from './operations.ts';

const inventory = eachWithInventory();

/** What a cache of the inventory's kind sees of a database, with names in place of uuids. */
const WATCHED = {
  Bridge: ['name', 'fail_mode', 'protocols', 'other_config', 'datapath_type'],
  Controller: ['target', 'max_backoff', 'connection_mode'],
  Port: ['name', 'external_ids'],
  Interface: ['name', 'type', 'ofport', 'options', 'external_ids'],
  Manager: ['max_backoff'],
} as const;

describe('a fake hypervisor’s database, beside a real ovsdb-server', () => {
  it('is brought to the same rows by the same controller, and takes in and loses the same ports', async () => {
    const real = await inventory().hypervisor(hv(1));
    await until(() => inventory().repaired('port tf-vxlan'));
    const fake = new FakeHypervisor({ number: 1, faults: new FaultPlan(1), onConfirmed: () => undefined });
    fake.managed.attach(`127.0.0.1:${inventory().port}`);
    try {
      await until(() => inventory().repaired('port tf-vxlan', 2));
      fake.managed.plug([{ name: 'tap1', portId: 'port-1' }]);
      fake.managed.plug([{ name: 'tap2', portId: 'port-2' }]);
      fake.managed.unplug(['tap2']);
      const iface = ['set', 'interface', 'tap1', 'external_ids:iface-id=port-1'];
      await real.vsctl('add-port', 'br-int', 'tap1', '--', ...iface, '--', 'add-port', 'br-int', 'tap2');
      await real.vsctl('del-port', 'br-int', 'tap2');
      // What no ovs-vswitchd does for the real one.
      await plug(real, 'br-int', 65_534);
      await plug(real, 'tf-vxlan', 65_001);
      await plug(real, 'tap1', 1);
      await until(() => inventory().vifs('fake1').length === 1 && inventory().vifs('hv1').length === 1);

      const session = await connect(real.target);
      const cache = new TableCache(openVSwitch, WATCHED);
      await session.replicate(cache);
      const expected = rowsOf((table) => cache.table(table).values());
      session.close();
      const actual = rowsOf((table) => fake.managed.database.rows(table).values());
      // Its tunnel's end and its datapath id are its own.
      const own = JSON.stringify(expected).replaceAll('192.0.2.1', '10.0.0.1');
      expect(JSON.parse(JSON.stringify(actual))).toEqual(JSON.parse(own));
    } finally {
      fake.stop();
    }
  });

  it('refuses what breaks the schema, all of a transaction', () => {
    const fake = new FakeHypervisor({ number: 1, faults: new FaultPlan(1), onConfirmed: () => undefined });
    const { database } = fake.managed;
    const dangling = { ports: ['11111111-1111-4111-8111-111111111111'] };
    expect(() =>
      database.transact((draft) => {
        const bridge = draft.insert('Bridge', { name: 'b', ...dangling });
        const [root] = draft.find('Open_vSwitch');
        draft.update('Open_vSwitch', root?.uuid ?? '', { bridges: [bridge] });
      }),
    ).toThrow('no Port');
    expect(database.rows('Bridge').size).toBe(0);
    expect([...database.rows('Open_vSwitch').values()][0]?.bridges).toEqual([]);
  });

  it('tells what holds from what does not, as a server does', async () => {
    const real = await inventory().server();
    const fake = new FakeHypervisor({ number: 1, faults: new FaultPlan(1), onConfirmed: () => undefined });
    await real.vsctl('set', 'Open_vSwitch', '.', 'external_ids={a=1,b=2}');
    fake.managed.database.transact((draft) => {
      const [root] = draft.find('Open_vSwitch');
      draft.update('Open_vSwitch', root?.uuid ?? '', {
        external_ids: new Map(Object.entries({ a: '1', b: '2' })),
      });
    });
    const db = new Operations(openVSwitch);
    const ids = (entries: Record<string, string>) => new Map(Object.entries(entries));
    const rowsOf = (...each: readonly Record<string, string>[]) =>
      each.map((one) => ({ external_ids: ids(one) }));
    const session = await connect(real.target);
    for (const where of [{ a: '1' }, { a: '2' }, { b: '2', a: '1' }, { c: '1' }])
      for (const until of ['==', '!='] as const)
        for (const rows of [
          rowsOf(),
          rowsOf({ a: '1' }),
          rowsOf({ b: '2', a: '1' }),
          rowsOf({ a: '1', b: '2' }, {}),
        ]) {
          const wait = db.wait('Open_vSwitch', [['external_ids', 'includes', ids(where)]], until, rows, {
            ...{ columns: ['external_ids'], timeout: 0 },
          });
          const { ok } = await session.transact(openVSwitch, [wait]);
          const attempt = () => fake.managed.database.transact((draft) => perform(draft, wait));
          if (ok) attempt();
          else expect(attempt).toThrow('timed out');
        }
    session.close();
  });

  it('answers what it does not know as a server does', async () => {
    const fake = new FakeHypervisor({ number: 1, faults: new FaultPlan(1), onConfirmed: () => undefined });
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    fake.managed.attach(`127.0.0.1:${port}`);
    const [socket] = (await once(server, 'connection')) as [Socket];
    const assert = { op: 'assert', table: 'Bridge', lock: 'lock' };
    socket.write(JSON.stringify({ id: 1, method: 'steal', params: ['lock'] }));
    socket.write(JSON.stringify({ id: 2, method: 'transact', params: ['Open_vSwitch', assert] }));
    let answers = '';
    socket.on('data', (chunk) => {
      answers += chunk;
    });
    await until(() => answers.includes('"id":2'));
    fake.stop();
    server.close();
    expect(answers).toContain('"error":{"error":"unknown method"');
    expect(answers).toContain('"result":[{"error":"not supported"');
  });
});

function rowsOf(table: (name: keyof typeof WATCHED) => Iterable<object>): unknown {
  return Object.entries(WATCHED).map(([name, columns]) => [
    name,
    [...table(name as keyof typeof WATCHED)]
      .map((row) => columns.map((column) => plain((row as Row)[column])))
      .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
  ]);
}

function plain(value: Row[string] | undefined): unknown {
  if (value instanceof Map) return [...value].filter(([key]) => key !== 'datapath-id').sort();
  return Array.isArray(value) ? [...value].sort() : value;
}
