import { connect as dial } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { eachWithInventory, hv, plug, until } from '../inventory-fixture.ts';

const fixture = eachWithInventory();

describe('the door of the inventory', () => {
  it('says precisely why a hypervisor is not accepted, and takes it when it is put right', async () => {
    const f = fixture();
    const server = await f.hypervisor({ 'system-id': 'hv1' });
    await until(() =>
      f.status(
        ({ id, problem }) => id === 'hv1' && problem === 'external_ids:tenantflow-encap-ip is missing',
      ),
    );
    expect(f.store.list('chassis')).toEqual([]);
    expect(await server.vsctl('list-br')).toBe('');
    await server.vsctl('set', 'Open_vSwitch', '.', 'external_ids:tenantflow-encap-ip=192.0.2.1');
    await until(() => f.inventory.synced('hv1'));
    expect(f.status(({ problem }) => problem === undefined)).toBe(true);
  });

  it('believes no switch of one that is struck off the list while it is written down', async () => {
    const f = fixture();
    let isStruck = false;
    await f.restart({ admit: () => (isStruck ? 'struck off the list' : undefined) });
    const unwatch = f.store.watch(f.store.revision, ({ changes }) => {
      if (!changes.some(({ collection }) => collection === 'chassis')) return;
      // Its record is stored, and its session has not been told of that.
      isStruck = true;
      f.inventory.accessChanged(undefined);
    });
    await f.hypervisor(hv(1));
    await until(() => isStruck);
    await until(() => f.problem() === 'struck off the list' || f.inventory.sessions().length === 0);
    unwatch();
    expect([f.inventory.synced('hv1'), f.inventory.originOf('hv1')]).toEqual([false, undefined]);
  });

  it('refuses the newer of two that claim a system-id while the older is alive', async () => {
    const f = fixture();
    const first = await f.hypervisor(hv(1));
    await until(() => f.inventory.synced('hv1'));
    await f.hypervisor({ ...hv(2), 'system-id': 'hv1' });
    await until(() => f.problem().startsWith('two hypervisors claim system-id hv1: '));
    const [older, newer] = f.inventory.sessions();
    expect(newer?.problem).toBe(`two hypervisors claim system-id hv1: ${older?.peer} and ${newer?.peer}`);
    expect(f.chassis('hv1')?.hostname).toBe('host1');
    expect(f.inventory.connected('hv1')).toBe(true);
    await first.stop();
    await until(() => f.inventory.sessions().length === 1 && f.status(({ synced }) => synced));
    expect(f.chassis('hv1')?.hostname).toBe('host2');
  });

  it.each([
    ['tenantflow-encap-ip 192.0.2.1', { ...hv(2), 'tenantflow-encap-ip': '192.0.2.1' }],
    ['hostname host1', { ...hv(2), hostname: 'host1' }],
    ['the name hv1', { ...hv(2), hostname: 'hv1' }],
    ['the name host1', { ...hv(2), 'system-id': 'host1' }],
  ])('refuses a newcomer that claims %s until the holder is gone and forgotten', async (what, ids) => {
    const f = fixture();
    const first = await f.hypervisor(hv(1));
    await until(() => f.inventory.synced('hv1'));
    await f.hypervisor(ids);
    await until(() => f.problem().startsWith(`two hypervisors claim ${what}: `));
    await first.stop();
    await until(() => f.problem().endsWith('if that one is gone for good: tenantflow forget hv1'));
    expect(f.problem()).toMatch(
      /^(system-id|hostname|tenantflow-encap-ip) \S+ belongs to chassis hv1 \(host1, 192.0.2.1\)/,
    );
    expect(f.store.list('chassis').map(({ id }) => id)).toEqual(['hv1']);
    await f.store.transact((tx) => tx.delete('chassis', 'hv1'));
    await until(() => f.inventory.synced(ids['system-id']));
    expect(f.inventory.synced('hv1')).toBe(false);
  });

  it('gives a name to the one that waits for it when its holder takes another', async () => {
    const f = fixture();
    const first = await f.hypervisor(hv(1));
    await until(() => f.inventory.synced('hv1'));
    await f.hypervisor({ ...hv(2), hostname: 'host1' });
    await until(() => f.problem() !== '');
    await first.vsctl('set', 'Open_vSwitch', '.', 'external_ids:hostname=renamed');
    await until(() => f.inventory.synced('hv2'));
    expect(f.store.list('chassis').map(({ hostname }) => hostname)).toEqual(['renamed', 'host1']);
  });

  it('shows no control character of what a hypervisor says of itself', async () => {
    const f = fixture();
    await f.hypervisor({ ...hv(1), hostname: 'a\u001b[2J' });
    await until(() => f.problem() === 'external_ids:hostname="a\\u001b[2J" is not a plain name');
  });

  it('admits only so many of one address, and the next when one leaves', async () => {
    const f = fixture();
    await f.restart({ hypervisors: { all: 9, each: 1 } });
    const first = await f.hypervisor(hv(1));
    await until(() => f.inventory.synced('hv1'));
    await f.hypervisor(hv(2));
    await until(
      () => f.problem() === '1 hypervisors of 127.0.0.1 are connected already: no more are accepted',
    );
    await first.stop();
    await until(() => f.inventory.synced('hv2'));
  });

  it('keeps only so many names, of those who take one after the other, and takes one again that it knows', async () => {
    const f = fixture();
    await f.restart({ known: { all: 9, each: 2 } });
    const server = await f.hypervisor(hv(1));
    await until(() => f.inventory.synced('hv1'));
    await f.join(server, hv(2));
    await until(() => f.inventory.synced('hv2'));
    await f.join(server, hv(3));
    const rest = 'are known already: no new one is accepted until one is forgotten (`tenantflow forget`)';
    await until(() => f.problem() === `2 hypervisors of 127.0.0.1 ${rest}`);
    await f.restart({ known: { all: 2, each: 9 } });
    await until(() => f.problem() === `2 hypervisors ${rest}`);
    expect(f.store.list('chassis').map(({ id }) => id)).toEqual(['hv1', 'hv2']);
    await f.join(server, hv(1));
    await until(() => f.inventory.synced('hv1'));
  });

  it('lets a stranger take little room, and a hypervisor what it needs', async () => {
    const f = fixture();
    const server = await f.hypervisor({ hostname: 'x' });
    await until(() => f.problem() === 'external_ids:system-id is missing');
    const big = ['a', 'b'].map((key) => `external_ids:${key}=${'x'.repeat(70_000)}`);
    await server.vsctl('set', 'Open_vSwitch', '.', ...big);
    await until(() => f.log.some(({ reason }) => reason === 'OVSDB_TOO_LARGE'));
    await server.vsctl('remove', 'Open_vSwitch', '.', 'external_ids', 'a', 'b');
    await f.join(server, hv(1));
    await until(() => f.repaired('port tf-vxlan'));
    await server.vsctl('set', 'interface', 'br-int', ...big);
    await plug(server, 'tf-vxlan', 5);
    await until(() => f.chassis('hv1')?.tunnelPorts.vxlan === 5);
    expect(f.log.filter(({ msg }) => msg === 'hypervisor accepted')).toHaveLength(1);
  });

  it('sends away who fills the memory that all share', async () => {
    const f = fixture();
    await f.restart({ cacheBytes: 50_000 });
    const server = await f.hypervisor(hv(1));
    await until(() => f.inventory.synced('hv1'));
    await server.vsctl('set', 'interface', 'br-int', `external_ids:big=${'x'.repeat(50_000)}`);
    await until(() => f.log.some(({ msg }) => msg === 'hypervisors fill the memory'));
  });

  it('sends away who fills it with messages that do not end', async () => {
    const f = fixture();
    await f.restart({ cacheBytes: 100_000 });
    const strangers = Array.from({ length: 2 }, () => dial(f.port, '127.0.0.1'));
    for (const stranger of strangers) {
      stranger.on('error', () => undefined).resume();
      stranger.write(`{"params":["${'x'.repeat(80_000)}`);
    }
    await until(() => f.log.some(({ msg }) => msg === 'hypervisors fill the memory'));
    await until(() => strangers.filter(({ closed }) => closed).length === 1);
    for (const stranger of strangers) stranger.destroy();
  });

  it('makes an accepted hypervisor that may no longer be used begin as a stranger', async () => {
    const f = fixture();
    const server = await f.hypervisor(hv(1));
    await until(() => f.inventory.synced('hv1'));
    await server.vsctl('set', 'Open_vSwitch', '.', 'external_ids:tenantflow-encap-ip=bogus');
    await until(() => f.log.some(({ msg }) => msg === 'hypervisor disconnected'));
    await until(
      () =>
        f.problem() ===
        'external_ids:tenantflow-encap-ip="bogus" is not a list of addresses that others reach this host by, IPv4 or IPv6',
    );
    expect(f.inventory.connected('hv1')).toBe(false);
    expect(f.chassis('hv1')?.encapIps).toEqual(['192.0.2.1']);
  });

  it('gives the place of a hypervisor that does not answer to the one that came back', async () => {
    const f = fixture();
    const frozen = await f.hypervisor(hv(1));
    await until(() => f.inventory.synced('hv1'));
    process.kill(frozen.pid, 'SIGSTOP');
    await f.hypervisor({ ...hv(1), hostname: 'again' });
    await until(() => f.chassis('hv1')?.hostname === 'again');
    expect(f.inventory.sessions()).toHaveLength(1);
  });

  it('knows by asking whether a hypervisor’s database is there, and by hearing of it that it is again', async () => {
    const f = fixture();
    const { pid } = await f.hypervisor(hv(1));
    await until(() => f.inventory.synced('hv1'));
    expect(await f.inventory.answers('hv1')).toBe(true);
    expect(await f.inventory.answers('hv2')).toBe(false);
    process.kill(pid, 'SIGSTOP');
    // What it had said before is still to be read.
    while (await f.inventory.answers('hv1'));
    expect(f.inventory.connected('hv1')).toBe(false);
    expect(f.inventory.sessions()).toMatchObject([{ id: 'hv1', connected: false, problem: undefined }]);
    process.kill(pid, 'SIGCONT');
    await until(() => f.inventory.connected('hv1'));
    expect(await f.inventory.answers('hv1')).toBe(true);
    expect(f.inventory.sessions()).toHaveLength(1);
  });

  it('wakes a switch that is still to come, and none that is there', async () => {
    const f = fixture();
    const late = new Set(['hv1']);
    await f.restart({ hasSwitch: (id) => !late.has(id) });
    const [one, two] = [await f.hypervisor(hv(1)), await f.hypervisor(hv(2))];
    const woken = async (server: typeof one) =>
      Number(await server.vsctl('get', 'Open_vSwitch', '.', 'next_cfg'));
    await until(() => f.inventory.synced('hv1') && f.inventory.synced('hv2'));
    await vi.waitFor(async () => expect(await woken(one)).toBe(4), 20_000);
    // Its switch has called: it may wait for nothing else.
    await vi.waitFor(async () => {
      f.inventory.called('127.0.0.1');
      expect(await woken(one)).toBeGreaterThan(4);
    }, 20_000);
    expect(await woken(two)).toBe(0);
  });

  it.each([
    ['OVSDB_JSON', 'GET / HTTP/1.0\r\n\r\n'],
    ['OVSDB_JSON', '\u0000\u00ff\u0016\u0003'],
    ['OVSDB_TOO_DEEP', `{"a":${'['.repeat(1000)}`],
    ['OVSDB_PROTOCOL', '{"id":1}'],
  ])('drops a peer that is no database server (%s), and nobody else notices', async (reason, bytes) => {
    const f = fixture();
    await f.hypervisor(hv(1));
    await until(() => f.inventory.synced('hv1'));
    const [healthy] = f.inventory.sessions();
    const stranger = dial(f.port, '127.0.0.1', () => stranger.write(bytes, 'latin1'));
    stranger.on('error', () => {});
    await until(() => f.log.some((line) => line.reason === reason));
    expect(f.inventory.sessions()).toEqual([healthy]);
    stranger.destroy();
  });
});
