import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ETHERTYPE, ethernet, icmpEcho, Lab, type Resource, waitFor } from '#lab';
import type { FleetPlug } from '../lab/fleet/fleet.ts';
import { Rig } from '../lab/fleet/rig.ts';
import { freshlyCompiled, installed, storeOf } from './chaos/fresh-compile.ts';
import { macOf } from './cloud.ts';

/** What `npm run lab -- --fake 2 --bridges 3` makes: bridges of one ovs-vswitchd that are hypervisors of their own. */
const REALS = [3, 4, 5];
const PORTS = 60;
let lab: Lab;
let rig: Rig;

beforeAll(async () => {
  lab = await Lab.create();
  rig = new Rig(lab, { fakes: 2, bridges: REALS.length });
  await rig.start();
  await rig.join();
});
afterAll(async () => {
  await rig?.stop();
  await lab?.stop();
});

/** Every flow on every real bridge is that of a fresh compile. */
async function expectFresh(): Promise<void> {
  const store = await storeOf(rig.controller);
  for (const number of REALS) {
    const found = await installed(rig.reals.shared, rig.idOf(number));
    expect(found.length).toBeGreaterThan(0);
    expect(found).toEqual(freshlyCompiled(store, rig.idOf(number), {}));
  }
}

describe('bridges of one ovs-vswitchd', () => {
  it('have the flows of a cloud, each its own, beside fakes, and still have them after a restart of the controller', async () => {
    const plugs = await rig.make(PORTS, 7);
    await rig.plug(plugs);
    expect(new Set(plugs.map(({ hypervisor }) => hypervisor))).toEqual(new Set([1, 2, ...REALS]));
    await expectFresh();
    expect(await rig.count()).toBeGreaterThan(PORTS);
    await rig.controller.restart();
    await rig.settled();
    await expectFresh();
    const readBacks = rig.controller.log().filter(({ msg }) => msg === 'switch read back');
    expect(readBacks.slice(-rig.size).map(({ changes }) => changes)).toEqual(Array(rig.size).fill(0));
  });

  it('let packets pass between their ports, and send others’ into a tunnel that leads to the right port', async () => {
    const [here, far] = [3, 4];
    const [one, two, three] = await guests([here, here, far]);
    if (!one || !two || !three) throw new Error('no guests');
    const { shared } = rig.reals;
    const [from, to] = [rig.reals.bridge(here), rig.reals.bridge(far)];

    await shared.appctl('netdev-dummy/receive', from.nameOf(one.name), hexOf(frame(1, 2)));
    await waitFor(async () => (await sent(from.name, from.nameOf(two.name))) === 1, {
      what: 'the packet to leave by the other port',
    });
    expect(await sent(from.name, from.nameOf(one.name))).toBe(0);

    // What a trace says is sent out is what another is asked to take in.
    const out = await trace(from.name, `in_port=${from.nameOf(one.name)}`, hexOf(frame(1, 3)));
    const [key, end] = [
      /set_field:(0x[0-9a-f]+)->tun_id/.exec(out)?.[1],
      /set_field:(\S+)->tun_dst/.exec(out)?.[1],
    ];
    expect(end, out).toBe('10.0.0.4');
    expect(out).toMatch(/output:65001$/m);
    const arriving = `in_port=${to.nameOf('tf-vxlan')},tun_src=10.0.0.3,tun_dst=${end},tun_id=${key}`;
    const arrived = await trace(to.name, arriving, hexOf(frame(1, 3)));
    const port = (await shared.vsctl('get', 'interface', to.nameOf(three.name), 'ofport')).trim();
    expect(arrived).toMatch(new RegExp(`output:${port}$`, 'm'));
  });
});

/** Ports of a network without security, on these hypervisors, plugged and ACTIVE; number n is 10.9.0.n. */
async function guests(hypervisors: readonly number[]): Promise<readonly FleetPlug[]> {
  const { rest } = rig.controller;
  const network = await rest.create('network', { name: 'packets', port_security_enabled: false });
  await rest.create('subnet', {
    network_id: network.id,
    ip_version: 4,
    cidr: '10.9.0.0/24',
    gateway_ip: null,
  });
  const plugs: FleetPlug[] = [];
  for (const [at, hypervisor] of hypervisors.entries()) {
    const port: Resource = await rest.create('port', {
      network_id: network.id,
      mac_address: macOf(at + 1),
      fixed_ips: [{ ip_address: `10.9.0.${at + 1}` }],
    });
    plugs.push({ hypervisor, name: `guest${at + 1}`, portId: port.id });
  }
  await rig.plug(plugs);
  return plugs;
}

function frame(from: number, to: number): Uint8Array {
  const addresses = { src: `10.9.0.${from}`, dst: `10.9.0.${to}` };
  const packet = icmpEcho({ ...addresses, id: 1, sequence: 1 }, new Uint8Array(8));
  return ethernet({ src: macOf(from), dst: macOf(to), type: ETHERTYPE.ipv4 }, packet);
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

function trace(bridge: string, flow: string, packet: string): Promise<string> {
  return rig.reals.shared.appctl('ofproto/trace', bridge, flow, packet);
}

/** Packets that have left by a port. */
async function sent(bridge: string, device: string): Promise<number> {
  const text = await rig.reals.shared.ofctl('dump-ports', bridge, device);
  return Number(/tx pkts=(\d+)/.exec(text)?.[1]);
}
