import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Resource, Vm } from '#lab';
import { Cloud } from './cloud.ts';
import { shotOf, sightings } from './sightings.ts';

/**
 * A port that two hypervisors plug at once, under one iface-id and with one MAC address, as Neutron's highly available
 * routers do: one of the two is it, and the other disturbs nobody.
 */
let cloud: Cloud;
let router: Resource;
const vms: Record<string, Vm> = {};

const ROUTER = 1;
const BESIDE = 2;
const ASKER = 3;

beforeAll(async () => {
  cloud = await Cloud.create(3);
  const network = await cloud.network('routed');
  router = await cloud.createPort(network, ROUTER, {
    device_owner: 'network:ha_router_replicated_interface',
    'binding:host_id': 'hv1',
  });
  vms.beside = (await cloud.guest(network, cloud.hypervisor(2), BESIDE)).vm;
  vms.asker = (await cloud.guest(network, cloud.hypervisor(3), ASKER)).vm;
  vms.first = await cloud.createVm(ROUTER);
  vms.second = await cloud.createVm(ROUTER);
  await cloud.hypervisor(1).plug(vmOf('first'), router.id);
  await cloud.hypervisor(2).plug(vmOf('second'), router.id);
});
afterAll(() => cloud.stop());

describe('a port that two hypervisors plug', () => {
  it('is where it is bound', async () => {
    await isAt('first', 'second');
  });

  it('moves with its binding, to and fro', async () => {
    await bindTo('hv2');
    await isAt('second', 'first');
    await bindTo('hv1');
    await isAt('first', 'second');
  });

  it('is where it was plugged in last, if it is bound nowhere', async () => {
    await bindTo('');
    await isAt('second', 'first');
    await cloud.hypervisor(1).unplug(vmOf('first'));
    await cloud.hypervisor(1).plug(vmOf('first'), router.id);
    await isAt('first', 'second');
    await cloud.hypervisor(1).unplug(vmOf('first'));
    delete vms.first;
    await isAt('second');
  });
});

/** Checks that the port is this one: it is reached, once, and heard, and the other one, if it is plugged, neither. */
async function isAt(active: string, idle?: string): Promise<void> {
  await cloud.status(router, 'ACTIVE');
  await cloud.caughtUp();
  const shots = [
    ...[ROUTER, undefined].map((dst) => shotOf({ from: 'asker', src: ASKER, dst })),
    ...[ROUTER, undefined].map((dst) => shotOf({ from: 'beside', src: BESIDE, dst })),
    ...[active, ...(idle ? [idle] : [])].map((from) => shotOf({ from, src: ROUTER })),
  ];
  const everyVm = new Map(Object.entries(vms));
  expect(await sightings(cloud.lab, everyVm, shots)).toEqual([
    ...[[active], ['beside', active].sort()],
    ...[[active], ['asker', active].sort()],
    ['asker', 'beside'],
    ...(idle ? [[]] : []),
  ]);
}

function bindTo(host: string): Promise<unknown> {
  return cloud.controller.rest.update('port', router.id, { 'binding:host_id': host });
}

function vmOf(name: string): Vm {
  const vm = vms[name];
  if (!vm) throw new Error(`no VM ${name}`);
  return vm;
}
