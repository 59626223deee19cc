import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Resource, waitFor } from '#lab';
import { Cloud, type Guest } from './cloud.ts';
import { tenantflow } from './fixtures/tenantflow.ts';

/** What a switch remembers of a port's connections, in tenants' words. */
const MANY = 50_000;
/** Bytes of an Ethernet header, and of an echo reply as the lab pings (ICMP's header and 56 more). */
const [ETHERNET, ECHO] = [14, 64];
let cloud: Cloud;
let guest: Guest;
let other: Guest;

interface Rule extends Resource {
  readonly direction: string;
  readonly ethertype: string;
  readonly security_group_id: string;
}

interface Answer {
  readonly remembered: number;
  readonly connections: readonly Readonly<Record<string, unknown>>[];
}

beforeAll(async () => {
  cloud = await Cloud.create(1);
  const network = await cloud.network('red');
  await cloud.controller.rest.create('subnet', { network_id: network.id, ip_version: 6, cidr: 'fd00::/64' });
  const anything = await cloud.groupForAnything();
  guest = await guestOf(network, 1);
  other = await guestOf(network, 2, { security_groups: [anything.id] });
});
afterAll(() => cloud.stop());

async function guestOf(network: Resource, number: number, attributes = {}): Promise<Guest> {
  const addresses = [`10.0.0.${number}`, `fd00::${number}`];
  const fixedIps = addresses.map((address) => ({ ip_address: address }));
  const port = await cloud.createPort(network, number, { fixed_ips: fixedIps, ...attributes });
  const vm = await cloud.createVm(number);
  await cloud.hypervisor(1).plug(vm, port.id);
  await cloud.status(port, 'ACTIVE');
  return { vm, port };
}

function remembered({ port }: Guest): Promise<Answer> {
  return cloud.controller.rest.request('GET', `/v1/ports/${port.id}/connections`) as Promise<Answer>;
}

function byFamily(connections: Answer['connections'], ethertype: string) {
  return connections.filter((each) => each.ethertype === ethertype);
}

function ages({ connections }: Answer): readonly number[] {
  return connections.map(({ age }) => Number(age));
}

it('tells of a ping at the end that began it, and of the rule that lets it be', async () => {
  expect((await guest.vm.ping('10.0.0.2')).received).toBe(3);
  await waitFor(async () => (await remembered(guest)).connections.length > 0, {
    what: 'the ping to be told of',
  });
  const { security_groups: groups } = await cloud.controller.rest.show<
    Resource & { security_groups: unknown[] }
  >('port', guest.port.id);
  const rules = await cloud.controller.rest.list<Rule>('security_group_rule');
  const anyOut = rules.find(
    ({ direction, ethertype, security_group_id: id }) =>
      direction === 'egress' && ethertype === 'IPv4' && groups.includes(id),
  );
  const { connections } = await remembered(guest);
  expect(connections).toEqual([
    expect.objectContaining({
      ...{ direction: 'egress', ethertype: 'IPv4', protocol: 'icmp', icmp_type: 8, icmp_code: 0 },
      ...{ address: '10.0.0.1', peer_address: '10.0.0.2', port: null },
      security_group_rule_id: anyOut?.id,
    }),
  ]);
  // Everybody may send to the other, and it to everybody: its rules decide alone.
  expect((await remembered(other)).connections).toEqual([]);
});

it('counts answers and their bytes as they pass, of both families', async () => {
  for (const { vm } of [guest, other]) {
    const number = vm === guest.vm ? 1 : 2;
    await vm.exec(['ip', '-6', 'addr', 'add', `fd00::${number}/64`, 'dev', 'v0', 'nodad']);
  }
  await guest.vm.ping('10.0.0.2', { count: 4 });
  expect((await guest.vm.ping('fd00::2', { count: 5 })).received).toBe(5);
  await cloud.caughtUp();
  const { connections } = await remembered(guest);
  expect(byFamily(connections, 'IPv4')).toEqual([
    expect.objectContaining({ packets: 3 + 4, bytes: (3 + 4) * (ETHERNET + 20 + ECHO) }),
  ]);
  const [six, ...more] = byFamily(connections, 'IPv6');
  expect(more).toEqual([]);
  expect(six).toMatchObject({
    ...{ protocol: 'ipv6-icmp', icmp_type: 128, address: 'fd00::1', peer_address: 'fd00::2' },
    ...{ packets: 5, bytes: 5 * (ETHERNET + 40 + ECHO) },
  });
  await waitFor(async () => ages(await remembered(guest)).every((age) => age > 0), {
    what: 'connections to grow old',
  });
});

it('is printed by the command line, by a name and by the beginning of an id', async () => {
  await cloud.controller.rest.update('port', guest.port.id, { name: 'vm1' });
  const [byName, byId, json] = await Promise.all([
    tenantflow(['connections', '--port', 'vm1']),
    tenantflow(['connections', '--port', guest.port.id.slice(0, 8)]),
    tenantflow(['connections', '--port', 'vm1', '--json']),
  ]);
  const rows = byName.stdout.split('\n').map((line) => line.split(/ {2,}/));
  expect(rows[0]).toEqual([
    'PORT',
    'BEGUN BY',
    'PROTOCOL',
    'ADDRESS',
    'PEER',
    'ANSWERS',
    'BYTES',
    'AGE',
    'RULE',
  ]);
  const six = rows.find(([, , protocol]) => protocol === 'ipv6-icmp 128/0');
  expect(six?.slice(0, 6)).toEqual(['vm1', 'port', 'ipv6-icmp 128/0', 'fd00::1', 'fd00::2', '5']);
  expect(six?.[7]).toMatch(/^\d+ s$/);
  expect(byId.code).toBe(0);
  expect(byId.stdout.split('\n')).toHaveLength(rows.length);
  const [answer] = JSON.parse(json.stdout);
  expect(answer.port_id).toBe(guest.port.id);
  expect(answer.connections).toHaveLength(rows.length - 2);
});

it('is bounded where 50,000 are remembered, and tells how many those are', async () => {
  const hypervisor = cloud.hypervisor(1);
  const [flow = ''] = (await hypervisor.dumpLearned()).filter((each) => /reg7=0x8[,\s]/.test(each));
  const flows = Array.from({ length: MANY }, (_, at) =>
    flow.replace('reg7=0x8', `reg7=${(at + 1) * 0x10000 + 8}`),
  );
  const before = (await remembered(guest)).remembered;
  await hypervisor.addFlows(flows.join('\n'));
  const { remembered: count, connections } = await remembered(guest);
  expect(count).toBe(before + MANY);
  expect(connections).toHaveLength(1_000);
  // Newer than what was there before.
  expect(connections.map(({ icmp_code: code }) => code)).not.toContain(0);
  const { stdout, stderr } = await tenantflow(['connections', '--port', 'vm1', '--limit', '10']);
  expect(stdout.trimEnd().split('\n')).toHaveLength(1 + 10);
  expect(stderr).toBe(`vm1: only the 10 newest of ${count} flows were looked at\n`);
});

it('forgets them with the port', async () => {
  await cloud.hypervisor(1).unplug(guest.vm);
  await waitFor(async () => (await cloud.hypervisor(1).dumpLearned()).length === 0, {
    what: 'all to be forgotten',
  });
});
