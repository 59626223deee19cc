import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ETHERTYPE, type Resource, type Vm, waitFor } from '#lab';
import { Cloud } from './cloud.ts';
import { type NumberedFrame, shotOf, sightings } from './sightings.ts';

/**
 * VLAN-aware VMs on real switches. The kernels of the guests know no VLANs, so their tagged frames are made and read
 * here. Every frame is looked for at every guest.
 */
let cloud: Cloud;
const networks: Record<string, Resource> = {};
const ports: Record<string, Resource> = {};
const vms: Record<string, Vm> = {};
let trunk: Resource;
let otherTrunk: Resource;

/** Guests with one port, each on its network and hypervisor. The number gives the addresses. */
const PLAIN = {
  redNear: { network: 'red', hypervisor: 1, number: 2 },
  redFar: { network: 'red', hypervisor: 2, number: 3 },
  homeFar: { network: 'home', hypervisor: 2, number: 4 },
  greFar: { network: 'gre', hypervisor: 2, number: 5 },
  geneveFar: { network: 'geneve', hypervisor: 2, number: 6 },
  localNear: { network: 'local', hypervisor: 1, number: 7 },
} as const;
/** Subports of the guest `trunk` on hypervisor 1, whose parent is number 1 on network `home`. */
const SUBPORTS = {
  // The parent's own MAC address: only the tag tells them apart.
  same: { network: 'red', number: 1, vlan: 100 },
  sibling: { network: 'red', number: 11, vlan: 200 },
  // On the parent's network.
  child: { network: 'home', number: 12, vlan: 4094 },
  gre: { network: 'gre', number: 13, vlan: 1 },
  geneve: { network: 'geneve', number: 14, vlan: 2 },
  local: { network: 'local', number: 15, vlan: 3 },
} as const;

beforeAll(async () => {
  cloud = await Cloud.create(2, { 'tenantflow-encap-type': 'vxlan,gre,geneve' });
  for (const name of ['home', 'red']) networks[name] = await cloud.network(name);
  for (const type of ['gre', 'geneve', 'local'])
    networks[type] = await cloud.network(type, { 'provider:network_type': type, mtu: 1442 });
  for (const [name, { network, hypervisor, number }] of Object.entries(PLAIN)) {
    const guest = await cloud.guest(networkOf(network), cloud.hypervisor(hypervisor), number);
    vms[name] = guest.vm;
  }
  for (const [name, { network, number }] of Object.entries(SUBPORTS))
    ports[name] = await cloud.createPort(networkOf(network), number);
  ports.parent = await cloud.createPort(networkOf('home'), 1);
  ports.otherParent = await cloud.createPort(networkOf('home'), 8);
  ports.other = await cloud.createPort(networkOf('red'), 9);
  ports.late = await cloud.createPort(networkOf('red'), 16);
  vms.trunk = await cloud.createVm(1);
  vms.otherTrunk = await cloud.createVm(8);
  trunk = await createTrunk('parent', Object.keys(SUBPORTS));
  otherTrunk = await createTrunk('otherParent', ['other']);
  await cloud.hypervisor(1).plug(vmOf('trunk'), portOf('parent').id);
  await cloud.hypervisor(2).plug(vmOf('otherTrunk'), portOf('otherParent').id);
  for (const name of ['parent', 'otherParent', 'other', ...Object.keys(SUBPORTS)])
    await cloud.status(portOf(name), 'ACTIVE');
});
afterAll(() => cloud.stop());

describe('a subport', () => {
  it('reaches guests of its network near and far, whose frames are untagged', async () => {
    expect(await arrivals({ from: 'trunk', vlan: 100, src: 1, dst: 2 })).toEqual(['redNear']);
    expect(await arrivals({ from: 'trunk', vlan: 100, src: 1, dst: 3 })).toEqual(['redFar']);
    expect(await arrivals({ from: 'trunk', vlan: 200, src: 11, dst: 3 })).toEqual(['redFar']);
  });

  it('is reached by its own tag, though its MAC address is its parent’s', async () => {
    expect(await arrivals({ from: 'redNear', src: 2, dst: 1 })).toEqual(['trunk.100']);
    expect(await arrivals({ from: 'redFar', src: 3, dst: 1 })).toEqual(['trunk.100']);
    expect(await arrivals({ from: 'homeFar', src: 4, dst: 1 })).toEqual(['trunk']);
  });

  it('reaches another trunk’s subport, whatever tag that has', async () => {
    expect(await arrivals({ from: 'trunk', vlan: 100, src: 1, dst: 9 })).toEqual(['otherTrunk.300']);
    expect(await arrivals({ from: 'otherTrunk', vlan: 300, src: 9, dst: 1 })).toEqual(['trunk.100']);
  });

  it('is heard by all of its network, also by a sibling on the same interface, once each and not by itself', async () => {
    const all = ['otherTrunk.300', 'redFar', 'redNear'];
    expect(await arrivals({ from: 'trunk', vlan: 100, src: 1 })).toEqual([...all, 'trunk.200']);
    expect(await arrivals({ from: 'trunk', vlan: 200, src: 11 })).toEqual([...all, 'trunk.100']);
    expect(await arrivals({ from: 'redFar', src: 3 })).toEqual([
      'otherTrunk.300',
      'redNear',
      'trunk.100',
      'trunk.200',
    ]);
  });

  it('talks to its sibling and its parent over the one interface', async () => {
    expect(await arrivals({ from: 'trunk', vlan: 100, src: 1, dst: 11 })).toEqual(['trunk.200']);
    expect(await arrivals({ from: 'trunk', vlan: 200, src: 11, dst: 1 })).toEqual(['trunk.100']);
    expect(await arrivals({ from: 'trunk', vlan: 4094, src: 12, dst: 1 })).toEqual(['trunk']);
    expect(await arrivals({ from: 'trunk', src: 1, dst: 12 })).toEqual(['trunk.4094']);
    expect(await arrivals({ from: 'trunk', src: 1 })).toEqual(['homeFar', 'otherTrunk', 'trunk.4094']);
  });

  it.each([
    ['gre', 'greFar'],
    ['geneve', 'geneveFar'],
    ['local', 'localNear'],
  ] as const)('works on a network of type %s', async (type, guest) => {
    const { vlan, number } = SUBPORTS[type];
    const { number: other } = PLAIN[guest];
    expect(await arrivals({ from: 'trunk', vlan, src: number, dst: other })).toEqual([guest]);
    expect(await arrivals({ from: 'trunk', vlan, src: number })).toEqual([guest]);
    expect(await arrivals({ from: guest, src: other, dst: number })).toEqual([`trunk.${vlan}`]);
    expect(await arrivals({ from: guest, src: other })).toEqual([`trunk.${vlan}`]);
  });

  it('has flows whose cookies name it', async () => {
    const flows = await cloud.hypervisor(1).dumpFlows();
    const admit = flows.find((flow) => flow.includes('dl_vlan=100 '));
    const deliver = flows.find((flow) => flow.includes('push_vlan:0x8100,set_field:4196->vlan_vid'));
    // What it loads into the register for the sender is the port's key.
    const key = Number(/load:(0x[0-9a-f]+)->NXM_NX_REG1/.exec(admit ?? '')?.[1]);
    const cookie = `cookie=0x74030100${key.toString(16).padStart(8, '0')},`;
    expect(admit).toContain(cookie);
    expect(deliver).toContain(cookie);
  });
});

describe('on a trunk, a frame', () => {
  it('with a priority tag is the parent’s', async () => {
    expect(await arrivals({ from: 'trunk', vlan: 0, src: 1, dst: 4 })).toEqual(['homeFar']);
  });

  it('with the tag of no subport drops, and is counted', async () => {
    const before = await undeclared();
    for (const vlan of [99, 101, 300, 4095])
      for (const dst of [2, 4, undefined])
        expect(await arrivals({ from: 'trunk', vlan, src: 1, dst })).toEqual([]);
    expect(await undeclared()).toBe(before + 12);
  });

  it('with a second tag drops, whichever came first, one tag or two', async () => {
    const inner = [
      { vid: 7 },
      { vid: 200 },
      { vid: 0 },
      { vid: 7, protocol: ETHERTYPE.qinq },
      { vid: 200, protocol: ETHERTYPE.qinq },
    ];
    // No megaflow is left over from other tests: the first frame of each round decides what is cached.
    for (const twoFirst of [true, false]) {
      await cloud.hypervisor(1).appctl('revalidator/purge');
      const one = async () =>
        expect(await arrivals({ from: 'trunk', vlan: 100, src: 1, dst: 2 })).toEqual(['redNear']);
      if (!twoFirst) await one();
      for (const tag of inner) {
        const vlans = [{ vid: 100 }, tag];
        expect(await arrivals({ from: 'trunk', vlans, src: 1, dst: 2 })).toEqual([]);
        expect(await arrivals({ from: 'trunk', vlans, src: 1 })).toEqual([]);
      }
      await one();
    }
  });

  it('from another network that reaches the interface is not the parent’s nor a subport’s', async () => {
    // Addresses of one subport under the tag of another: the tag decides the network.
    expect(await arrivals({ from: 'trunk', vlan: 1, src: 13, dst: 2 })).toEqual([]);
    expect(await arrivals({ from: 'trunk', src: 1, dst: 2 })).toEqual([]);
    expect(await arrivals({ from: 'redNear', vlan: 100, src: 2, dst: 1 })).toEqual([]);
  });
});

describe('a change of a trunk', () => {
  it('adds and removes subports with no packet lost on the others', async () => {
    const pings = vmOf('trunk').startPing(vmOf('homeFar').ip, { intervalMs: 10 });
    const capture = await vmOf('redFar').capture();
    const stream = startStream('trunk', 100, 1, 3);
    await waitFor(() => pings.received > 20, { what: 'pings to run' });
    await changeSubPorts(trunk, 'add', 'late');
    await cloud.status(portOf('late'), 'ACTIVE');
    await changeSubPorts(trunk, 'remove', 'sibling');
    await cloud.status(portOf('sibling'), 'DOWN');
    await cloud.caughtUp();
    const result = await pings.stop();
    const sent = await stream.stop();
    await cloud.lab.quiet();
    const seen = (await capture.finish()).flatMap((frame) => stream.numberOf(frame) ?? []);
    expect(result.lost).toEqual([]);
    expect(sent).toBeGreaterThan(20);
    expect(seen).toEqual(Array.from({ length: sent }, (_, at) => at));
    expect(await arrivals({ from: 'trunk', vlan: 500, src: 16, dst: 3 })).toEqual(['redFar']);
    expect(await arrivals({ from: 'redFar', src: 3, dst: 16 })).toEqual(['trunk.500']);
    expect(await arrivals({ from: 'trunk', vlan: 200, src: 11, dst: 3 })).toEqual([]);
    expect(await arrivals({ from: 'redFar', src: 3, dst: 11 })).toEqual([]);
  });

  it('takes all subports down with the trunk, but not the parent', async () => {
    await cloud.controller.rest.update('trunk', otherTrunk.id, { admin_state_up: false });
    await cloud.status(portOf('other'), 'DOWN');
    await cloud.caughtUp();
    expect(await arrivals({ from: 'otherTrunk', vlan: 300, src: 9, dst: 3 })).toEqual([]);
    expect(await arrivals({ from: 'redFar', src: 3, dst: 9 })).toEqual([]);
    expect(await arrivals({ from: 'otherTrunk', src: 8, dst: 4 })).toEqual(['homeFar']);
    await cloud.controller.rest.update('trunk', otherTrunk.id, { admin_state_up: true });
    await cloud.status(portOf('other'), 'ACTIVE');
    expect(await arrivals({ from: 'redFar', src: 3, dst: 9 })).toEqual(['otherTrunk.300']);
  });

  it('follows the parent to another hypervisor', async () => {
    await cloud.hypervisor(2).unplug(vmOf('otherTrunk'));
    await cloud.status(portOf('other'), 'DOWN');
    await cloud.hypervisor(1).plug(vmOf('otherTrunk'), portOf('otherParent').id);
    await cloud.status(portOf('other'), 'ACTIVE');
    expect(await arrivals({ from: 'redFar', src: 3, dst: 9 })).toEqual(['otherTrunk.300']);
    expect(await arrivals({ from: 'otherTrunk', vlan: 300, src: 9, dst: 1 })).toEqual(['trunk.100']);
  });
});

interface Frame extends NumberedFrame {
  /** The one tag that it has, in place of `vlans`. */
  readonly vlan?: number;
}

/** Who sees a frame, once per copy: the guest's name and the tags that the frame wears there. */
async function arrivals({ vlan, ...frame }: Frame): Promise<readonly string[]> {
  const vlans = vlan === undefined ? {} : { vlans: [{ vid: vlan }] };
  const shot = shotOf({ ...frame, ...vlans });
  const [seen = []] = await sightings(cloud.lab, new Map(Object.entries(vms)), [shot]);
  return seen;
}

/** Sends numbered frames, one every 10 ms, until told to stop. */
function startStream(from: string, vlan: number, src: number, dst: number) {
  const { frame } = shotOf({ from, src, dst, vlans: [{ vid: vlan }] });
  let running = true;
  let sent = 0;
  const work = (async () => {
    for (; running; sent++) {
      await vmOf(from).send(frame(`stream ${sent}.`));
      await sleep(10);
    }
  })();
  return {
    async stop(): Promise<number> {
      running = false;
      await work;
      return sent;
    },
    numberOf(frame: Uint8Array): number | undefined {
      const number = /stream (\d+)\./.exec(Buffer.from(frame).toString('latin1'))?.[1];
      return number === undefined ? undefined : Number(number);
    },
  };
}

/** Packets of the first trunk that hypervisor 1 dropped because no subport has their tag. */
async function undeclared(): Promise<number> {
  const device = vmOf('trunk').place.device;
  await cloud.hypervisor(1).settleCounters();
  const flows = await cloud.hypervisor(1).dumpFlows({ stats: true });
  const drop = flows.find(
    (flow) => /in_port="?([^",]*)/.exec(flow)?.[1] === device && flow.includes('vlan_tci=0x1000/0x1000'),
  );
  return Number(/n_packets=(\d+)/.exec(drop ?? '')?.[1]);
}

function createTrunk(parent: string, subPorts: readonly string[]): Promise<Resource> {
  const { rest } = cloud.controller;
  return rest.create('trunk', { port_id: portOf(parent).id, sub_ports: subPorts.map(subPortOf) });
}

async function changeSubPorts({ id }: Resource, verb: 'add' | 'remove', name: string): Promise<void> {
  const { port_id, ...rest } = subPortOf(name);
  const subPort = verb === 'add' ? { port_id, ...rest } : { port_id };
  await cloud.controller.rest.request('PUT', `/v2.0/trunks/${id}/${verb}_subports`, { sub_ports: [subPort] });
}

function subPortOf(name: string) {
  const vlans: Readonly<Record<string, { readonly vlan: number }>> = SUBPORTS;
  const vlan = vlans[name]?.vlan ?? (name === 'late' ? 500 : 300);
  return { port_id: portOf(name).id, segmentation_type: 'vlan', segmentation_id: vlan };
}

function vmOf(name: string): Vm {
  const vm = vms[name];
  if (!vm) throw new Error(`no VM ${name}`);
  return vm;
}

function portOf(name: string): Resource {
  const port = ports[name];
  if (!port) throw new Error(`no port ${name}`);
  return port;
}

function networkOf(name: string): Resource {
  const network = networks[name];
  if (!network) throw new Error(`no network ${name}`);
  return network;
}
