import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '#controller/store/lmdb/lmdb-store';
import { waitFor } from '#lab';
import { Cloud, type Guest } from './cloud.ts';
import { Arrivals } from './firewall/arrivals.ts';

/** Zones of connection tracking: ports whose keys are so far apart have the same one, if they can. */
const ZONES = 65_535;

/**
 * What is remembered for a guest is forgotten when another one has its port, although nobody saw the first one leave: the
 * interface was deleted and made again while the controller was away, or at once, under the same name and number.
 * `a` may send anything and is sent nothing; `b` may do anything.
 */
describe.each(['learn', 'conntrack'] as const)('a port that is plugged anew unseen: %s', (backend) => {
  let cloud: Cloud;
  const guests = new Map<string, Guest>();
  const guest = (name: string) => {
    const found = guests.get(name);
    if (!found) throw new Error(`there is no guest ${name}`);
    return found;
  };

  beforeAll(async () => {
    cloud = await Cloud.create(1, { 'tenantflow-firewall': backend }, { args: ['--firewall-recovery', '0'] });
    for (const name of ['red', 'blue']) {
      const network = await cloud.network(name);
      for (const [number, who] of [`a ${name}`, `b ${name}`].entries()) {
        const security = number === 0 ? {} : { port_security_enabled: false, security_groups: [] };
        const port = await cloud.createPort(network, number + 1, security);
        const vm = await cloud.createDeafVm(number + 1);
        guests.set(who, { vm, port });
        await plug(who);
      }
    }
    await cloud.caughtUp();
  });
  afterAll(() => cloud.stop());

  async function plug(who: string): Promise<void> {
    const { vm, port } = guest(who);
    await cloud.hypervisor(1).plug(vm, port.id);
    // Nothing of the kernel's own may come between.
    await vm.exec(['sysctl', '-qw', 'net.ipv6.conf.v0.disable_ipv6=1']);
    await cloud.status(port, 'ACTIVE');
  }

  /** Whether a packet in the language of cases arrives, on one of the networks. */
  async function arrives(text: string, network = 'red'): Promise<boolean> {
    return await new Arrivals(cloud, (letter) => guest(`${letter} ${network}`).vm).arrives(text);
  }

  /** `a` asks; then its answers pass. */
  async function ask(port: number): Promise<void> {
    expect(await arrives(`a > b udp ${port} 53`)).toBe(true);
    expect(await arrives(`b > a udp 53 ${port}`)).toBe(true);
  }

  /** What the switch's flows note of whose connections they lead to. */
  async function notes(): Promise<string> {
    const flows = await cloud.hypervisor(1).dumpFlows();
    return flows.flatMap((flow) => /note:[0-9a-f.]+/.exec(flow)?.[0] ?? []).join();
  }

  /** Waits until the switch is told that somebody else has a port. */
  async function told(before: string): Promise<void> {
    await waitFor(async () => (await notes()) !== before, { what: 'the switch to be told' });
    await cloud.caughtUp();
  }

  /** Deletes a's interface and makes it again with the same settings, in one transaction. */
  async function makeAnew(): Promise<void> {
    const { vm, port } = guest('a red');
    const { device } = vm.place;
    const before = await cloud.hypervisor(1).ofport(device);
    const made = ['set', 'interface', device, `external_ids:iface-id=${port.id}`];
    await cloud.hypervisor(1).vsctl('del-port', device, '--', 'add-port', 'br-int', device, '--', ...made);
    expect(await cloud.hypervisor(1).ofport(device)).toBe(before);
  }

  it('keeps its connections when it was not, though the controller is killed and started again', async () => {
    await ask(1000);
    await cloud.controller.kill();
    await cloud.controller.start();
    await cloud.caughtUp();
    expect(await arrives('b > a udp 53 1000')).toBe(true);
  });

  it('has none of its former guest’s, when that was while the controller was away', async () => {
    await ask(1001);
    const before = await notes();
    await cloud.controller.kill();
    await makeAnew();
    // Nobody is there to tell the switch.
    expect(await arrives('b > a udp 53 1001')).toBe(true);
    await cloud.controller.start();
    await told(before);
    expect(await arrives('b > a udp 53 1001')).toBe(false);
    await ask(1001);
  });

  it('has none of its former guest’s, when it was gone for no longer than one transaction', async () => {
    await ask(1002);
    const before = await notes();
    await makeAnew();
    await told(before);
    expect(await arrives('b > a udp 53 1002')).toBe(false);
    await ask(1002);
  });

  it('leaves none to another port that comes to have its zone while the controller is away', async () => {
    await ask(1003);
    const before = await notes();
    await cloud.controller.kill();
    const store = await openStore(cloud.controller.dataDir);
    const [red, blue] = ['a red', 'a blue'].map((who) => store.get('ports', guest(who).port.id));
    if (!red || !blue) throw new Error('the store knows no ports');
    await store.transact((tx) => tx.put('ports', blue.id, { ...blue, key: red.key + ZONES }));
    await store.close();
    await cloud.hypervisor(1).unplug(guest('a red').vm);
    await cloud.controller.start();
    await told(before);
    await waitFor(async () => (await notes()).split(',').length === 1, { what: 'one port to be left' });
    await cloud.caughtUp();
    expect(await arrives('b > a udp 53 1003', 'blue')).toBe(false);
    expect(await arrives('a > b udp 1003 53', 'blue')).toBe(true);
    expect(await arrives('b > a udp 53 1003', 'blue')).toBe(true);
  });
});
