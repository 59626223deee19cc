import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Resource, type Vm, waitFor } from '#lab';
import { Cloud, type Guest } from './cloud.ts';

/** Where ports are bound and what follows on real switches: migration, trunks that go along, hypervisors that take no new ports. */
interface Port extends Resource {
  readonly device_owner: string;
  readonly 'binding:host_id': string;
  readonly 'binding:vif_type': string;
}
interface Trunk extends Resource {
  readonly problems?: readonly { readonly port_id: string; readonly reason: string }[];
}
interface Agent extends Resource {
  readonly host: string;
  readonly alive: boolean;
  readonly resources_synced: boolean;
  readonly heartbeat_timestamp: string | null;
}

let cloud: Cloud;
let network: Resource;
let peer: Guest;
let vm: Vm;
let parent: Resource;
let sub: Resource;
let trunk: Resource;

beforeAll(async () => {
  cloud = await Cloud.create(2);
  network = await cloud.network('red');
  peer = await cloud.guest(network, cloud.hypervisor(2), 2);
  parent = await cloud.createPort(network, 1, { device_owner: 'compute:nova', 'binding:host_id': 'hv1' });
  sub = await cloud.createPort(network, 11);
  const sub_ports = [{ port_id: sub.id, segmentation_type: 'vlan', segmentation_id: 100 }];
  trunk = await rest().create('trunk', { port_id: parent.id, sub_ports });
  vm = await cloud.createVm(1);
});
afterAll(() => cloud.stop());

const rest = () => cloud.controller.rest;
const show = (port: Resource) => rest().show<Port>('port', port.id);
const bindings = (method: string, path = '', body?: object) =>
  rest().request(method, `/v2.0/ports/${parent.id}/bindings${path}`, body);
const agents = () => rest().list<Agent>('agent');
const agent = async (host: string) => (await agents()).find((each) => each.host === host);
const change = async (host: string, attributes: object) =>
  rest().update('agent', (await agent(host))?.id ?? '', attributes);

function trunkIs(status: string, problems?: Trunk['problems']): Promise<unknown> {
  return waitFor(
    async () => {
      const shown = await rest().show<Trunk>('trunk', trunk.id);
      return shown.status === status && JSON.stringify(shown.problems) === JSON.stringify(problems);
    },
    { what: `the trunk to be ${status}` },
  );
}

describe('a port and its trunk', () => {
  it('are ACTIVE where they are bound and plugged, the subport bound with them', async () => {
    expect((await rest().show('trunk', trunk.id)).status).toBe('DOWN');
    expect(await show(sub)).toMatchObject({
      device_owner: 'trunk:subport',
      'binding:host_id': 'hv1',
      'binding:vif_type': 'ovs',
    });
    await cloud.hypervisor(1).plug(vm, parent.id);
    await trunkIs('ACTIVE');
    for (const port of [parent, sub]) expect((await show(port)).status).toBe('ACTIVE');
    expect((await vm.ping(peer.vm.ip)).received).toBe(3);
  });

  it('stay where they are while another binding is only prepared', async () => {
    await bindings('POST', '', { binding: { host: 'hv2' } });
    expect(await bindings('GET')).toMatchObject({
      bindings: [
        { host: 'hv1', status: 'ACTIVE' },
        { host: 'hv2', status: 'INACTIVE', vif_type: 'ovs' },
      ],
    });
    expect((await show(sub))['binding:host_id']).toBe('hv1');
    expect((await vm.ping(peer.vm.ip)).received).toBe(3);
  });

  it('go DOWN when it is activated, and are ACTIVE when they are plugged there', async () => {
    expect(await bindings('PUT', '/hv2/activate')).toMatchObject({ host: 'hv2', status: 'ACTIVE' });
    expect((await show(parent)).status).toBe('DOWN');
    expect((await show(sub))['binding:host_id']).toBe('hv2');
    await trunkIs('DOWN');
    await cloud.status(sub, 'DOWN');
    await cloud.caughtUp();
    // What is sent to it goes to its new hypervisor, where it is not yet.
    expect((await vm.ping(peer.vm.ip, { waitMs: 1_000 })).received).toBe(0);
    await cloud.hypervisor(1).unplug(vm);
    await cloud.hypervisor(2).plug(vm, parent.id);
    await trunkIs('ACTIVE');
    await cloud.caughtUp();
    expect((await vm.ping(peer.vm.ip)).received).toBe(3);
    await bindings('DELETE', '/hv1');
  });

  it('say which subport cannot do its work', async () => {
    await rest().update('port', sub.id, { admin_state_up: false });
    await trunkIs('DEGRADED', [{ port_id: sub.id, reason: 'it is administratively down' }]);
    await rest().update('port', sub.id, { admin_state_up: true });
    await trunkIs('ACTIVE');
  });
});

describe('a hypervisor as an agent', () => {
  it('is alive and synced while it is at work', async () => {
    const found = await agents();
    expect(found.map(({ host, alive, resources_synced }) => [host, alive, resources_synced])).toEqual(
      expect.arrayContaining([
        ['hv1', true, true],
        ['hv2', true, true],
      ]),
    );
    expect(found[0]?.heartbeat_timestamp).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
  });

  it('keeps what it has and takes nothing new while its admin_state_up is false', async () => {
    await change('hv2', { admin_state_up: false });
    const late = await cloud.createPort(network, 12);
    await rest().request('PUT', `/v2.0/trunks/${trunk.id}/add_subports`, {
      sub_ports: [{ port_id: late.id, segmentation_type: 'vlan', segmentation_id: 101 }],
    });
    await trunkIs('ERROR', [{ port_id: late.id, reason: 'it cannot be bound to where its parent is' }]);
    const other = await cloud.createPort(network, 3, { 'binding:host_id': 'hv2' });
    expect((await show(other))['binding:vif_type']).toBe('binding_failed');
    const newcomer = await cloud.createVm(3);
    await cloud.hypervisor(2).plug(newcomer, other.id);
    await cloud.status(peer.port, 'ACTIVE');
    expect((await newcomer.ping(peer.vm.ip, { waitMs: 1_000 })).received).toBe(0);
    expect((await vm.ping(peer.vm.ip)).received).toBe(3);
    expect([(await show(other)).status, (await show(late)).status]).toEqual(['DOWN', 'DOWN']);

    await rest().request('PUT', `/v2.0/trunks/${trunk.id}/remove_subports`, {
      sub_ports: [{ port_id: late.id }],
    });
    await trunkIs('ACTIVE');
    await change('hv2', { admin_state_up: true });
    await rest().update('port', other.id, { 'binding:host_id': 'hv2' });
    await cloud.status(other, 'ACTIVE');
    // Until now all that it sent was dropped, which the datapath has cached.
    await cloud.caughtUp();
    expect((await newcomer.ping(peer.vm.ip)).received).toBe(3);
  });

  it('is not alive when it is gone, and then it may be forgotten', async () => {
    const id = (await agent('hv1'))?.id ?? '';
    await expect(rest().delete('agent', id)).rejects.toThrow('SwitchConnected');
    await cloud.hypervisor(1).vsctl('del-manager');
    await waitFor(async () => (await agent('hv1'))?.alive === false, { what: 'hv1 not to be alive' });
    await rest().delete('agent', id);
    expect((await agents()).map(({ host }) => host)).toEqual(['hv2']);
    await cloud.hypervisor(1).attach();
    await waitFor(async () => (await agent('hv1'))?.alive, { what: 'hv1 to be alive again' });
    expect((await agent('hv1'))?.id).toBe(id);
  });
});
