import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Resource, type Vm, waitFor } from '#lab';
import { Cloud } from './cloud.ts';
import { tenantflow } from './fixtures/tenantflow.ts';
import { shotOf, sightings } from './sightings.ts';

/** Tunnels between hypervisors whose addresses change, on real switches: each hypervisor hosts a guest of each network. */
const TYPES = ['vxlan', 'gre', 'geneve'] as const;
const HOSTS = [1, 2, 3] as const;
let cloud: Cloud;
const networks = new Map<string, Resource>();
const vms = new Map<string, Vm>();

beforeAll(async () => {
  cloud = await Cloud.create(
    HOSTS.length,
    { 'tenantflow-encap-type': TYPES.join(',') },
    { args: ['--overlay-ip-version', '6'] },
  );
  for (const type of TYPES) {
    const attributes = { 'provider:network_type': type, port_security_enabled: false };
    const network = await cloud.network(type, attributes);
    networks.set(type, network);
    for (const host of HOSTS)
      vms.set(`${type}${host}`, (await cloud.guest(network, cloud.hypervisor(host), host)).vm);
  }
});
afterAll(() => cloud.stop());

/** Who hears a broadcast of each guest, and who a frame to each other guest: equal lists, as reach is mutual. */
async function expectReach(pairs: readonly (readonly [number, number])[]): Promise<void> {
  const reached = (from: number) =>
    pairs.flatMap(([a, b]) => (a === from ? [b] : b === from ? [a] : [])).sort();
  const frames = TYPES.flatMap((type) =>
    HOSTS.flatMap((src) =>
      [undefined, ...HOSTS.filter((to) => to !== src)].map((dst) => ({
        from: `${type}${src}`,
        type,
        src,
        dst,
      })),
    ),
  );
  const seen = await sightings(cloud.lab, vms, frames.map(shotOf));
  const expected = frames.map(({ type, src, dst }) =>
    reached(src)
      .filter((to) => dst === undefined || dst === to)
      .map((to) => `${type}${to}`),
  );
  expect(seen).toEqual(expected);
}

/** Gives hypervisors other tunnel addresses, and waits until their switches have all that follows from it. */
async function readdress(lists: readonly (readonly string[])[]): Promise<void> {
  for (const [at, addresses] of lists.entries()) {
    const list = JSON.stringify(addresses.join(','));
    await cloud
      .hypervisor(at + 1)
      .vsctl('--no-wait', 'set', 'Open_vSwitch', '.', `external_ids:tenantflow-encap-ip=${list}`);
  }
  const wanted = lists.map((addresses) => addresses.join(', '));
  await waitFor(
    async () => {
      const rows = [...(await cloud.switches())].sort((a, b) => (a.id < b.id ? -1 : 1));
      return rows.every(({ address, state }, at) => address === wanted[at] && state === 'steady');
    },
    { what: `the tunnel ends ${wanted.join('; ')}` },
  );
  // The switch's process follows its database: a command that waits for it comes back when it has.
  for (const [at, addresses] of lists.entries()) {
    const near = addresses.length === 1 ? addresses[0] : 'flow';
    const hypervisor = cloud.hypervisor(at + 1);
    for (const type of TYPES)
      await waitFor(
        async () => {
          const is = await hypervisor.vsctl('get', 'interface', `tf-${type}`, 'options:local_ip');
          return is.trim().replaceAll('"', '') === near;
        },
        { what: `the tunnel port tf-${type} to be of ${near}` },
      );
    await hypervisor.configured();
  }
  await cloud.caughtUp();
}

interface PeerRow {
  readonly id: string;
  readonly type: string;
  readonly address: string;
  readonly connected: boolean;
  readonly sent: number;
  readonly received: number;
}

/** What hypervisor 1 tells of another by VXLAN, with counters up to now. */
async function peerOf1(id: string): Promise<PeerRow> {
  await cloud.hypervisor(1).settleCounters();
  const { peers } = (await cloud.controller.rest.request('GET', '/v1/switches/hv1')) as { peers: PeerRow[] };
  const found = peers.find((each) => each.id === id && each.type === 'vxlan');
  if (!found) throw new Error(`no peer ${id}`);
  return found;
}

/** Sends frames from one guest on the VXLAN network to another. */
async function send(from: number, to: number, count: number): Promise<void> {
  const shot = shotOf({ from: `vxlan${from}`, src: from, dst: to });
  await sightings(
    cloud.lab,
    vms,
    Array.from({ length: count }, () => shot),
  );
}

const EVERYBODY = [
  [1, 2],
  [1, 3],
  [2, 3],
] as const;
const v4 = (host: number) => cloud.hypervisor(host).address;
const v6 = (host: number) => cloud.hypervisor(host).address6;

describe('tunnels of every type', () => {
  it('carry networks over IPv4', () => expectReach(EVERYBODY));

  it('carry networks over IPv6 alone', async () => {
    await readdress(HOSTS.map((host) => [v6(host)]));
    await expectReach(EVERYBODY);
    const flows = (await cloud.hypervisor(1).dumpFlows()).join('\n');
    expect(flows).toContain(`tun_ipv6_src=${v6(2)}`);
    expect(flows).not.toMatch(/tun_(src|dst)/);
  });

  it('take the family that both ends have, and say which hypervisors have none in common', async () => {
    await readdress([[v6(1), v4(1)], [v6(2)], [v4(3)]]);
    await expectReach([
      [1, 2],
      [1, 3],
    ]);
    const problems = Object.fromEntries((await cloud.switches()).map(({ id, problem }) => [id, problem]));
    expect(problems).toEqual({
      hv1: null,
      hv2: 'it has ports of networks that it cannot carry: no IPv4 address, and hv3 has no other (external_ids:tenantflow-encap-ip)',
      hv3: 'it has ports of networks that it cannot carry: no IPv6 address, and hv2 has no other (external_ids:tenantflow-encap-ip)',
    });
  });

  it('prefer IPv4 where both have both', async () => {
    await readdress(HOSTS.map((host) => [v6(host), v4(host)]));
    await expectReach(EVERYBODY);
    const sent = (await cloud.hypervisor(1).dumpFlows()).filter((flow) => flow.includes('->tun_'));
    expect(sent.filter((flow) => flow.includes('tun_ipv6_dst'))).toEqual([]);
    expect(
      sent.filter((flow) => flow.includes(`${v4(1)}->tun_src,set_field:${v4(2)}->tun_dst`)),
    ).toHaveLength(TYPES.length);
  });

  it('take in what comes from any address of a hypervisor', async () => {
    // Another address than that of the route is said first, so that others send there; the switch sends from the route's.
    const second = '172.31.0.102';
    await cloud.hypervisor(2).addAddress(`${second}/24`);
    await cloud.lab.warmUp();
    await cloud.hypervisor(1).setNeighbour(second, await cloud.hypervisor(2).underlayMac());
    await cloud.hypervisor(3).setNeighbour(second, await cloud.hypervisor(2).underlayMac());
    await readdress([[v4(1)], [second, v4(2)], [v4(3)]]);
    await expectReach(EVERYBODY);
  });

  it('leave room for the longer header', async () => {
    const network = await cloud.controller.rest.show<Resource & { mtu: number }>(
      'network',
      networks.get('vxlan')?.id ?? '',
    );
    expect(network.mtu).toBe(1500 - 50 - 20);
  });
});

/** Guests' systems send a little of their own accord, so that counts are at least what was sent. */
describe('what goes to and comes from another hypervisor', () => {
  const FRAMES = 20;

  it('is counted, by hypervisor', async () => {
    const before = await peerOf1('hv2');
    await send(1, 2, FRAMES);
    const between = await peerOf1('hv2');
    await send(2, 1, FRAMES);
    const after = await peerOf1('hv2');
    expect(between.sent - before.sent).toBeGreaterThanOrEqual(FRAMES);
    expect(between.received - before.received).toBeLessThan(FRAMES);
    expect(after.received - between.received).toBeGreaterThanOrEqual(FRAMES);
    expect(after).toMatchObject({ type: 'vxlan', address: '172.31.0.102', connected: true });
  });

  it('tells of one that answers no more', async () => {
    await cloud.hypervisor(3).kill();
    await waitFor(async () => !(await peerOf1('hv3')).connected, { what: 'hv3 to be gone' });
    const before = await peerOf1('hv3');
    await send(1, 3, FRAMES);
    const after = await peerOf1('hv3');
    expect(after.sent - before.sent).toBeGreaterThanOrEqual(FRAMES);
    expect(after.received).toBe(before.received);
    const { stdout } = await tenantflow(['describe', 'switch', 'hv1', '--api', cloud.controller.rest.url]);
    expect(stdout).toMatch(/hv2 by vxlan at 172\.31\.0\.102: \d+ packets sent, \d+ received$/m);
    expect(stdout).toMatch(
      /hv3 by vxlan at 172\.31\.0\.3: \d+ packets sent, \d+ received; its switch is not connected$/m,
    );
  });
});
