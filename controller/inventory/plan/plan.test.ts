import fc from 'fast-check';
import { connect, openVSwitch, type Session } from 'ovsdb-client-ts';
import { startOvsdbServer, type TestServer } from 'ovsdb-client-ts/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type HypervisorCache, newHypervisorCache } from '../view.ts';
import { patchProblem } from './patches.ts';
import { plan } from './plan.ts';
import type { Wanted } from './repair.ts';

const schema = new URL('../../../packages/ovsdb-client-ts/schema/vswitch.ovsschema', import.meta.url);
const wanted: Wanted = {
  bridge: 'br-int',
  datapathType: 'netdev',
  controller: 'tcp:192.0.2.100:6653',
  manager: { address: '192.0.2.100', port: 6640 },
  encapIps: ['192.0.2.1'],
  encapTypes: ['vxlan', 'gre'],
  bridgeMappings: new Map(),
  flowTables: new Map(),
};
let server: TestServer;
let session: Session;
let cache: HypervisorCache;

beforeEach(async () => {
  server = await startOvsdbServer({ schema });
  session = await connect(server.target);
  cache = newHypervisorCache();
  await session.replicate(cache);
});

afterEach(async () => {
  session.close();
  await server.stop();
});

/** ovsdb-server sends what changed to a session before it answers that session. */
async function vsctl(...words: readonly string[]): Promise<void> {
  await server.vsctl(...words);
  await session.echo();
}

async function apply(want: Wanted): Promise<readonly string[]> {
  const repairs = plan(cache, want);
  const reply = await session.transact(
    openVSwitch,
    repairs.flatMap((repair) => repair.operations),
  );
  if (!reply.ok) throw new Error(JSON.stringify(reply));
  return repairs.map((repair) => repair.what);
}

/** Applies plans until there is nothing to do; returns what was done. */
async function settle(want = wanted): Promise<readonly string[]> {
  const done = [...(await apply(want)), ...(await apply(want))];
  expect(plan(cache, want)).toEqual([]);
  return done;
}

const get = (...words: readonly string[]): Promise<string> => server.vsctl('get', ...words);

describe('plan', () => {
  it('makes everything on an empty hypervisor', async () => {
    expect(await settle()).toEqual(['bridge br-int', 'port tf-vxlan', 'port tf-gre']);
    expect(await get('bridge', 'br-int', 'fail_mode', 'protocols', 'datapath_type')).toBe(
      'secure\n[OpenFlow13]\nnetdev',
    );
    expect(await server.vsctl('get-controller', 'br-int')).toBe('tcp:192.0.2.100:6653');
    const [uuid = ''] = [...cache.table('Controller').keys()];
    expect(await get('controller', uuid, 'max_backoff', 'connection_mode', 'inactivity_probe')).toBe(
      '1000\nout-of-band\n[]',
    );
    expect((await server.vsctl('list-ports', 'br-int')).split('\n')).toEqual(['tf-gre', 'tf-vxlan']);
    expect(await get('interface', 'br-int', 'type')).toBe('internal');
    expect(await get('interface', 'tf-vxlan', 'type', 'options')).toBe(
      'vxlan\n{key=flow, local_ip="192.0.2.1", remote_ip=flow}',
    );
    expect(await get('port', 'tf-gre', 'external_ids')).toBe('{tenantflow-owned="true"}');
  });

  it('repairs what differs and keeps what is not ours', async () => {
    await vsctl(
      'add-br',
      'br-int',
      '--',
      'set',
      'bridge',
      'br-int',
      'protocols=OpenFlow10,OpenFlow14',
      'datapath_type=system',
    );
    await vsctl('set-controller', 'br-int', 'tcp:127.0.0.1:6633', 'ptcp:6634');
    await vsctl(
      'add-port',
      'br-int',
      'tf-vxlan',
      '--',
      'set',
      'interface',
      'tf-vxlan',
      'type=vxlan',
      'options:remote_ip=192.0.2.9',
      'options:dst_port=8472',
    );
    await vsctl('add-port', 'br-int', 'patch0', '--', 'set', 'port', 'patch0', 'tag=4');
    expect(await settle()).toEqual([
      'bridge br-int fail_mode',
      'bridge br-int protocols',
      'bridge br-int disable-in-band',
      'bridge br-int controller',
      'port tf-vxlan settings',
      'port tf-gre',
    ]);
    expect(await get('bridge', 'br-int', 'protocols', 'datapath_type')).toBe(
      '[OpenFlow10, OpenFlow13, OpenFlow14]\nsystem',
    );
    expect((await server.vsctl('get-controller', 'br-int')).split('\n')).toEqual([
      'ptcp:6634',
      'tcp:192.0.2.100:6653',
    ]);
    expect(await get('interface', 'tf-vxlan', 'options')).toBe(
      '{dst_port="8472", key=flow, local_ip="192.0.2.1", remote_ip=flow}',
    );
    expect(await get('port', 'patch0', 'tag')).toBe('4');
  });

  it('has a bridge listen instead of call once that works, and call again, and never without a controller', async () => {
    const listens = { ...wanted, controller: 'ptcp:6653:192.0.2.1' };
    const listensOn = async () => (await server.vsctl('get-controller', 'br-int')).split('\n');
    await settle();
    await vsctl('set-controller', 'br-int', wanted.controller, 'ptcp:6634');
    await settle();
    expect(await settle(listens)).toEqual(['bridge br-int controller']);
    expect(await listensOn()).toEqual(['ptcp:6634', listens.controller, wanted.controller]);
    expect(await settle({ ...listens, isReached: true })).toEqual(['bridge br-int controller']);
    expect(await listensOn()).toEqual(['ptcp:6634', listens.controller]);
    const [uuid = ''] = [...cache.table('Controller').values()].flatMap((row) =>
      row.target === listens.controller ? row._uuid : [],
    );
    expect(await get('controller', uuid, 'type', 'connection_mode', 'external_ids')).toBe(
      'primary\nout-of-band\n{tenantflow-owned="true"}',
    );
    await vsctl('clear', 'controller', uuid, 'type', '--', 'clear', 'controller', uuid, 'external_ids');
    expect(await settle(listens)).toEqual(['bridge br-int controller settings']);
    // Another port: the old one stays until the new one works.
    const elsewhere = { ...wanted, controller: 'ptcp:6654:192.0.2.1' };
    await settle(elsewhere);
    expect(await listensOn()).toHaveLength(3);
    await settle({ ...elsewhere, isReached: true });
    expect(await listensOn()).toEqual(['ptcp:6634', elsewhere.controller]);
    await settle();
    expect(await listensOn()).toEqual(['ptcp:6634', wanted.controller]);
  });

  it('bounds the tables that switches learn into, again and again, and keeps what else is said of them', async () => {
    const bounded = { ...wanted, flowTables: new Map([[98, { limit: 1000, groupedBy: 'NXM_NX_REG6[]' }]]) };
    expect(await settle(bounded)).toContain('bridge br-int flow table 98');
    const [uuid = ''] = [...cache.table('Flow_Table').keys()];
    const settings = () => get('flow_table', uuid, 'flow_limit', 'overflow_policy', 'groups', 'name');
    expect(await settings()).toBe('1000\nevict\n["NXM_NX_REG6[]"]\n[]');
    expect(await get('bridge', 'br-int', 'flow_tables')).toBe(`{98=${uuid}}`);
    await vsctl(
      'set',
      'flow_table',
      uuid,
      'flow_limit=9',
      'overflow_policy=refuse',
      'groups=[]',
      'name=mine',
    );
    expect(await settle(bounded)).toEqual(['bridge br-int flow table 98']);
    expect(await settings()).toBe('1000\nevict\n["NXM_NX_REG6[]"]\nmine');
    await vsctl('clear', 'bridge', 'br-int', 'flow_tables');
    expect(await settle(bounded)).toEqual(['bridge br-int flow table 98']);
  });

  it('patches provider bridges that exist, says which do not, and takes the patch away again', async () => {
    const mapped = { ...wanted, bridgeMappings: new Map([['physnet1', 'br-ex']]) };
    await settle(mapped);
    expect(patchProblem(cache, mapped)).toBe(
      'external_ids:tenantflow-bridge-mappings has physnet1:br-ex, but there is no bridge br-ex',
    );
    await vsctl('add-br', 'br-ex', '--', 'set', 'bridge', 'br-ex', 'datapath_type=netdev');
    await vsctl('add-port', 'br-ex', 'eth1');
    expect(await settle(mapped)).toEqual(['port phy-br-ex', 'port int-br-ex']);
    expect(patchProblem(cache, mapped)).toBeUndefined();
    expect(await get('interface', 'int-br-ex', 'type', 'options')).toBe('patch\n{peer=phy-br-ex}');
    expect(await get('interface', 'phy-br-ex', 'type', 'options')).toBe('patch\n{peer=int-br-ex}');
    expect(await get('bridge', 'br-ex', 'fail_mode', 'protocols')).toBe('[]\n[]');
    await vsctl('set', 'interface', 'phy-br-ex', 'options:peer=nobody');
    expect(await settle(mapped)).toEqual(['port phy-br-ex settings']);
    expect(await settle()).toEqual(['port int-br-ex on br-int', 'port phy-br-ex on br-ex']);
    expect(await server.vsctl('list-ports', 'br-ex')).toBe('eth1');
  });

  it('does not patch our own bridge, nor one of another datapath', async () => {
    await settle();
    const ours = { ...wanted, bridgeMappings: new Map([['physnet1', 'br-int']]) };
    expect(await settle(ours)).toEqual([]);
    expect(patchProblem(cache, ours)).toMatch(/br-int is our own bridge$/);
    await vsctl('add-br', 'br-ex');
    expect(patchProblem(cache, { ...wanted, bridgeMappings: new Map([['physnet1', 'br-ex']]) })).toMatch(
      /br-ex is of datapath type system and br-int of netdev/,
    );
  });

  it('keeps vlan-limit at 1, as no other value is safe', async () => {
    await settle();
    for (const value of ['0', '2']) {
      await vsctl(
        'set',
        'Open_vSwitch',
        '.',
        `other_config:vlan-limit=${value}`,
        'other_config:hw-offload=false',
      );
      expect(await settle()).toEqual(['other_config:vlan-limit']);
      expect(await get('Open_vSwitch', '.', 'other_config')).toBe('{hw-offload="false"}');
    }
    await vsctl('set', 'Open_vSwitch', '.', 'other_config:vlan-limit=1');
    expect(await settle()).toEqual([]);
  });

  it('pins the datapath id that OVS chose, and leaves one that somebody set', async () => {
    await settle();
    await vsctl('set', 'bridge', 'br-int', 'datapath_id="00000000000000ab"');
    expect(await settle()).toEqual(['bridge br-int datapath-id']);
    expect(await get('bridge', 'br-int', 'other_config')).toBe(
      '{datapath-id="00000000000000ab", disable-in-band="true"}',
    );
    await vsctl('set', 'bridge', 'br-int', 'other_config:datapath-id="00000000000000cd"');
    expect(await settle()).toEqual([]);
  });

  it('lets no bridge have flows of in-band control, whatever somebody set', async () => {
    await settle();
    expect(await get('bridge', 'br-int', 'other_config')).toBe('{disable-in-band="true"}');
    await vsctl('set', 'bridge', 'br-int', 'other_config:disable-in-band=false');
    expect(await settle()).toEqual(['bridge br-int disable-in-band']);
    expect(await get('bridge', 'br-int', 'other_config')).toBe('{disable-in-band="true"}');
  });

  it('never leaves a bridge without a controller, not for one transaction', async () => {
    await vsctl('add-br', 'br-int', '--', 'set-controller', 'br-int', 'tcp:127.0.0.1:6633');
    const counts: number[] = [];
    cache.onChange(() =>
      counts.push(...[...cache.table('Bridge').values()].map((bridge) => bridge.controller.length)),
    );
    await settle();
    expect(counts.length).toBeGreaterThan(0);
    expect(counts).not.toContain(0);
  });

  it('removes tunnels it made and no longer wants, and no others', async () => {
    await settle();
    await vsctl(
      'add-br',
      'br-old',
      '--',
      'add-port',
      'br-old',
      'tf-geneve',
      '--',
      'set',
      'port',
      'tf-geneve',
      'external_ids:tenantflow-owned=true',
    );
    await vsctl('add-port', 'br-old', 'mine');
    await vsctl(
      'set',
      'interface',
      'tf-gre',
      'type=geneve',
      '--',
      'remove',
      'interface',
      'tf-gre',
      'options',
      'key',
    );
    expect(await settle()).toEqual(['port tf-geneve on br-old', 'port tf-gre settings']);
    expect(await server.vsctl('list-ports', 'br-old')).toBe('mine');
    expect(await get('interface', 'tf-gre', 'type')).toBe('gre');
  });

  it('frees VIFs that were plugged dead', async () => {
    await settle();
    const dead = ['tag=4095', 'vlan_mode=trunk', 'trunks=4095'];
    await vsctl(
      'add-port',
      'br-int',
      'tap1',
      '--',
      'set',
      'port',
      'tap1',
      ...dead,
      '--',
      'set',
      'interface',
      'tap1',
      'external_ids:iface-id=p1',
    );
    await vsctl('add-port', 'br-int', 'other', '--', 'set', 'port', 'other', ...dead);
    expect(await settle()).toEqual(['port tap1 VLAN settings']);
    expect(await get('port', 'tap1', 'tag', 'vlan_mode', 'trunks')).toBe('[]\n[]\n[]');
    expect(await get('port', 'other', 'tag')).toBe('4095');
  });

  it('shortens the back-off of the manager that leads to us only', async () => {
    await vsctl('set-manager', 'tcp:192.0.2.100:6640', 'tcp:192.0.2.7:6640', 'ptcp:6641:127.0.0.1');
    expect(await settle()).toContain('manager tcp:192.0.2.100:6640 max_backoff');
    const backoffs = [...cache.table('Manager').values()].map(({ target, max_backoff }) => [
      target,
      max_backoff,
    ]);
    expect(backoffs.sort()).toEqual([
      ['ptcp:6641:127.0.0.1', null],
      ['tcp:192.0.2.100:6640', 1000],
      ['tcp:192.0.2.7:6640', null],
    ]);
  });

  it('settles after two transactions, whatever anyone did', async () => {
    const name = fc.constantFrom('tf-vxlan', 'tf-gre', 'tf-geneve', 'tap1', 'tap2');
    const word = fc.oneof(
      fc.constant(['del-controller', 'br-int']),
      fc.constantFrom('br-int', 'br-b').map((bridge) => ['--if-exists', 'del-br', bridge]),
      fc.constantFrom('br-int', 'br-b').map((bridge) => ['--may-exist', 'add-br', bridge]),
      fc
        .constantFrom('tcp:1.2.3.4:6653', 'tcp:192.0.2.100:6653', 'ptcp:6634')
        .map((to) => ['set-controller', 'br-int', to]),
      fc
        .constantFrom('standalone', 'secure', '[]')
        .map((mode) => ['set', 'bridge', 'br-int', `fail_mode=${mode}`]),
      fc
        .constantFrom('[]', 'OpenFlow10', 'OpenFlow13,OpenFlow15')
        .map((set) => ['set', 'bridge', 'br-int', `protocols=${set}`]),
      name.map((port) => ['--if-exists', 'del-port', port]),
      fc.tuple(fc.constantFrom('br-int', 'br-b'), name).map(([bridge, port]) => ['add-port', bridge, port]),
      name.map((port) => ['set', 'port', port, 'tag=4095']),
      name.map((port) => ['set', 'port', port, 'external_ids:tenantflow-owned=true']),
      name.map((port) => ['set', 'interface', port, 'external_ids:iface-id=x']),
      name.map((port) => ['set', 'interface', port, 'type=gre', 'options:key=7']),
      fc.constant(['set-manager', 'tcp:192.0.2.100:6640']),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(word, { minLength: 1, maxLength: 6 }), async (words) => {
        // Words that make no sense at this moment are refused by ovs-vsctl; the others count.
        for (const each of words) await vsctl(...each).catch(() => {});
        // A tunnel's name on a foreign bridge, not made by us, is the one thing that we may not put right.
        await vsctl('--if-exists', 'del-br', 'br-b');
        await settle();
      }),
      { numRuns: 25 },
    );
  });
});
