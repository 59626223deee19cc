import { createSocket } from 'node:dgram';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { edgePipeline } from '#apps';
import type { Capture, Resource } from '#lab';
import {
  arp,
  BROADCAST,
  CONTROLLER_ADDRESS,
  ETHERTYPE,
  type EthernetHeader,
  ethernet,
  IP_PROTOCOL,
  ipv4,
  readEthernet,
  udp,
} from '#lab';
import { Cloud, type Guest, macOf } from './cloud.ts';

/** What must not arrive, and what must: single frames on real switches, seen by everybody who could see them. */
let cloud: Cloud;
let network: Resource & { 'provider:segmentation_id'?: number };
let sender: Guest;
let near: Guest;
let far: Guest;
let stranger: Guest;

beforeAll(async () => {
  cloud = await Cloud.create(2);
  network = await cloud.network('inside');
  const other = await cloud.network('outside');
  sender = await cloud.guest(network, cloud.hypervisor(1), 1);
  near = await cloud.guest(network, cloud.hypervisor(1), 2);
  far = await cloud.guest(network, cloud.hypervisor(2), 3);
  // The same MAC and IP address as the near guest's, in another network on the far hypervisor.
  stranger = await cloud.guest(other, cloud.hypervisor(2), 2);
  await sender.vm.ping(far.vm.ip);
});
afterAll(() => cloud.stop());

describe('a frame', () => {
  it('to a known address arrives there and nowhere else', async () => {
    expect(await arrivals(() => send({ dst: macOf(2) }))).toEqual(['near']);
    expect(await arrivals(() => send({ dst: macOf(3) }))).toEqual(['far']);
  });

  it('to the broadcast address arrives once at each other port of the network', async () => {
    expect(await arrivals(() => send({ dst: BROADCAST }))).toEqual(['far', 'near']);
    expect(await arrivals(() => send({ dst: '33:33:00:00:00:01' }))).toEqual(['far', 'near']);
  });

  it('to a bridge’s control address arrives at all ports of the network, and in no other network', async () => {
    // LLDP, and LLC as spanning tree has it: a length in place of a type (IEEE 802.1Q, 8.6.3; IEEE 802.3, 3.2.6).
    const forms = [
      { type: 0x88cc, payload: MARK },
      { type: 3 + MARK.length, payload: Buffer.concat([Buffer.from('424203', 'hex'), MARK]) },
    ];
    for (let last = 0; last < 16; last++) {
      const { type, payload } = forms[last % forms.length] ?? fail();
      const header = { src: macOf(1), dst: `01:80:c2:00:00:0${last.toString(16)}`, type };
      expect(await arrivals(() => sender.vm.send(ethernet(header, payload)))).toEqual(['far', 'near']);
    }
  });

  it('to an unknown address, or to its own sender, arrives nowhere', async () => {
    expect(await arrivals(() => send({ dst: macOf(99) }))).toEqual([]);
    expect(await arrivals(() => send({ dst: macOf(1) }))).toEqual([]);
  });

  it('to an unknown address arrives nowhere, also if it looks like the switch’s talk with its controller', async () => {
    const header = { src: macOf(1), dst: macOf(99) };
    const packet = { src: '10.0.0.1', dst: CONTROLLER_ADDRESS, protocol: IP_PROTOCOL.tcp };
    for (const port of [6640, 6653]) {
      const segment = Buffer.alloc(20);
      segment.writeUInt16BE(port, 2);
      segment.writeUInt8(5 << 4, 12);
      const frame = ethernet(
        { ...header, type: ETHERTYPE.ipv4 },
        ipv4(packet, Buffer.concat([segment, MARK])),
      );
      expect(await arrivals(() => sender.vm.send(frame))).toEqual([]);
    }
    const answer = arp({
      ...{ operation: 2, senderMac: macOf(1), senderIp: '10.0.0.1' },
      ...{ targetMac: macOf(99), targetIp: CONTROLLER_ADDRESS },
    });
    const frame = ethernet({ ...header, type: ETHERTYPE.arp }, Buffer.concat([answer, MARK]));
    expect(await arrivals(() => sender.vm.send(frame))).toEqual([]);
  });

  it('with a VLAN tag arrives nowhere, also below a priority tag', async () => {
    for (const vlans of [
      [{ protocol: 0x8100, vid: 100 }],
      [{ protocol: 0x88a8, vid: 100 }],
      [
        { protocol: 0x8100, vid: 0 },
        { protocol: 0x8100, vid: 100 },
      ],
      [
        { protocol: 0x8100, vid: 0 },
        { protocol: 0x88a8, vid: 100 },
      ],
    ]) {
      expect(await arrivals(() => send({ dst: BROADCAST, vlans }))).toEqual([]);
      expect(await arrivals(() => send({ dst: macOf(3), vlans }))).toEqual([]);
    }
  });

  it('with a priority tag alone arrives without it', async () => {
    const capture = await far.vm.capture();
    await send({ dst: macOf(3), vlans: [{ protocol: 0x8100, vid: 0 }] });
    await cloud.lab.quiet();
    const ours = (await capture.finish()).filter(isOurs).map(readEthernet);
    expect(ours.map((frame) => frame?.vlans)).toEqual([[]]);
  });

  it('in a tunnel from a host that is no hypervisor arrives nowhere', async () => {
    const vni =
      (await cloud.controller.rest.show<typeof network>('network', network.id))['provider:segmentation_id'] ??
      0;
    const header = Buffer.from([8, 0, 0, 0, vni >> 16, (vni >> 8) & 0xff, vni & 0xff, 0]);
    const socket = createSocket('udp4');
    const spoofed = () =>
      new Promise<void>((resolve, reject) => {
        const packet = Buffer.concat([header, frame({ dst: macOf(3) })]);
        socket.send(packet, 4789, cloud.hypervisor(2).address, (error) =>
          error ? reject(error) : resolve(),
        );
      });
    const before = await drops();
    expect(await arrivals(spoofed)).toEqual([]);
    expect(await drops()).toBe(before + 1);
    socket.close();
  });
});

/** Marks the frames of these tests. */
const MARK = Buffer.from('isolation');
const PORT = 7777;

function fail(): never {
  throw new Error('the test is wired wrongly');
}

function frame(header: Partial<EthernetHeader> & { dst: string }): Uint8Array {
  const packet = udp({ src: '10.0.0.1', dst: '10.0.0.2', srcPort: PORT, dstPort: PORT }, MARK);
  return ethernet({ src: macOf(1), type: ETHERTYPE.ipv4, ...header }, packet);
}

async function send(header: Partial<EthernetHeader> & { dst: string }): Promise<void> {
  await sender.vm.send(frame(header));
}

/** Who sees the frame, by name, once per copy. */
async function arrivals(work: () => Promise<void>): Promise<string[]> {
  const captures = new Map<string, Capture>();
  for (const [name, guest] of Object.entries({ sender, near, far, stranger }))
    captures.set(name, await guest.vm.capture());
  await work();
  await cloud.lab.quiet();
  const seen: string[] = [];
  for (const [name, capture] of captures) {
    for (const bytes of await capture.finish()) {
      if (isOurs(bytes)) seen.push(name);
    }
  }
  return seen.sort();
}

/** A kernel that refuses the datagram quotes it, and kernels ask for neighbours: neither is a frame of these tests. */
function isOurs(bytes: Uint8Array): boolean {
  return readEthernet(bytes)?.src === macOf(1) && Buffer.from(bytes).includes(MARK);
}

/** Packets that the far hypervisor dropped because they came out of a tunnel from an unknown host. */
async function drops(): Promise<number> {
  // The switch has seen it: it counts the packet where it drops it.
  await cloud.hypervisor(2).settleCounters();
  const { id } = edgePipeline().layout.tables.find(({ table }) => table.name === 'tunnel-peer') ?? {};
  const flows = await cloud.hypervisor(2).dumpFlows({ stats: true });
  const miss = flows.find((flow) => flow.includes(`table=${id},`) && flow.includes('priority=0 '));
  return Number(/n_packets=(\d+)/.exec(miss ?? '')?.[1]);
}
