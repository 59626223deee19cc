import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { edgePipeline } from '#apps';
import { type Hypervisor, type Resource, waitFor } from '#lab';
import { Cloud, type Guest } from './cloud.ts';
import { dropCounts } from './drop-counts.ts';
import { Ongoing } from './fixtures/tenantflow.ts';

/** Operators see which packets are denied, with both ways of remembering connections, and nobody else feels that. */
const RATE = 10;
/** Of one flood, as fast as a guest sends. */
const FLOOD = 40_000;
/** Packets that guests may send by themselves while counting begins and ends. */
const STRAY = 50;
const BROADCASTS = 300;
let cloud: Cloud;
let network: Resource;
let closed: Resource;
let anything: Resource;
/** On each hypervisor: one whom nobody may talk to and who may talk to nobody, and one who may all. */
const places: { readonly host: Hypervisor; readonly guest: Guest; readonly open: Guest }[] = [];
let before: readonly (readonly string[])[];

interface Line {
  readonly event: string;
  readonly count?: number;
  readonly port_id?: string;
  readonly [key: string]: unknown;
}

beforeAll(async () => {
  cloud = await Cloud.create(
    2,
    {},
    {
      args: ['--audit-interval', '1'],
      prepare: async ([, second]) => {
        await second?.vsctl('set', 'Open_vSwitch', '.', 'external_ids:tenantflow-firewall=conntrack');
      },
    },
  );
  network = await cloud.network('red');
  const { rest } = cloud.controller;
  closed = await rest.create('security_group', { name: 'closed' });
  await withdrawRules(closed);
  anything = await cloud.groupForAnything();
  for (const [at, host] of cloud.hypervisors.entries())
    places.push({
      host,
      guest: await member(closed, host, 2 * at + 1),
      open: await member(anything, host, 2 * at + 2),
    });
  before = await flows();
});
afterAll(() => cloud.stop());

async function member(group: Resource, host: Hypervisor, number: number): Promise<Guest> {
  const port = await cloud.createPort(network, number, { security_groups: [group.id] });
  const vm = await cloud.createVm(number);
  await host.plug(vm, port.id);
  await cloud.status(port, 'ACTIVE');
  return { vm, port };
}

async function withdrawRules({ id }: Resource): Promise<void> {
  const { rest } = cloud.controller;
  const rules = await rest.list<Resource & { readonly security_group_id: string }>('security_group_rule');
  for (const rule of rules)
    if (rule.security_group_id === id) await rest.delete('security_group_rule', rule.id);
}

function flows(): Promise<readonly (readonly string[])[]> {
  return Promise.all(cloud.hypervisors.map((host) => host.dumpFlows()));
}

const meters = (host: Hypervisor) => host.ofctl('dump-meters', 'br-int');

/** Sends datagrams from a guest to a port 9, as fast as it can or with a pause after each, in seconds. */
async function send(
  { vm }: Guest,
  address: string,
  count: number,
  { options = '', pause = 0 } = {},
): Promise<void> {
  const program = [
    'import socket, time',
    's = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)',
    options,
    `for _ in range(${count}):`,
    ` s.sendto(b"0123456789", ("${address}", 9))`,
    pause > 0 ? ` time.sleep(${pause})` : '',
  ];
  await vm.exec(['python3', '-c', program.join('\n')]);
}

async function watching(
  work: (lines: () => readonly Line[], watch: Ongoing) => Promise<void>,
  ...args: readonly string[]
): Promise<void> {
  const watch = new Ongoing(['denied', '--json', ...args]);
  try {
    await watch.prints(/"event":"ready"/);
    const lines = () =>
      watch.printed
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as Line);
    await work(lines, watch);
  } finally {
    watch.stop();
  }
}

async function metric(name: string, label: string): Promise<number> {
  const text = await cloud.controller.metrics();
  return Number(new RegExp(`^tenantflow_deny_log_${name}\\{${label}\\} (.*)$`, 'm').exec(text)?.[1]);
}

const denials = (lines: readonly Line[]) => lines.filter(({ event }) => event === 'denied');

describe.each([
  ['learn', 0],
  ['conntrack', 1],
] as const)('with %s', (_backend, at) => {
  const place = () => {
    const found = places[at];
    if (!found) throw new Error('no such place');
    return found;
  };

  it('tells what was denied, to whom, why, and from where', async () => {
    const { guest, open, host } = place();
    await watching(
      async (lines) => {
        const shown = (fields: object) =>
          waitFor(
            () =>
              denials(lines()).some((each) =>
                Object.entries(fields).every(([key, value]) => each[key] === value),
              ),
            { what: `${JSON.stringify(fields)} among ${JSON.stringify(lines())}` },
          );
        const common = {
          port_id: guest.port.id,
          network_id: network.id,
          switch: host.name,
          reason: 'denied',
        };
        await open.vm.ping(guest.vm.ip, { waitMs: 100 });
        const ends = { source: open.vm.ip, destination: guest.vm.ip, ethertype: 'IPv4' };
        await shown({
          ...common,
          ...ends,
          direction: 'ingress',
          protocol: 'icmp',
          icmp_type: 8,
          icmp_code: 0,
        });
        await send(open, guest.vm.ip, 1);
        await shown({
          ...common,
          ...ends,
          direction: 'ingress',
          protocol: 'udp',
          destination_port: 9,
          size: 52,
        });
        await open.vm.exec(['python3', '-c', connecting(guest.vm.ip)]);
        await shown({ ...common, ...ends, protocol: 'tcp', destination_port: 81, tcp_flags: 'syn' });
        await send(guest, open.vm.ip, 1);
        await shown({ ...common, direction: 'egress', source: guest.vm.ip, destination: open.vm.ip });
        for (const { security_group_ids: groups } of denials(lines())) expect(groups).toEqual([closed.id]);
      },
      '--port',
      guest.port.id,
    );
  });

  it('tells that a connection’s rule is gone', async () => {
    const { open, host } = place();
    const { rest } = cloud.controller;
    const fickle = await rest.create('security_group', { name: `fickle-${at}` });
    const guest = await member(fickle, host, 40 + at);
    // The same connection both ways.
    const options = 's.bind(("", 9))';
    await send(guest, open.vm.ip, 1, { options });
    await withdrawRules(fickle);
    await cloud.caughtUp();
    await watching(
      async (lines) => {
        await send(open, guest.vm.ip, 1, { options });
        const answers = () => denials(lines()).filter(({ source_port: port }) => port === 9);
        await waitFor(() => answers().length > 0, { what: 'the answer to be shown' });
        expect(answers()[0]).toMatchObject({
          ...{ reason: 'revoked', direction: 'ingress', port_id: guest.port.id, source: open.vm.ip },
          security_group_ids: [fickle.id],
        });
      },
      '--port',
      guest.port.id,
    );
  });

  it('tells that a port’s groups are not known, while somebody has taken them away', async () => {
    const { guest, open, host } = place();
    const table = edgePipeline().layout.tables.find((each) => each.table.name === 'guests')?.id;
    const known = () => host.ofctl('--no-stats', 'dump-flows', 'br-int', `table=${table}`);
    const before = await known();
    await watching(
      async (lines) => {
        // So that nobody gives them back before a packet comes.
        cloud.controller.daemon.pause();
        await host.ofctl('del-flows', 'br-int', `table=${table}`);
        await send(guest, open.vm.ip, 1);
        cloud.controller.daemon.resume();
        await waitFor(() => denials(lines()).some(({ reason }) => reason === 'no-policy'), {
          what: 'the packet to be shown',
        });
        expect(denials(lines()).find(({ reason }) => reason === 'no-policy')).toMatchObject({
          ...{ port_id: guest.port.id, direction: 'egress', network_id: network.id, destination_port: 9 },
          security_group_ids: [],
        });
      },
      '--port',
      guest.port.id,
    );
    await waitFor(async () => (await known()) === before, { what: 'them to be back' });
  });

  it('shows no more of a flood than was asked for, counts all of it, and takes nothing from others', async () => {
    const { guest, open, host } = place();
    const other = places[1 - at];
    if (!other) throw new Error('no other place');
    // Not the guest that floods: its own interface loses what is too much, answers among it.
    const neighbour = await member(anything, host, 30 + at);
    const denied = async () => (await dropCounts(host, ['denied'])).denied ?? 0;
    const counted = await denied();
    const begun = performance.now();
    await watching(
      async (lines) => {
        const ping = other.open.vm.startPing(neighbour.vm.ip, { intervalMs: 20 });
        await send(open, guest.vm.ip, FLOOD);
        const sum = () => {
          const all = lines();
          const missed = Math.max(0, ...all.map(({ count = 0 }) => count));
          return [denials(all).length, missed] as const;
        };
        // What its own interface has lost of it has come to no switch.
        await waitFor(
          async () => {
            const all = (await denied()) - counted;
            const [shown, missed] = sum();
            if (all < FLOOD / 10 || Math.abs(shown + missed - all) > STRAY)
              throw new Error(`${shown} shown, ${missed} missed, ${all} denied`);
            return true;
          },
          { what: 'what is shown and missed to be what is denied' },
        );
        const seconds = (performance.now() - begun) / 1_000;
        expect(sum()[0]).toBeGreaterThan(0);
        expect(sum()[0]).toBeLessThanOrEqual(RATE * (seconds + 3));
        expect(await metric('watchers', 'kind="stream"')).toBe(1);
        expect(await metric('packets_total', 'outcome="shown"')).toBeGreaterThanOrEqual(sum()[0]);
        await waitFor(async () => (await metric('packets_total', 'outcome="held"')) > FLOOD / 20, {
          what: 'what was held back to be counted',
        });
        const { sent, received } = await ping.stop();
        expect(received).toBe(sent);
      },
      ...['--switch', host.name, '--rate', `${RATE}`],
    );
  });

  it('lets all of a broadcast reach those who may have it, though others may not', async () => {
    const { open, host } = place();
    const third = await member(closed, host, 10 + at);
    const fourth = await member(anything, host, 20 + at);
    await watching(
      async (lines) => {
        const capture = await fourth.vm.capture();
        const options = 's.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)';
        // Far more than are shown, and no more than an interface takes.
        await send(open, '10.0.0.255', BROADCASTS, { options, pause: 0.005 });
        await cloud.lab.quiet();
        const frames = (await capture.finish()).filter((frame) => Buffer.from(frame).includes('0123456789'));
        expect(frames).toHaveLength(BROADCASTS);
        await waitFor(() => denials(lines()).some(({ port_id: id }) => id === third.port.id), {
          what: 'some of them to be shown',
        });
      },
      ...['--switch', host.name],
    );
  });
});

it('goes on by a meter, whoever deletes that', async () => {
  const [place] = places;
  if (!place) throw new Error('no place');
  const { guest, open, host } = place;
  await watching(
    async () => {
      expect(await meters(host)).toContain('meter=controller');
      await host.ofctl('del-meters', 'br-int');
      await send(open, guest.vm.ip, 1_000);
      await waitFor(
        async () => /drift_flows_total\{kind="deleted"\} [1-9]/.test(await cloud.controller.metrics()),
        { what: 'that to be found' },
      );
      await waitFor(async () => (await meters(host)).includes('meter=controller'), {
        what: 'the meter to be back',
      });
    },
    ...['--switch', host.name],
  );
});

it('leaves nothing on switches when nobody watches, also when the controller is killed meanwhile', async () => {
  const isAsBefore = async () => {
    await waitFor(async () => !(await meters(places[0]?.host ?? cloud.hypervisor(1))).includes('meter='), {
      what: 'the meter to be gone',
    });
    for (const [at, host] of cloud.hypervisors.entries()) {
      const left = new Set(await host.dumpFlows());
      expect((before[at] ?? []).filter((flow) => !left.has(flow) && !flow.includes('clone'))).toEqual([]);
      expect([...left].filter((flow) => flow.includes('CONTROLLER'))).toEqual([]);
    }
  };
  await isAsBefore();
  const watch = new Ongoing(['denied', '--json', '--switch', 'hv1']);
  await watch.prints(/"event":"ready"/);
  expect((await cloud.hypervisor(1).dumpFlows()).some((flow) => flow.includes('CONTROLLER'))).toBe(true);
  await cloud.controller.kill();
  watch.stop();
  await cloud.controller.start();
  await cloud.steady();
  await isAsBefore();
});

function connecting(address: string): string {
  return `import socket\ns = socket.socket()\ns.settimeout(0.2)\ntry: s.connect(("${address}", 81))\nexcept OSError: pass`;
}
