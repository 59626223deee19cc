import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Resource, type Vm, waitFor } from '#lab';
import { Cloud } from './cloud.ts';
import { shotOf, sightings } from './sightings.ts';

/**
 * A VM that moves while it runs, as Nova moves it: for a while both hypervisors plug its port, `source` and `target`
 * being its two bodies. It is a trunk's parent, too.
 */
let cloud: Cloud;
let network: Resource;
let port: Resource;
let subPort: Resource;
const vms: Record<string, Vm> = {};

const MOVER = 1;
const SUBPORT = { number: 2, vlan: 100 };
const BESIDE_TARGET = 3;
const ELSEWHERE = 4;

beforeAll(async () => {
  cloud = await Cloud.create(3);
  network = await cloud.network('moving');
  const { rest } = cloud.controller;
  port = await cloud.createPort(network, MOVER, { device_owner: 'compute:nova', 'binding:host_id': 'hv1' });
  subPort = await cloud.createPort(network, SUBPORT.number);
  await rest.create('trunk', {
    port_id: port.id,
    sub_ports: [{ port_id: subPort.id, segmentation_type: 'vlan', segmentation_id: SUBPORT.vlan }],
  });
  vms.besideTarget = (await cloud.guest(network, cloud.hypervisor(2), BESIDE_TARGET)).vm;
  vms.elsewhere = (await cloud.guest(network, cloud.hypervisor(3), ELSEWHERE)).vm;
  vms.source = await cloud.createVm(MOVER);
  vms.target = await cloud.createVm(MOVER);
  await cloud.hypervisor(1).plug(vmOf('source'), port.id);
  await areActive();
});
afterAll(() => cloud.stop());

describe('a VM that migrates', () => {
  it('is not let in where it has no binding', async () => {
    await cloud.hypervisor(2).plug(vmOf('target'), port.id);
    await cloud.caughtUp();
    expect(await sendFrom('target', MOVER, ELSEWHERE)).toEqual([]);
  });

  it('may send from its target, and is reached at its source alone', async () => {
    await bindings('POST', '', { binding: { host: 'hv2' } });
    const targetDevice = vmOf('target').place.device;
    await waitFor(async () => (await flowsOf(targetDevice)) > 0, { what: 'the target to be wired' });
    await cloud.steady();
    expect(await sendFrom('target', MOVER, ELSEWHERE)).toEqual(['elsewhere']);
    expect(await sendFrom('target', MOVER, BESIDE_TARGET)).toEqual(['besideTarget']);
    expect(await sendFrom('target', SUBPORT.number, ELSEWHERE, SUBPORT.vlan)).toEqual(['elsewhere']);
    await isAt('source');
  });

  it('is reached at its target alone when that binding is activated, with one gap at most and nothing twice', async () => {
    const pings = vmOf('elsewhere').startPing('10.0.0.1', { intervalMs: 10, waitMs: 3_000 });
    await waitFor(() => pings.received > 20, { what: 'pings to run' });
    await bindings('PUT', '/hv2/activate');
    await areActive();
    const atActivation = pings.received;
    await waitFor(() => pings.received > atActivation + 20, { what: 'pings to go on' });
    const { lost, duplicates } = await pings.stop();
    expect(duplicates).toBe(0);
    const [first = 0] = lost;
    expect(lost).toEqual(lost.map((_, at) => first + at));
    await isAt('target');
  });

  it('goes back', async () => {
    await bindings('PUT', '/hv1/activate');
    await areActive();
    await isAt('source');
    await bindings('PUT', '/hv2/activate');
    await areActive();
    await isAt('target');
  });

  it('is no longer let in at its source when that binding is deleted', async () => {
    expect(await sendFrom('source', MOVER, ELSEWHERE)).toEqual(['elsewhere']);
    await bindings('DELETE', '/hv1');
    const sourceDevice = vmOf('source').place.device;
    await waitFor(async () => (await flowsOf(sourceDevice, 1)) === 0, { what: 'the source to be cut off' });
    await cloud.caughtUp();
    expect(await sendFrom('source', MOVER, ELSEWHERE)).toEqual([]);
    await isAt('target');
  });
});

/** Checks that frames for the mover and its subport reach this body alone, from near and far, and broadcasts once. */
async function isAt(body: 'source' | 'target'): Promise<void> {
  const tagged = `${body}.${SUBPORT.vlan}`;
  for (const [from, number] of [
    ['besideTarget', BESIDE_TARGET] as const,
    ['elsewhere', ELSEWHERE] as const,
  ]) {
    const other = from === 'elsewhere' ? 'besideTarget' : 'elsewhere';
    expect(await sendFrom(from, number, MOVER)).toEqual([body]);
    expect(await sendFrom(from, number, SUBPORT.number)).toEqual([tagged]);
    expect(await sendFrom(from, number)).toEqual([other, body, tagged].sort());
  }
}

/** Sends a frame; tells who sees it, with the tag that it wears there, once per copy. */
async function sendFrom(from: string, src: number, dst?: number, vlan?: number): Promise<readonly string[]> {
  const vlans = vlan === undefined ? [] : [{ vid: vlan }];
  const [seen = []] = await sightings(cloud.lab, new Map(Object.entries(vms)), [
    shotOf({ from, src, dst, vlans }),
  ]);
  return seen;
}

function bindings(method: string, path: string, body?: object): Promise<unknown> {
  return cloud.controller.rest.request(method, `/v2.0/ports/${port.id}/bindings${path}`, body);
}

async function areActive(): Promise<void> {
  for (const each of [port, subPort]) await cloud.status(each, 'ACTIVE');
  await cloud.caughtUp();
}

/** How many flows let something in by an interface. */
async function flowsOf(device: string, hypervisor = 2): Promise<number> {
  const flows = await cloud.hypervisor(hypervisor).dumpFlows();
  return flows.filter((flow) => flow.includes(`in_port=${device}`) || flow.includes(`in_port="${device}"`))
    .length;
}

function vmOf(name: string): Vm {
  const vm = vms[name];
  if (!vm) throw new Error(`no VM ${name}`);
  return vm;
}
