import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChannelServer } from '#controller/channel/server';
import { reconcilerOf } from '#controller/reconciler/switch-fixture';
import {
  BROADCAST,
  ETHERTYPE,
  ethernet,
  type Hypervisor,
  Lab,
  readEthernet,
  run,
  type Vm,
  Wire,
  waitFor,
} from '#lab';
import { largeNetwork, ofportOf, peerAddress, TUNNEL_PORT, VNI } from '../apps/large-network-fixture.ts';
import { forged } from './forged-tunnels.ts';
import { BRIDGE, listenFor, makeBridge } from './lone-switch.ts';

/**
 * The largest network that we promise, on one real switch: its first port is that of a VM, the others are interfaces
 * whose packets the switch counts, and all other hypervisors have the MAC address of one machine on the underlay.
 */
const PORTS = 300;
const PEERS = 500;
const OWN_ADDRESS = '172.30.0.1';
let lab: Lab;
let hypervisor: Hypervisor;
let channel: ChannelServer;
let sender: Vm;
let underlay: Vm;

beforeAll(async () => {
  lab = await Lab.create();
  hypervisor = await lab.hypervisor('hv1');
  await hypervisor.addAddress(`${OWN_ADDRESS}/16`);
  const reconciler = reconcilerOf(largeNetwork(PORTS, PEERS));
  const listening = await listenFor(() => reconciler);
  channel = listening.channel;
  await makeBridge(hypervisor, listening.address);
  await hypervisor.vsctl(
    ...['add-port', BRIDGE, 'tunnel', '--', 'set', 'interface', 'tunnel', 'type=vxlan'],
    ...[`ofport_request=${TUNNEL_PORT}`, 'options:remote_ip=flow', 'options:key=flow'],
    `options:local_ip=${OWN_ADDRESS}`,
  );
  // Nothing of the kernel's own may leave these interfaces.
  await run(['sysctl', '-qw', 'net.ipv6.conf.default.disable_ipv6=1'], { namespace: 'hv1' });
  await plugAll();
  sender = await lab.vm('sender', { mac: 'fa:16:3e:00:00:01', ips: [] });
  // Nor a router solicitation of the sender's, which would be one more copy at every port.
  await run(['sysctl', '-qw', 'net.ipv6.conf.default.disable_ipv6=1'], { namespace: 'sender' });
  const device = await hypervisor.plug(sender, 'first-of-all-ports');
  await hypervisor.vsctl('set', 'interface', device, `ofport_request=${ofportOf(1)}`);
  underlay = await lab.vm('others', { mac: 'fa:16:3e:00:00:fe', ips: [] });
  await Wire.underlay().connect(underlay);
  for (let number = 1; number <= PEERS; number++)
    await hypervisor.setNeighbour(peerAddress(number), underlay.mac);
  await waitFor(() => reconciler.state === 'steady', { what: 'the switch to be steady' });
});
afterAll(async () => {
  await channel.close();
  await lab.stop();
});

async function plugAll(): Promise<void> {
  const numbers = Array.from({ length: PORTS - 1 }, (_, at) => at + 2);
  await hypervisor.vsctl(
    ...numbers.flatMap((number) => [
      ...['--', 'add-port', BRIDGE, `p${number}`, '--', 'set', 'interface', `p${number}`, 'type=internal'],
      `ofport_request=${ofportOf(number)}`,
    ]),
  );
  const lines = numbers.map((number) => `link set p${number} up`).join('\n');
  await run(['ip', '-batch', '-'], { namespace: 'hv1', stdin: lines });
}

/** Packets that the switch has sent out of each local port but the first, by OpenFlow port number. */
async function sentToPorts(): Promise<ReadonlyMap<number, number>> {
  const text = await hypervisor.ofctl('dump-ports', BRIDGE);
  const counts = new Map<number, number>();
  for (const [, port, count] of text.matchAll(/port +(\d+): rx[^\n]*\n +tx pkts=(\d+)/g)) {
    const number = Number(port);
    if (number > ofportOf(1) && number <= ofportOf(PORTS)) counts.set(number, Number(count));
  }
  return counts;
}

/** Waits until every port got `count` copies since `before`. */
async function everyPortGot(before: ReadonlyMap<number, number>, count: number): Promise<void> {
  expect(before.size).toBe(PORTS - 1);
  await waitFor(
    async () => [...(await sentToPorts())].every(([port, now]) => now - (before.get(port) ?? 0) >= count),
    { what: `${count} copies at every port` },
  );
}

/** How often each number of copies was seen at a port since `before`. */
async function copies(before: ReadonlyMap<number, number>): Promise<Readonly<Record<number, number>>> {
  return tally([...(await sentToPorts())].map(([port, now]) => now - (before.get(port) ?? 0)));
}

function tally(values: readonly number[]): Readonly<Record<number, number>> {
  const counts: Record<number, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}

describe(`a broadcast on a network with ${PORTS} ports here and ${PEERS} other hypervisors`, () => {
  it.each([1, 2, 3])('reaches each of them once (round %i)', async (round) => {
    const mark = `large network ${round}.`;
    const before = await sentToPorts();
    const capture = await underlay.capture();
    const frame = ethernet(
      { src: sender.mac, dst: BROADCAST, type: ETHERTYPE.experiment },
      Buffer.from(mark),
    );
    await sender.send(frame);
    await everyPortGot(before, 1);
    const isCopy = (bytes: Uint8Array) => Buffer.from(bytes).includes(mark);
    await waitFor(() => capture.frames.filter(isCopy).length >= PEERS, {
      what: `${PEERS} copies on the underlay`,
    });
    await lab.quiet();
    const targets = (await capture.finish()).filter(isCopy).map(ipTarget).sort();
    expect(targets).toEqual(Array.from({ length: PEERS }, (_, at) => peerAddress(at + 1)).sort());
    expect(await copies(before)).toEqual({ 1: PORTS - 1 });
  });

  it('from another hypervisor reaches each port once, and no hypervisor', async () => {
    const before = await sentToPorts();
    const [capture, own] = [await underlay.capture(), await sender.capture()];
    const inner = ethernet(
      { src: 'fa:16:3e:00:ff:01', dst: BROADCAST, type: ETHERTYPE.experiment },
      Buffer.from('from afar.'),
    );
    const ends = { src: peerAddress(1), dst: OWN_ADDRESS, key: VNI, type: 'vxlan' } as const;
    const toMac = await hypervisor.underlayMac();
    await underlay.send(forged({ ...ends, fromMac: underlay.mac, toMac }, inner));
    await everyPortGot(before, 1);
    await lab.quiet();
    expect(await copies(before)).toEqual({ 1: PORTS - 1 });
    const isCopy = (bytes: Uint8Array) => Buffer.from(bytes).includes('from afar.');
    expect((await own.finish()).filter(isCopy)).toHaveLength(1);
    expect((await capture.finish()).filter(isCopy)).toEqual([]);
  });
});

/** Destination of the outer IPv4 header (RFC 791, 3.1). */
function ipTarget(bytes: Uint8Array): string {
  return readEthernet(bytes)?.payload.subarray(16, 20).join('.') ?? '';
}
