import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '#controller/store/lmdb-store';
import type { PortRecord, SubPort, TrunkRecord } from '#controller/store/records';
import {
  BROADCAST,
  type Capture,
  ETHERTYPE,
  ethernet,
  LAB_FILES,
  type Resource,
  readEthernet,
  type VlanTag,
  type Vm,
  waitFor,
} from '#lab';
import { Cloud, macOf } from './cloud.ts';

/**
 * VLAN-aware VMs on real switches. The kernels of the guests know no VLANs, so their tagged frames are made and read
 * here. Every frame is looked for at every guest.
 */
let cloud: Cloud;
const networks: Record<string, Resource> = {};
const ports: Record<string, Resource> = {};
const vms: Record<string, Vm> = {};

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
    networks[type] = await cloud.network(type, { 'provider:network_type': type });
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
  await writeTrunk('trunk-1', 'parent', Object.keys(SUBPORTS));
  await writeTrunk('trunk-2', 'otherParent', ['other']);
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
    const { key } = await recordOf('same');
    const flows = await cloud.hypervisor(1).dumpFlows();
    const cookie = `cookie=0x74030100${key.toString(16).padStart(8, '0')},`;
    const own = flows.filter((flow) => flow.includes(cookie));
    expect(own).toHaveLength(2);
    expect(own[0]).toContain('dl_vlan=100 actions=');
    expect(own[1]).toContain('push_vlan:0x8100,set_field:4196->vlan_vid');
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
        expect(await arrivals({ from: 'trunk', vlan, src: 1, dst, settleMs: 20 })).toEqual([]);
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
        expect(await arrivals({ from: 'trunk', vlans, src: 1, dst: 2, settleMs: 20 })).toEqual([]);
        expect(await arrivals({ from: 'trunk', vlans, src: 1, settleMs: 20 })).toEqual([]);
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
    const all = Object.keys(SUBPORTS);
    const pings = vmOf('trunk').startPing(vmOf('homeFar').ip, { intervalMs: 10 });
    const capture = await vmOf('redFar').capture();
    const stream = startStream('trunk', 100, 1, 3);
    await waitFor(() => pings.received > 20, { what: 'pings to run' });
    await writeTrunk('trunk-1', 'parent', [...all, 'late']);
    await cloud.status(portOf('late'), 'ACTIVE');
    await writeTrunk('trunk-1', 'parent', [...all.filter((name) => name !== 'sibling'), 'late']);
    await cloud.status(portOf('sibling'), 'DOWN');
    const result = await pings.stop();
    const sent = await stream.stop();
    await sleep(SETTLE_MS);
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
    await writeTrunk('trunk-2', 'otherParent', ['other'], false);
    await cloud.status(portOf('other'), 'DOWN');
    expect(await arrivals({ from: 'otherTrunk', vlan: 300, src: 9, dst: 3 })).toEqual([]);
    expect(await arrivals({ from: 'redFar', src: 3, dst: 9 })).toEqual([]);
    expect(await arrivals({ from: 'otherTrunk', src: 8, dst: 4 })).toEqual(['homeFar']);
    await writeTrunk('trunk-2', 'otherParent', ['other']);
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

const SETTLE_MS = 150;
let sequence = 0;

interface Frame {
  readonly from: string;
  /** Number of the guest or subport that sends. */
  readonly src: number;
  /** Number of the one that is meant; everybody when absent. */
  readonly dst?: number | undefined;
  readonly vlan?: number;
  readonly vlans?: readonly VlanTag[];
  /** Milliseconds to wait for it to arrive somewhere. */
  readonly settleMs?: number;
}

/** Who sees a frame, once per copy: the guest's name and the tags that the frame wears there. */
async function arrivals({ from, settleMs = SETTLE_MS, ...rest }: Frame): Promise<string[]> {
  const mark = `trunk test ${++sequence}.`;
  const captures = new Map<string, Capture>();
  for (const [name, vm] of Object.entries(vms)) captures.set(name, await vm.capture());
  await vmOf(from).send(frameOf(rest, mark));
  await sleep(settleMs);
  const seen: string[] = [];
  for (const [name, capture] of captures) {
    for (const bytes of await capture.finish()) {
      if (!Buffer.from(bytes).includes(mark)) continue;
      seen.push([name, ...(readEthernet(bytes)?.vlans.map(({ vid }) => vid) ?? [])].join('.'));
    }
  }
  return seen.sort();
}

function frameOf({ src, dst, vlan, vlans }: Omit<Frame, 'from'>, mark: string): Uint8Array {
  return ethernet(
    {
      src: macOf(src),
      dst: dst === undefined ? BROADCAST : macOf(dst),
      vlans: vlans ?? (vlan === undefined ? [] : [{ vid: vlan }]),
      type: ETHERTYPE.experiment,
    },
    Buffer.from(mark),
  );
}

/** Sends numbered frames, one every 10 ms, until told to stop. */
function startStream(from: string, vlan: number, src: number, dst: number) {
  let running = true;
  let sent = 0;
  const work = (async () => {
    for (; running; sent++) {
      await vmOf(from).send(frameOf({ vlan, src, dst }, `stream ${sent}.`));
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
  const flows = await cloud.hypervisor(1).dumpFlows({ stats: true });
  const drop = flows.find(
    (flow) => /in_port="?([^",]*)/.exec(flow)?.[1] === device && flow.includes('vlan_tci=0x1000/0x1000'),
  );
  return Number(/n_packets=(\d+)/.exec(drop ?? '')?.[1]);
}

/** Writes a trunk into the store behind the controller's back, which it then finds at its start. */
async function writeTrunk(
  id: string,
  parent: string,
  subPorts: readonly string[],
  adminStateUp = true,
): Promise<void> {
  const trunk: TrunkRecord = {
    id,
    name: '',
    description: '',
    projectId: '',
    createdAt: '2026-01-01T00:00:00Z',
    updatedAt: '2026-01-01T00:00:00Z',
    revisionNumber: 1,
    tags: [],
    portId: portOf(parent).id,
    adminStateUp,
    status: 'DOWN',
    problems: [],
    subPorts: subPorts.map(subPortOf),
  };
  await inStore((store) => store.transact((tx) => tx.put('trunks', id, trunk)));
}

function subPortOf(name: string): SubPort {
  const vlans: Readonly<Record<string, { readonly vlan: number }>> = SUBPORTS;
  const segmentationId = vlans[name]?.vlan ?? (name === 'late' ? 500 : 300);
  return { portId: portOf(name).id, segmentationType: 'vlan', segmentationId };
}

async function recordOf(name: string): Promise<PortRecord> {
  const found = await inStore(async (store) => store.get('ports', portOf(name).id));
  if (!found) throw new Error(`no record of port ${name}`);
  return found;
}

async function inStore<T>(work: (store: Awaited<ReturnType<typeof openStore>>) => Promise<T>): Promise<T> {
  await cloud.controller.stop();
  const store = await openStore(`${LAB_FILES}/controller/data`);
  try {
    return await work(store);
  } finally {
    await store.close();
    await cloud.controller.start();
    await cloud.steady();
  }
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
