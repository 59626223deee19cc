import { connect as dial } from 'node:net';
import { startOvsdbServer, type TestServer } from 'ovsdb-client-ts/testing';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openMemoryStore } from '#controller/store/memory-store';
import type { ChassisRecord } from '#controller/store/records';
import type { Store } from '#controller/store/store';
import { Inventory, type InventoryOptions, type SessionStatus } from './inventory.ts';

const schema = new URL('../../packages/ovsdb-client-ts/schema/vswitch.ovsschema', import.meta.url);
vi.setConfig({ testTimeout: 30_000 });
let store: Store;
let inventory: Inventory;
let address: string;
let log: Record<string, unknown>[];
let changes: string[];
let servers: TestServer[];

beforeEach(async () => {
  store = openMemoryStore();
  log = [];
  changes = [];
  servers = [];
  inventory = newInventory();
  address = await inventory.listen({ host: '127.0.0.1', port: 0 });
});

afterEach(async () => {
  await inventory.close();
  await Promise.all(servers.map((server) => server.stop()));
  await store.close();
});

function newInventory(options: Partial<InventoryOptions> = {}): Inventory {
  const lines = {
    write(line: string): void {
      log.push(JSON.parse(line));
    },
  };
  return new Inventory({
    store,
    log: pino({ level: 'debug' }, lines),
    openflowPort: 6653,
    onChange: (id) => changes.push(id),
    ...options,
  });
}

/** Resolves once `test` holds. */
const until = (test: () => boolean): Promise<boolean> => vi.waitUntil(test, { timeout: 20_000, interval: 1 });

async function hypervisor(ids: Record<string, string>): Promise<TestServer> {
  const server = await startOvsdbServer({ schema });
  servers.push(server);
  await join(server, ids);
  return server;
}

async function join(server: TestServer, ids: Record<string, string>): Promise<void> {
  const words = Object.entries(ids).map(([key, value]) => `external_ids:${key}="${value}"`);
  await server.vsctl('set', 'Open_vSwitch', '.', ...words);
  await server.vsctl('set-manager', `tcp:${address}`);
}

const hv = (number: number) => ({
  'system-id': `hv${number}`,
  hostname: `host${number}`,
  'tenantflow-encap-ip': `192.0.2.${number}`,
});

const chassis = (id: string): ChassisRecord | undefined => store.get('chassis', id);
const vifs = (id: string) => store.find('vifs', 'chassis', id);
/** The first session's that is not accepted; '' when there is none. */
const problem = (): string => inventory.sessions().find((each) => each.problem)?.problem ?? '';
const status = (test: (session: SessionStatus) => boolean): boolean => inventory.sessions().some(test);
const repaired = (what: string, times = 1): boolean =>
  log.filter(({ repairs }) => Array.isArray(repairs) && repairs.includes(what)).length >= times;

/** Plays ovs-vswitchd, which none of these tests needs for real: gives an interface its port number. */
const plug = (server: TestServer, name: string, ofport: number): Promise<string> =>
  server.vsctl('set', 'interface', name, `ofport=${ofport}`);

describe('Inventory', () => {
  it('takes a hypervisor that joins, makes its bridge and stores its chassis', async () => {
    const server = await hypervisor({ ...hv(1), 'tenantflow-encap-type': 'vxlan,geneve' });
    await until(() => repaired('port tf-geneve'));
    await plug(server, 'tf-vxlan', 5);
    await server.vsctl('set', 'bridge', 'br-int', 'datapath_id="00000000000000ab"');
    await until(() => chassis('hv1')?.datapathId === '00000000000000ab');
    expect(chassis('hv1')).toEqual({
      id: 'hv1',
      hostname: 'host1',
      encapIp: '192.0.2.1',
      encapTypes: ['vxlan', 'geneve'],
      bridge: 'br-int',
      datapathId: '00000000000000ab',
      datapathType: 'system',
      peerKeys: { vxlan: 1, geneve: 2 },
      tunnelPorts: { vxlan: 5 },
    });
    expect(await server.vsctl('get-controller', 'br-int')).toBe('tcp:127.0.0.1:6653');
    expect(inventory.connected('hv1') && inventory.synced('hv1')).toBe(true);
    expect(changes).toContain('hv1');
    expect(inventory.sessions()).toEqual([
      {
        id: 'hv1',
        peer: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
        connected: true,
        synced: true,
        problem: undefined,
        warning: undefined,
      },
    ]);
  });

  it('learns interfaces at any order of events and forgets them', async () => {
    const server = await hypervisor(hv(1));
    await until(() => repaired('port tf-vxlan'));
    await server.vsctl(
      'add-port',
      'br-int',
      'tap1',
      '--',
      'set',
      'interface',
      'tap1',
      'external_ids:iface-id=p1',
    );
    await plug(server, 'tap1', 7);
    await server.vsctl('add-port', 'br-int', 'tap2', '--', 'set', 'interface', 'tap2', 'ofport=8');
    await server.vsctl(
      'set',
      'interface',
      'tap2',
      'external_ids:iface-id=p2',
      '--',
      'set',
      'port',
      'tap2',
      'tag=4095',
    );
    await server.vsctl(
      'add-port',
      'br-int',
      'tap3',
      '--',
      'set',
      'interface',
      'tap3',
      'external_ids:iface-id=__proto__',
      'ofport=9',
    );
    await until(() => vifs('hv1').length === 2);
    expect(vifs('hv1')).toEqual([
      { id: 'hv1/p1', chassisId: 'hv1', portId: 'p1', name: 'tap1', ofport: 7, claim: 1 },
      { id: 'hv1/p2', chassisId: 'hv1', portId: 'p2', name: 'tap2', ofport: 8, claim: 2 },
    ]);
    await until(() => log.some((line) => line.interface === '"tap3"'));
    expect(log.filter((line) => line.interface === '"tap3"').map(({ error }) => error)).toEqual([
      'external_ids:iface-id="__proto__" is not a plain name',
    ]);
    await until(() => repaired('port tap2 VLAN settings'));
    await server.vsctl('set', 'interface', 'tap1', 'ofport=-1', 'error="could not open network device tap1"');
    await until(() => store.get('vifs', 'hv1/p1') === undefined);
    expect(log).toContainEqual(
      expect.objectContaining({
        interface: '"tap1"',
        ifaceId: '"p1"',
        error: '"could not open network device tap1"',
      }),
    );
    await server.vsctl('del-port', 'tap2');
    await until(() => vifs('hv1').length === 0);
  });

  it('writes only the VIFs that change, and counts a claim up when one appears anew', async () => {
    const server = await hypervisor(hv(1));
    await until(() => repaired('port tf-vxlan'));
    const add = (...names: readonly string[]) =>
      server.vsctl(
        ...names.flatMap((name, index) =>
          `-- add-port br-int ${name} -- set interface ${name} external_ids:iface-id=p-${name} ofport=${20 + index}`.split(
            ' ',
          ),
        ),
      );
    await add('tap0', 'tap1', 'tap2', 'tap3');
    await until(() => vifs('hv1').length === 4);
    const written: string[] = [];
    store.watch(store.revision, (commit) => {
      written.push(commit.changes.map(({ collection, id }) => `${collection} ${id}`).join());
    });
    await plug(server, 'tap1', 31);
    await until(() => store.get('vifs', 'hv1/p-tap1')?.ofport === 31);
    await server.vsctl('del-port', 'tap2');
    await until(() => store.get('vifs', 'hv1/p-tap2') === undefined);
    await add('tap2');
    await until(() => store.get('vifs', 'hv1/p-tap2') !== undefined);
    expect(written).toEqual(['vifs hv1/p-tap1', 'vifs hv1/p-tap2', 'vifs hv1/p-tap2']);
    expect(vifs('hv1').map(({ claim }) => claim)).toEqual([1, 2, 5, 4]);
  });

  it('claims a port anew for the hypervisor on which it appears last', async () => {
    const servers = [await hypervisor(hv(1)), await hypervisor(hv(2))];
    for (const [index, server] of servers.entries()) {
      await until(() => inventory.synced(`hv${index + 1}`) && server !== undefined);
      await until(() => log.filter(({ repairs }) => String(repairs).includes('port tf-vxlan')).length === 2);
      await server.vsctl(
        ...'add-port br-int tap1 -- set interface tap1 external_ids:iface-id=p1 ofport=7'.split(' '),
      );
      await until(() => store.get('vifs', `hv${index + 1}/p1`) !== undefined);
    }
    expect(store.find('vifs', 'port', 'p1').map(({ id, claim }) => [id, claim])).toEqual([
      ['hv1/p1', 1],
      ['hv2/p1', 2],
    ]);
  });

  it('re-does what someone undoes', async () => {
    const server = await hypervisor(hv(1));
    await until(() => repaired('port tf-vxlan'));
    await server.vsctl('set', 'bridge', 'br-int', 'fail_mode=standalone');
    await until(() => repaired('bridge br-int fail_mode'));
    await server.vsctl('del-controller', 'br-int');
    await until(() => repaired('bridge br-int controller'));
    await server.vsctl('del-port', 'tf-vxlan');
    await until(() => repaired('port tf-vxlan', 2));
    await server.vsctl('del-br', 'br-int');
    await until(() => repaired('port tf-vxlan', 3));
    await until(() => status(({ warning }) => warning === undefined));
    expect(await server.vsctl('get-controller', 'br-int')).toBe('tcp:127.0.0.1:6653');
  });

  it('warns when someone fights over a thing, and goes on', async () => {
    const server = await hypervisor(hv(1));
    await until(() => repaired('port tf-vxlan'));
    for (let time = 1; time <= 5; time += 1) {
      await server.vsctl('set', 'bridge', 'br-int', 'fail_mode=standalone');
      await until(() => repaired('bridge br-int fail_mode', time));
    }
    expect(log).toContainEqual(expect.objectContaining({ level: 40, what: 'bridge br-int fail_mode' }));
    await server.vsctl('set', 'bridge', 'br-int', 'fail_mode=standalone');
    await until(() => repaired('bridge br-int fail_mode', 6));
  });

  it('does the rest when one repair is refused, and says which', async () => {
    const server = await startOvsdbServer({ schema });
    servers.push(server);
    await server.vsctl('add-br', 'br-theirs', '--', 'add-port', 'br-theirs', 'tf-vxlan');
    await join(server, { ...hv(1), 'tenantflow-encap-type': 'vxlan,gre' });
    await until(() => repaired('port tf-gre'));
    expect(await server.vsctl('list-ports', 'br-int')).toBe('tf-gre');
    expect(inventory.sessions()[0]?.warning).toMatch(/^port tf-vxlan: "constraint violation: /);
    await server.vsctl('del-br', 'br-theirs');
    await until(() => repaired('port tf-vxlan'));
    await until(() => status(({ warning }) => warning === undefined));
  });

  it('forgets a hypervisor that leaves at any moment', async () => {
    for (let turn = 0; turn < 20; turn += 1) {
      const server = await startOvsdbServer({ schema });
      servers.push(server);
      const lines = log.length + (turn % 4);
      await join(server, hv(1));
      await until(() => log.length > lines);
      await server.stop();
      await until(() => inventory.sessions().length === 0);
    }
    await hypervisor({ ...hv(1), hostname: 'last' });
    await until(() => chassis('hv1')?.hostname === 'last');
  });

  it('says precisely why a hypervisor is not accepted, and takes it when it is put right', async () => {
    const server = await hypervisor({ 'system-id': 'hv1' });
    await until(() =>
      status(({ id, problem }) => id === 'hv1' && problem === 'external_ids:tenantflow-encap-ip is missing'),
    );
    expect(store.list('chassis')).toEqual([]);
    expect(await server.vsctl('list-br')).toBe('');
    await server.vsctl('set', 'Open_vSwitch', '.', 'external_ids:tenantflow-encap-ip=192.0.2.1');
    await until(() => inventory.synced('hv1'));
    expect(status(({ problem }) => problem === undefined)).toBe(true);
  });

  it('refuses the newer of two that claim a system-id while the older is alive', async () => {
    const first = await hypervisor(hv(1));
    await until(() => inventory.synced('hv1'));
    await hypervisor({ ...hv(2), 'system-id': 'hv1' });
    await until(() => problem().startsWith('two hypervisors claim system-id hv1: '));
    const [older, newer] = inventory.sessions();
    expect(newer?.problem).toBe(`two hypervisors claim system-id hv1: ${older?.peer} and ${newer?.peer}`);
    expect(chassis('hv1')?.hostname).toBe('host1');
    expect(inventory.connected('hv1')).toBe(true);
    await first.stop();
    await until(() => inventory.sessions().length === 1 && status(({ synced }) => synced));
    expect(chassis('hv1')?.hostname).toBe('host2');
  });

  it.each([
    ['tenantflow-encap-ip 192.0.2.1', { ...hv(2), 'tenantflow-encap-ip': '192.0.2.1' }],
    ['hostname host1', { ...hv(2), hostname: 'host1' }],
    ['the name hv1', { ...hv(2), hostname: 'hv1' }],
    ['the name host1', { ...hv(2), 'system-id': 'host1' }],
  ])('refuses a newcomer that claims %s until the holder is gone and forgotten', async (what, ids) => {
    const first = await hypervisor(hv(1));
    await until(() => inventory.synced('hv1'));
    await hypervisor(ids);
    await until(() => problem().startsWith(`two hypervisors claim ${what}: `));
    await first.stop();
    await until(() => problem().endsWith('if that one is gone for good: tenantflow forget hv1'));
    expect(problem()).toMatch(
      /^(system-id|hostname|tenantflow-encap-ip) \S+ belongs to chassis hv1 \(host1, 192.0.2.1\)/,
    );
    expect(store.list('chassis').map(({ id }) => id)).toEqual(['hv1']);
    await store.transact((tx) => tx.delete('chassis', 'hv1'));
    await until(() => inventory.synced(ids['system-id']));
    expect(inventory.synced('hv1')).toBe(false);
  });

  it('gives a name to the one that waits for it when its holder takes another', async () => {
    const first = await hypervisor(hv(1));
    await until(() => inventory.synced('hv1'));
    await hypervisor({ ...hv(2), hostname: 'host1' });
    await until(() => problem() !== '');
    await first.vsctl('set', 'Open_vSwitch', '.', 'external_ids:hostname=renamed');
    await until(() => inventory.synced('hv2'));
    expect(store.list('chassis').map(({ hostname }) => hostname)).toEqual(['renamed', 'host1']);
  });

  it('shows no control character of what a hypervisor says of itself', async () => {
    await hypervisor({ ...hv(1), hostname: 'a\u001b[2J' });
    await until(() => problem() === 'external_ids:hostname="a\\u001b[2J" is not a plain name');
  });

  it('admits only so many of one address, and the next when one leaves', async () => {
    await inventory.close();
    inventory = newInventory({ hypervisors: { all: 9, each: 1 } });
    address = await inventory.listen({ host: '127.0.0.1', port: 0 });
    const first = await hypervisor(hv(1));
    await until(() => inventory.synced('hv1'));
    await hypervisor(hv(2));
    await until(() => problem() === '1 hypervisors of 127.0.0.1 are connected already: no more are accepted');
    await first.stop();
    await until(() => inventory.synced('hv2'));
  });

  it('lets a stranger take little room, and a hypervisor what it needs', async () => {
    const server = await hypervisor({ hostname: 'x' });
    await until(() => problem() === 'external_ids:system-id is missing');
    const big = ['a', 'b'].map((key) => `external_ids:${key}=${'x'.repeat(70_000)}`);
    await server.vsctl('set', 'Open_vSwitch', '.', ...big);
    await until(() => log.some(({ reason }) => reason === 'OVSDB_TOO_LARGE'));
    await server.vsctl('remove', 'Open_vSwitch', '.', 'external_ids', 'a', 'b');
    await join(server, hv(1));
    await until(() => repaired('port tf-vxlan'));
    await server.vsctl('set', 'interface', 'br-int', ...big);
    await plug(server, 'tf-vxlan', 5);
    await until(() => chassis('hv1')?.tunnelPorts.vxlan === 5);
    expect(log.filter(({ msg }) => msg === 'hypervisor accepted')).toHaveLength(1);
  });

  it('sends away who fills the memory that all share', async () => {
    await inventory.close();
    inventory = newInventory({ cacheBytes: 50_000 });
    address = await inventory.listen({ host: '127.0.0.1', port: 0 });
    const server = await hypervisor(hv(1));
    await until(() => inventory.synced('hv1'));
    await server.vsctl('set', 'interface', 'br-int', `external_ids:big=${'x'.repeat(50_000)}`);
    await until(() => log.some(({ msg }) => msg === 'hypervisors fill the memory'));
  });

  it('makes an accepted hypervisor that may no longer be used begin as a stranger', async () => {
    const server = await hypervisor(hv(1));
    await until(() => inventory.synced('hv1'));
    await server.vsctl('set', 'Open_vSwitch', '.', 'external_ids:tenantflow-encap-ip=bogus');
    await until(() => log.some(({ msg }) => msg === 'hypervisor disconnected'));
    await until(
      () => problem() === 'external_ids:tenantflow-encap-ip="bogus" is not an IPv4 address of one host',
    );
    expect(inventory.connected('hv1')).toBe(false);
    expect(chassis('hv1')?.encapIp).toBe('192.0.2.1');
  });

  it('gives the place of a hypervisor that does not answer to the one that came back', async () => {
    const frozen = await hypervisor(hv(1));
    await until(() => inventory.synced('hv1'));
    process.kill(frozen.pid, 'SIGSTOP');
    await hypervisor({ ...hv(1), hostname: 'again' });
    await until(() => chassis('hv1')?.hostname === 'again');
    expect(inventory.sessions()).toHaveLength(1);
  });

  it('keeps the chassis when its session ends, and writes nothing when it comes back unchanged', async () => {
    const server = await hypervisor(hv(1));
    await until(() => repaired('port tf-vxlan'));
    await plug(server, 'tf-vxlan', 1);
    await until(() => chassis('hv1')?.tunnelPorts.vxlan === 1);
    const before = { record: chassis('hv1'), revision: store.revision };
    await inventory.close();
    expect(inventory.connected('hv1')).toBe(false);
    expect(chassis('hv1')).toEqual(before.record);
    inventory = newInventory();
    expect(inventory.synced('hv1')).toBe(false);
    await inventory.listen({ host: '127.0.0.1', port: Number(address.split(':')[1]) });
    await until(() => inventory.synced('hv1'));
    expect({ record: chassis('hv1'), revision: store.revision }).toEqual(before);
  });

  it.each([
    ['OVSDB_JSON', 'GET / HTTP/1.0\r\n\r\n'],
    ['OVSDB_JSON', '\u0000\u00ff\u0016\u0003'],
    ['OVSDB_TOO_DEEP', `{"a":${'['.repeat(1000)}`],
    ['OVSDB_PROTOCOL', '{"id":1}'],
  ])('drops a peer that is no database server (%s), and nobody else notices', async (reason, bytes) => {
    await hypervisor(hv(1));
    await until(() => inventory.synced('hv1'));
    const [healthy] = inventory.sessions();
    const stranger = dial(Number(address.split(':')[1]), '127.0.0.1', () => stranger.write(bytes, 'latin1'));
    stranger.on('error', () => {});
    await until(() => log.some((line) => line.reason === reason));
    expect(inventory.sessions()).toEqual([healthy]);
    stranger.destroy();
  });

  it('gives a chassis new keys for new tunnel types only', async () => {
    const server = await hypervisor(hv(1));
    await until(() => inventory.synced('hv1'));
    await server.vsctl('set', 'Open_vSwitch', '.', 'external_ids:tenantflow-encap-type="vxlan,gre"');
    await until(() => chassis('hv1')?.peerKeys.gre === 2);
    expect(chassis('hv1')?.peerKeys).toEqual({ vxlan: 1, gre: 2 });
  });
});
