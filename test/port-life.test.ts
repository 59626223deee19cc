import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Resource } from '#lab';
import { waitFor } from '#lab';
import { Cloud, type Guest } from './cloud.ts';

/** A port's life on real switches: in any order of events it comes up, and when it goes nothing of it stays. */
let cloud: Cloud;
let network: Resource;
let anchor: Guest;

beforeAll(async () => {
  cloud = await Cloud.create(2);
  network = await cloud.network('life');
  anchor = await cloud.guest(network, cloud.hypervisor(2), 100);
});
afterAll(() => cloud.stop());

describe('a port', () => {
  it('is DOWN when created, ACTIVE once plugged in, and reaches another hypervisor', async () => {
    const port = await cloud.createPort(network, 1);
    expect(port.status).toBe('DOWN');
    const vm = await cloud.createVm(1);
    await cloud.hypervisor(1).plug(vm, port.id);
    await cloud.status(port, 'ACTIVE');
    expect((await vm.ping(anchor.vm.ip)).received).toBe(3);
    expect((await anchor.vm.ping(vm.ip)).received).toBe(3);
  });

  it('comes up when its interface was there before it was', async () => {
    const hypervisor = cloud.hypervisor(1);
    const vm = await cloud.createVm(2);
    // Neutron chooses the id of a port, so the interface learns it last.
    const device = await hypervisor.plug(vm, 'not-yet-known');
    const port = await cloud.createPort(network, 2);
    await hypervisor.vsctl('set', 'interface', device, `external_ids:iface-id=${port.id}`);
    await cloud.status(port, 'ACTIVE');
    expect((await vm.ping(anchor.vm.ip)).received).toBe(3);
  });

  it('comes up when it was plugged in while the controller was away', async () => {
    const port = await cloud.createPort(network, 8);
    const vm = await cloud.createVm(8);
    await cloud.controller.stop();
    await cloud.hypervisor(1).plug(vm, port.id);
    await cloud.controller.start();
    await cloud.status(port, 'ACTIVE');
    // A port waits for switches that are still to come, but not for ever, and the machine may be busy.
    await cloud.steady();
    expect((await vm.ping(anchor.vm.ip)).received).toBe(3);
  });

  it('goes DOWN when unplugged, its flows go everywhere, and it comes up on another hypervisor', async () => {
    const { vm, port } = await cloud.guest(network, cloud.hypervisor(1), 3);
    await cloud.hypervisor(1).unplug(vm);
    await cloud.status(port, 'DOWN');
    await waitFor(async () => (await flowsAbout(3)).length === 0, { what: 'its flows to go' });
    await cloud.hypervisor(2).plug(vm, port.id);
    await cloud.status(port, 'ACTIVE');
    expect((await vm.ping(anchor.vm.ip)).received).toBe(3);
  });

  it('takes its flows with it when it is deleted while plugged in', async () => {
    const { vm, port } = await cloud.guest(network, cloud.hypervisor(1), 4);
    const reaches = await vm.ping(anchor.vm.ip);
    await cloud.controller.rest.delete('port', port.id);
    await waitFor(async () => (await flowsAbout(4)).length === 0, { what: 'its flows to go' });
    await cloud.caughtUp();
    expect(reaches.received).toBe(3);
    expect((await vm.ping(anchor.vm.ip, { waitMs: 1_000 })).received).toBe(0);
  });

  it('passes nothing while it is administratively down', async () => {
    const { vm, port } = await cloud.guest(network, cloud.hypervisor(1), 5);
    await cloud.controller.rest.update('port', port.id, { admin_state_up: false });
    await cloud.status(port, 'DOWN');
    await waitFor(async () => (await flowsAbout(5)).length === 0, { what: 'its flows to go' });
    await cloud.caughtUp();
    expect((await vm.ping(anchor.vm.ip, { waitMs: 1_000 })).received).toBe(0);
    await cloud.controller.rest.update('port', port.id, { admin_state_up: true });
    await cloud.status(port, 'ACTIVE');
    expect((await vm.ping(anchor.vm.ip)).received).toBe(3);
  });

  it('is not wired on a hypervisor that binding:host_id does not name', async () => {
    const port = await cloud.createPort(network, 6, { 'binding:host_id': 'hv2' });
    const vm = await cloud.createVm(6);
    await cloud.hypervisor(1).plug(vm, port.id);
    const { vm: witness } = await cloud.guest(network, cloud.hypervisor(1), 7);
    // The witness was plugged in later and is up, so the controller has seen both.
    expect((await cloud.controller.rest.show('port', port.id)).status).toBe('DOWN');
    expect((await vm.ping(witness.ip, { waitMs: 1_000 })).received).toBe(0);
    await cloud.controller.rest.update('port', port.id, { 'binding:host_id': 'hv1' });
    await cloud.status(port, 'ACTIVE');
    expect((await vm.ping(witness.ip)).received).toBe(3);
  });
});

/** Flows of all hypervisors that know the MAC address of number n. */
async function flowsAbout(number: number): Promise<readonly string[]> {
  const flows = await Promise.all(cloud.hypervisors.map((hypervisor) => hypervisor.dumpFlows()));
  const mac = `dl_dst=02:00:00:00:00:${number.toString(16).padStart(2, '0')}`;
  return flows.flat().filter((flow) => flow.includes(mac));
}
