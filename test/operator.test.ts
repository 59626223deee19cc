import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHECKOUT, type Resource, run, waitFor } from '#lab';
import { Cloud, type Guest } from './cloud.ts';

/** Slips of an operator's hand: what works goes on working, and what does not says why. */
let cloud: Cloud;
let network: Resource;
let one: Guest;
let two: Guest;

beforeAll(async () => {
  cloud = await Cloud.create(2);
  network = await cloud.network('busy');
  one = await cloud.guest(network, cloud.hypervisor(1), 1);
  two = await cloud.guest(network, cloud.hypervisor(2), 2);
});
afterAll(() => cloud.stop());

/** What `tenantflow status` says is wrong with a hypervisor. */
async function problemOf(id: string): Promise<string | null | undefined> {
  return (await cloud.switches()).find((row) => row.id === id)?.problem;
}

describe('an operator', () => {
  it('does not take a running VM’s port away by giving its iface-id to another interface', async () => {
    const hypervisor = cloud.hypervisor(1);
    const { device } = one.vm.place;
    // The name sorts before that of the VM's interface.
    await hypervisor.vsctl(
      ...['add-port', 'br-int', 'aaa', '--', 'set', 'interface', 'aaa', 'type=internal'],
      `external_ids:iface-id=${one.port.id}`,
    );
    await waitFor(() => cloud.controller.log().some((line) => String(line.error).includes(device)), {
      what: 'the slip to be logged',
    });
    await hypervisor.vsctl(
      ...['add-port', 'br-int', 'bbb', '--', 'set', 'interface', 'bbb', 'type=internal'],
      'external_ids:iface-id=typo',
    );
    const shown = async () => run([`${CHECKOUT}/bin/tenantflow`, 'describe', 'switch', 'hv1']);
    await waitFor(async () => (await shown()).includes('interface bbb'), { what: 'the typo to be shown' });
    expect(await shown()).toMatch(/^Of no port +interface aaa: its iface-id is that of interface "/m);
    expect(await shown()).toMatch(/^ +interface bbb: external_ids:iface-id=typo is the id of no port$/m);
    expect((await one.vm.ping(two.vm.ip)).received).toBe(3);
    expect((await cloud.controller.rest.show('port', one.port.id)).status).toBe('ACTIVE');
    await hypervisor.vsctl('del-port', 'aaa', '--', 'del-port', 'bbb');
  });

  it('sees why a renamed hypervisor is not accepted, while its VMs go on', async () => {
    const hypervisor = cloud.hypervisor(2);
    await hypervisor.vsctl('--no-wait', 'set', 'Open_vSwitch', '.', 'external_ids:system-id=renamed');
    await waitFor(async () => (await problemOf('renamed')) !== undefined, {
      what: 'the new name to be refused',
    });
    expect(await problemOf('renamed')).toContain('tenantflow forget hv2');
    expect((await one.vm.ping(two.vm.ip)).received).toBe(3);
    await hypervisor.vsctl('--no-wait', 'set', 'Open_vSwitch', '.', 'external_ids:system-id=hv2');
    await cloud.steady();
    expect((await one.vm.ping(two.vm.ip)).received).toBe(3);
  });

  it('is told that a network’s tunnel type is not offered, and its ports are not ACTIVE', async () => {
    const geneve = await cloud.network('other', { 'provider:network_type': 'geneve' });
    const port = await cloud.createPort(geneve, 9);
    const vm = await cloud.createVm(9);
    await cloud.hypervisor(1).plug(vm, port.id);
    await waitFor(async () => (await problemOf('hv1')) !== null, { what: 'the problem to be shown' });
    expect(await problemOf('hv1')).toContain('geneve');
    expect((await cloud.controller.rest.show('port', port.id)).status).toBe('DOWN');
    await cloud
      .hypervisor(1)
      .vsctl('--no-wait', 'set', 'Open_vSwitch', '.', 'external_ids:tenantflow-encap-type="vxlan,geneve"');
    await cloud.status(port, 'ACTIVE');
    expect(await problemOf('hv1')).toBeNull();
  });

  it('is told that a bridge has another datapath type than asked for', async () => {
    const set = (type: string) =>
      cloud
        .hypervisor(1)
        .vsctl('--no-wait', 'set', 'Open_vSwitch', '.', `external_ids:tenantflow-datapath-type=${type}`);
    await set('system');
    await waitFor(async () => (await problemOf('hv1')) !== null, { what: 'the problem to be shown' });
    expect(await problemOf('hv1')).toContain('bridge br-int is of datapath type netdev, not system');
    expect((await one.vm.ping(two.vm.ip)).received).toBe(3);
    await set('netdev');
    await waitFor(async () => (await problemOf('hv1')) === null, { what: 'the problem to go' });
  });

  it('does not lose a hypervisor by naming the bridge that carries its network card', async () => {
    const hypervisor = cloud.hypervisor(1);
    await hypervisor.vsctl('--no-wait', 'set', 'Open_vSwitch', '.', 'external_ids:tenantflow-bridge=br-phy');
    await waitFor(async () => (await problemOf('hv1')) !== null, { what: 'the problem to be shown' });
    expect(await problemOf('hv1')).toContain('bridge br-phy is left alone, because it carries eth0');
    expect(await hypervisor.vsctl('get-controller', 'br-phy')).toBe('');
    await hypervisor.vsctl('--no-wait', 'remove', 'Open_vSwitch', '.', 'external_ids', 'tenantflow-bridge');
    await waitFor(async () => (await problemOf('hv1')) === null, { what: 'the problem to go' });
    await cloud.status(one.port, 'ACTIVE');
    expect((await one.vm.ping(two.vm.ip)).received).toBe(3);
  });

  it('moves a hypervisor to a bridge of another name, tunnels and all', async () => {
    const hypervisor = cloud.hypervisor(1);
    await hypervisor.unplug(one.vm);
    await hypervisor.vsctl('--no-wait', 'set', 'Open_vSwitch', '.', 'external_ids:tenantflow-bridge=br-new');
    await waitFor(
      async () =>
        (await hypervisor.vsctl('port-to-br', 'tf-vxlan')) === 'br-new\n' &&
        Number.parseInt(await hypervisor.vsctl('get', 'interface', 'tf-vxlan', 'ofport'), 10) > 0,
      { what: 'the tunnel port on the new bridge' },
    );
    await hypervisor.plug(one.vm, one.port.id, { bridge: 'br-new' });
    await cloud.status(one.port, 'ACTIVE');
    expect((await one.vm.ping(two.vm.ip)).received).toBe(3);
  });
});
