import { afterAll, beforeAll, expect, it } from 'vitest';
import { CHANNEL_LIMITS } from '#controller/channel/limits';
import { type Hypervisor, ip, type Resource, run, waitFor } from '#lab';
import type { FleetPlug } from '../lab/fleet/fleet.ts';
import { FleetProcess } from '../lab/fleet/fleet-process.ts';
import { freshlyCompiled, installed, storeOf } from './chaos/fresh-compile.ts';
import { Cloud, type SwitchRow } from './cloud.ts';
import { tenantflow } from './fixtures/tenantflow.ts';

/**
 * Switches that keep their connection and take or say nothing, beside others that are well: fakes that read nothing, say
 * nothing, or answer late, and a real one that is stopped (SIGSTOP). The databases of all of them go on.
 */
interface Row extends SwitchRow {
  readonly unsentBytes: number;
  readonly pending: number;
}

const [DEAF, MUTE, SLOW, WELL] = [1, 2, 3, 4];
const ILL = ['fake1', 'fake2', 'hv1'];
const OTHERS = ['fake3', 'fake4', 'hv2'];
/**
 * Rules that a group gets at once, and so each switch in one bundle: enough to fill the kernel's buffers, and more than the
 * controller may hold for a switch that takes nothing.
 */
const RULES = 4_000;
const PATIENCE = { timeoutMs: 120_000, everyMs: 100 };

let cloud: Cloud;
let fleet: FleetProcess;
let network: Resource;
let group: Resource;
/** The most bytes that were seen to wait for each switch. */
const mostUnsent = new Map<string, number>();
/** What was said to be wrong with each. */
const problems = new Map<string, Set<string>>();

beforeAll(async () => {
  const args = ['--quotas', 'port:-1,security_group_rule:-1'];
  cloud = await Cloud.create(2, {}, { args, prepare: (all) => smallBuffers(all.map(({ name }) => name)) });
  await manageApart(cloud.hypervisor(1));
  fleet = new FleetProcess({ count: WELL });
  await fleet.attach('127.0.0.1:6640');
  await waitFor(async () => (await fleet.bridges()) === WELL, {
    what: 'the fakes to have bridges',
    ...PATIENCE,
  });
  const { rest } = cloud.controller;
  network = await rest.create('network', { name: 'wide' });
  await rest.create('subnet', { network_id: network.id, ip_version: 4, cidr: '10.8.0.0/16' });
  group = await rest.create('security_group', { name: 'many' });
  await fleet.plug(await plugs([DEAF, MUTE, SLOW, WELL]));
  for (const hypervisor of cloud.hypervisors) {
    const port = await rest.create('port', { network_id: network.id, security_groups: [group.id] });
    await hypervisor.vsctl(
      ...['add-port', 'br-int', `tap-${hypervisor.name}`, '--', 'set', 'interface', `tap-${hypervisor.name}`],
      ...['type=internal', `external_ids:iface-id=${port.id}`],
    );
  }
  await steady([...ILL, ...OTHERS]);
});
afterAll(async () => {
  await fleet?.stop();
  await cloud?.stop();
});

it('is told, holds little memory and nobody up, is dropped with a reason, and has all flows once it reads', async () => {
  const { controller, hypervisors } = cloud;
  const [stopped, well] = hypervisors;
  if (!stopped || !well) throw new Error('no hypervisors');
  await fleet.treat([DEAF], 'deaf');
  await fleet.treat([MUTE], 'mute');
  await fleet.treat([SLOW], 'slow');
  stopped.ovs.vswitchd.pause();

  // It lasts for seconds only: looked for from now on.
  const told = silenceIsTold();
  await controller.rest.request('POST', '/v2.0/security-group-rules', {
    security_group_rules: Array.from({ length: RULES }, (_, at) => ({
      security_group_id: group.id,
      direction: 'ingress',
      ethertype: 'IPv4',
      protocol: 'tcp',
      remote_ip_prefix: `172.${16 + (at >> 12)}.${(at >> 4) & 255}.${(at & 15) * 16 + 1}/32`,
    })),
  });
  await Promise.all([othersGoOn(well), told]);

  // Each that is given up says why; the fakes call again, and come no further.
  await waitFor(async () => isEach(ILL, await rows(), ({ state }) => state === 'absent'), {
    what: 'the three to be given up',
    ...PATIENCE,
  });
  await waitFor(
    async () =>
      isEach(ILL.slice(0, 2), await rows(), ({ problem }) =>
        /the handshake took too long/.test(problem ?? ''),
      ),
    { what: 'the fakes to have tried in vain', ...PATIENCE },
  );
  expect((await tenantflow(['status'])).stdout).toMatch(
    /^hv1: .* ended: the peer answered nothing for too long: \d+ ms$/m,
  );
  expect(await metric('tenantflow_openflow_closed_total{code="OFCH_SILENT"}')).toBeGreaterThanOrEqual(3);
  const logged = controller.log().filter(({ msg }) => msg === 'openflow closed');
  expect(logged.filter(({ code }) => code === 'OFCH_SILENT').length).toBeGreaterThanOrEqual(3);
  expect(logged.some(({ code }) => code === 'OFCH_HANDSHAKE_TIMEOUT')).toBe(true);

  // Held to more than a trifle, or the bound would show nothing.
  expect(mostUnsent.get('fake1')).toBeGreaterThan(CHANNEL_LIMITS.congestedBytes / 4);
  for (const bytes of mostUnsent.values()) expect(bytes).toBeLessThan(2 * CHANNEL_LIMITS.congestedBytes);

  await fleet.treat([DEAF, MUTE, SLOW], 'well');
  stopped.ovs.vswitchd.resume();
  await steady([...ILL, ...OTHERS]);
  const now = await rows();
  for (const { id, flows } of await fleet.switches()) expect(flows).toBe(now.get(id)?.flows);
  expect(await installed(stopped.ovs)).toEqual(freshlyCompiled(await storeOf(controller), 'hv1', {}));
  for (const id of ILL) expect(now.get(id)?.problem).toBeNull();
});

/** They get the rules, and new ports of theirs come up, while the ill ones are as they are; a real one has exactly its flows. */
async function othersGoOn(well: Hypervisor): Promise<void> {
  await waitFor(async () => isEach(OTHERS, await rows(), ({ flows }) => flows > RULES), {
    what: 'the rules to be compiled',
    ...PATIENCE,
  });
  await fleet.plug(await plugs([SLOW, WELL, WELL]));
  await waitFor(async () => (await rows()).get('fake4')?.ports === 3, {
    what: 'the ports to be seen',
    ...PATIENCE,
  });
  await steady(OTHERS);
  const fresh = freshlyCompiled(await storeOf(cloud.controller), 'hv2', {});
  expect(await installed(well.ovs)).toEqual(fresh);
  expect(isEach(ILL, await rows(), ({ state }) => state === 'steady')).toBe(false);
}

/** What an operator sees of them before they are given up. */
async function silenceIsTold(): Promise<void> {
  let isCounted = false;
  const isSaid = (id: string, text: RegExp) => [...(problems.get(id) ?? [])].some((each) => text.test(each));
  await waitFor(
    async () => {
      await rows();
      if ((await metric('tenantflow_switches{state="silent"}')) >= ILL.length) isCounted = true;
      const isTold = ILL.every((id) => isSaid(id, /^its switch does not answer, though its database does/));
      return isCounted && isTold && isSaid('fake1', /bytes wait to be taken$/);
    },
    { what: 'the silence to be told', ...PATIENCE },
  );
}

async function metric(name: string): Promise<number> {
  const line = (await cloud.controller.metrics()).split('\n').find((each) => each.startsWith(`${name} `));
  return Number(line?.slice(name.length));
}

/** What the kernel takes in place of who does not read would hide what is held for it. */
async function smallBuffers(hypervisors: readonly string[]): Promise<void> {
  const sizes = ['net.ipv4.tcp_rmem=4096 16384 65536', 'net.ipv4.tcp_wmem=4096 16384 65536'];
  for (const namespace of [undefined, ...hypervisors]) await run(['sysctl', '-qw', ...sizes], { namespace });
}

/** Its controller is reached by a link of its own: what it forwards itself stands still with its switch. */
async function manageApart(hypervisor: Hypervisor): Promise<void> {
  const { name } = hypervisor;
  await ip([
    `link add manage0 type veth peer name manage0 netns ${name}`,
    'addr add 172.30.0.254/24 dev manage0',
    'link set manage0 up',
  ]);
  await ip(['addr add 172.30.0.1/24 dev manage0', 'link set manage0 up'], name);
  await hypervisor.attach({ host: '172.30.0.254' });
  await waitFor(async () => (await hypervisor.vsctl('get-controller', 'br-int')).includes('172.30.0.254'), {
    what: 'the switch to be told of the other address',
    ...PATIENCE,
  });
}

/** Ports of the network that are to be plugged there. */
async function plugs(numbers: readonly number[]): Promise<readonly FleetPlug[]> {
  const { rest } = cloud.controller;
  const items = numbers.map((_, at) => ({
    ...{ network_id: network.id, security_groups: [group.id], name: `${numbers.length}-${at}` },
  }));
  const ids = await rest.createMany('port', items);
  return [...ids].map(([name, portId], at) => ({
    hypervisor: numbers[at] ?? 0,
    name: `tap${name}`,
    portId,
  }));
}

async function rows(): Promise<ReadonlyMap<string, Row>> {
  const all = new Map((await cloud.switches()).map((row) => [row.id, row as Row]));
  for (const { id, unsentBytes, problem } of all.values()) {
    mostUnsent.set(id, Math.max(unsentBytes, mostUnsent.get(id) ?? 0));
    if (problem !== null) problems.set(id, (problems.get(id) ?? new Set()).add(problem));
  }
  return all;
}

async function steady(ids: readonly string[]): Promise<void> {
  const isSteady = ({ state, ports, portsUp }: Row) => state === 'steady' && ports > 0 && ports === portsUp;
  await waitFor(async () => isEach(ids, await rows(), isSteady), {
    what: `${ids.join(', ')} to be steady, with all ports`,
    ...PATIENCE,
  });
}

function isEach(ids: readonly string[], all: ReadonlyMap<string, Row>, test: (row: Row) => boolean): boolean {
  return ids.every((id) => {
    const row = all.get(id);
    return row !== undefined && test(row);
  });
}
