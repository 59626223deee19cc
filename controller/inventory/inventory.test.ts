import { describe, expect, it } from 'vitest';
import { eachWithInventory, hv, plug, until } from './inventory-fixture.ts';

const fixture = eachWithInventory();
const ROWS = { bridge: expect.any(String), interface: expect.any(String) };

describe('Inventory', () => {
  it('takes a hypervisor that joins, makes its bridge and stores its chassis', async () => {
    const f = fixture();
    const server = await f.hypervisor({ ...hv(1), 'tenantflow-encap-type': 'vxlan,geneve' });
    await until(() => f.repaired('port tf-geneve'));
    await plug(server, 'tf-vxlan', 5);
    await server.vsctl('set', 'bridge', 'br-int', 'datapath_id="00000000000000ab"');
    await until(() => f.chassis('hv1')?.datapathId === '00000000000000ab');
    expect(f.chassis('hv1')).toEqual({
      id: 'hv1',
      adminStateUp: true,
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      hostname: 'host1',
      encapIps: ['192.0.2.1'],
      encapTypes: ['vxlan', 'geneve'],
      bridge: 'br-int',
      datapathId: '00000000000000ab',
      datapathType: 'system',
      firewall: 'learn',
      peerKeys: { vxlan: 1, geneve: 2 },
      tunnelPorts: { vxlan: 5 },
      physicalNetworks: [],
    });
    expect(await server.vsctl('get-controller', 'br-int')).toBe('tcp:127.0.0.1:6653');
    expect(f.inventory.connected('hv1') && f.inventory.synced('hv1')).toBe(true);
    expect(f.changes).toContain('hv1');
    expect(f.inventory.sessions()).toEqual([
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
    const f = fixture();
    const server = await f.hypervisor(hv(1));
    await until(() => f.repaired('port tf-vxlan'));
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
    await until(() => f.vifs('hv1').length === 2);
    expect(f.vifs('hv1')).toEqual([
      { id: 'hv1/p1', chassisId: 'hv1', portId: 'p1', name: 'tap1', ofport: 7, claim: 1, rows: ROWS },
      { id: 'hv1/p2', chassisId: 'hv1', portId: 'p2', name: 'tap2', ofport: 8, claim: 2, rows: ROWS },
    ]);
    await until(() => f.log.some((line) => line.interface === '"tap3"'));
    expect(f.log.filter((line) => line.interface === '"tap3"').map(({ error }) => error)).toEqual([
      'external_ids:iface-id="__proto__" is not a plain name',
    ]);
    await until(() => f.repaired('port tap2 VLAN settings'));
    await server.vsctl('set', 'interface', 'tap1', 'ofport=-1', 'error="could not open network device tap1"');
    await until(() => f.store.get('vifs', 'hv1/p1') === undefined);
    expect(f.log).toContainEqual(
      expect.objectContaining({
        interface: '"tap1"',
        ifaceId: '"p1"',
        error: '"could not open network device tap1"',
      }),
    );
    await server.vsctl('del-port', 'tap2');
    await until(() => f.vifs('hv1').length === 0);
  });

  it('writes only the VIFs that change, and counts a claim up when one appears anew', async () => {
    const f = fixture();
    const server = await f.hypervisor(hv(1));
    await until(() => f.repaired('port tf-vxlan'));
    const add = (...names: readonly string[]) =>
      server.vsctl(
        ...names.flatMap((name, index) =>
          `-- add-port br-int ${name} -- set interface ${name} external_ids:iface-id=p-${name} ofport=${20 + index}`.split(
            ' ',
          ),
        ),
      );
    await add('tap0', 'tap1', 'tap2', 'tap3');
    await until(() => f.vifs('hv1').length === 4);
    const written: string[] = [];
    f.store.watch(f.store.revision, (commit) => {
      written.push(commit.changes.map(({ collection, id }) => `${collection} ${id}`).join());
    });
    await plug(server, 'tap1', 31);
    await until(() => f.store.get('vifs', 'hv1/p-tap1')?.ofport === 31);
    await server.vsctl('del-port', 'tap2');
    await until(() => f.store.get('vifs', 'hv1/p-tap2') === undefined);
    await add('tap2');
    await until(() => f.store.get('vifs', 'hv1/p-tap2') !== undefined);
    expect(written).toEqual(['vifs hv1/p-tap1', 'vifs hv1/p-tap2', 'vifs hv1/p-tap2']);
    expect(f.vifs('hv1').map(({ claim }) => claim)).toEqual([1, 2, 5, 4]);
  });

  it('claims a port anew for the hypervisor on which it appears last', async () => {
    const f = fixture();
    const servers = [await f.hypervisor(hv(1)), await f.hypervisor(hv(2))];
    for (const [index, server] of servers.entries()) {
      await until(() => f.inventory.synced(`hv${index + 1}`) && server !== undefined);
      await until(
        () => f.log.filter(({ repairs }) => String(repairs).includes('port tf-vxlan')).length === 2,
      );
      await server.vsctl(
        ...'add-port br-int tap1 -- set interface tap1 external_ids:iface-id=p1 ofport=7'.split(' '),
      );
      await until(() => f.store.get('vifs', `hv${index + 1}/p1`) !== undefined);
    }
    expect(f.store.find('vifs', 'port', 'p1').map(({ id, claim }) => [id, claim])).toEqual([
      ['hv1/p1', 1],
      ['hv2/p1', 2],
    ]);
  });

  it('re-does what someone undoes', async () => {
    const f = fixture();
    const server = await f.hypervisor(hv(1));
    await until(() => f.repaired('port tf-vxlan'));
    await server.vsctl('set', 'bridge', 'br-int', 'fail_mode=standalone');
    await until(() => f.repaired('bridge br-int fail_mode'));
    await server.vsctl('del-controller', 'br-int');
    await until(() => f.repaired('bridge br-int controller'));
    await server.vsctl('del-port', 'tf-vxlan');
    await until(() => f.repaired('port tf-vxlan', 2));
    await server.vsctl('del-br', 'br-int');
    await until(() => f.repaired('port tf-vxlan', 3));
    await until(() => f.status(({ warning }) => warning === undefined));
    expect(await server.vsctl('get-controller', 'br-int')).toBe('tcp:127.0.0.1:6653');
  });

  it('warns when someone fights over a thing, and goes on', async () => {
    const f = fixture();
    const server = await f.hypervisor(hv(1));
    await until(() => f.repaired('port tf-vxlan'));
    for (let time = 1; time <= 5; time += 1) {
      await server.vsctl('set', 'bridge', 'br-int', 'fail_mode=standalone');
      await until(() => f.repaired('bridge br-int fail_mode', time));
    }
    expect(f.log).toContainEqual(expect.objectContaining({ level: 40, what: 'bridge br-int fail_mode' }));
    await server.vsctl('set', 'bridge', 'br-int', 'fail_mode=standalone');
    await until(() => f.repaired('bridge br-int fail_mode', 6));
  });

  it('does the rest when one repair is refused, and says which', async () => {
    const f = fixture();
    const server = await f.server();
    await server.vsctl('add-br', 'br-theirs', '--', 'add-port', 'br-theirs', 'tf-vxlan');
    await f.join(server, { ...hv(1), 'tenantflow-encap-type': 'vxlan,gre' });
    await until(() => f.repaired('port tf-gre'));
    expect(await server.vsctl('list-ports', 'br-int')).toBe('tf-gre');
    expect(f.inventory.sessions()[0]?.warning).toMatch(/^port tf-vxlan: "constraint violation: /);
    await server.vsctl('del-br', 'br-theirs');
    await until(() => f.repaired('port tf-vxlan'));
    await until(() => f.status(({ warning }) => warning === undefined));
  });

  it('leaves a bridge alone that carries what is no port’s, until it is taken off, and then keeps it', async () => {
    const f = fixture();
    const server = await f.server();
    await server.vsctl(
      ...'add-br br-int -- add-port br-int eth0 -- set bridge br-int other_config:datapath-id=00000000000000cd'.split(
        ' ',
      ),
    );
    await f.join(server, hv(1));
    await until(() => f.status(({ warning }) => warning !== undefined));
    expect(f.inventory.sessions()[0]?.warning).toMatch(
      /^bridge br-int is left alone, because it carries eth0, which is no port’s: .*external_ids:tenantflow-bridge/,
    );
    const isUntouched = async () =>
      expect([
        await server.vsctl('get-controller', 'br-int'),
        await server.vsctl('get-fail-mode', 'br-int'),
        await server.vsctl('list-ports', 'br-int'),
      ]).toEqual(['', '', 'eth0']);
    await isUntouched();
    await server.vsctl('set', 'Open_vSwitch', '.', 'external_ids:tenantflow-bridge=br-other');
    await until(() => f.repaired('bridge br-other'));
    await isUntouched();
    await server.vsctl('remove', 'Open_vSwitch', '.', 'external_ids', 'tenantflow-bridge');
    await until(() => f.status(({ warning }) => warning !== undefined));
    await server.vsctl('del-port', 'br-int', 'eth0');
    await until(() => f.repaired('bridge br-int controller'));
    await until(() => f.repaired('port tf-vxlan', 2));
    await server.vsctl(...'add-port br-int eth0 -- del-controller br-int'.split(' '));
    await until(() => f.repaired('bridge br-int controller', 2));
    await server.vsctl('del-port', 'br-int', 'tf-vxlan');
    await until(() => f.repaired('port tf-vxlan', 3));
    expect(f.status(({ warning }) => warning !== undefined)).toBe(false);
  });

  it('forgets a hypervisor that leaves at any moment', async () => {
    const f = fixture();
    for (let turn = 0; turn < 20; turn += 1) {
      const server = await f.server();
      const lines = f.log.length + (turn % 4);
      await f.join(server, hv(1));
      await until(() => f.log.length > lines);
      await server.stop();
      await until(() => f.inventory.sessions().length === 0);
    }
    await f.hypervisor({ ...hv(1), hostname: 'last' });
    await until(() => f.chassis('hv1')?.hostname === 'last');
  });

  it('keeps the chassis when its session ends, and writes nothing when it comes back unchanged', async () => {
    const f = fixture();
    const server = await f.hypervisor(hv(1));
    await until(() => f.repaired('port tf-vxlan'));
    await plug(server, 'tf-vxlan', 1);
    await until(() => f.chassis('hv1')?.tunnelPorts.vxlan === 1);
    await server.vsctl(
      ...'add-port br-int tap1 -- set interface tap1 external_ids:iface-id=p1 ofport=7'.split(' '),
    );
    await until(() => f.vifs('hv1').length === 1);
    const before = { record: f.chassis('hv1'), vifs: f.vifs('hv1'), revision: f.store.revision };
    await f.inventory.close();
    expect(f.inventory.connected('hv1')).toBe(false);
    expect(f.chassis('hv1')).toEqual(before.record);
    await f.restart({}, () => expect(f.inventory.synced('hv1')).toBe(false));
    await until(() => f.inventory.synced('hv1'));
    expect({ record: f.chassis('hv1'), vifs: f.vifs('hv1'), revision: f.store.revision }).toEqual(before);
  });

  it('gives a chassis new keys for new tunnel types only', async () => {
    const f = fixture();
    const server = await f.hypervisor(hv(1));
    await until(() => f.inventory.synced('hv1'));
    await server.vsctl('set', 'Open_vSwitch', '.', 'external_ids:tenantflow-encap-type="vxlan,gre"');
    await until(() => f.chassis('hv1')?.peerKeys.gre === 2);
    expect(f.chassis('hv1')?.peerKeys).toEqual({ vxlan: 1, gre: 2 });
  });
});
