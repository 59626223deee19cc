/**
 * What packets cost in our pipeline beside Neutron's ways to give a guest VLANs (options A and C of
 * `bench/dataplane/agents.ts`), on one host and across two: all three are up at once and take turns in each round. Run
 * by `npm run bench:dataplane [ROUNDS]`; the last line is JSON. Fails below twice C's rate of new MAC addresses.
 */
import { loadavg } from 'node:os';
import { Daemon, LAB_FILES, run } from '#lab';
import { Cloud } from '../test/cloud.ts';
import { datapathFlows, upcalls } from './counters.ts';
import { optionA, optionC } from './dataplane/agents.ts';
import { type Contender, GUEST_NAMES, GUESTS, guestIp, guestMac } from './dataplane/contender.ts';
import { ours } from './dataplane/ours.ts';
import { lineOf, type Measured, round, rowOf, type Samples } from './dataplane/report.ts';
import * as traffic from './dataplane/traffic.ts';

const ROUNDS = Number(process.argv[2] ?? 5);
/** How many times option C's rate of new MAC addresses ours must be. */
const GOAL = 2;
const loads = [loadOfMachine()];

const cloud = await Cloud.create(2);
const contenders = [await ours(cloud), await optionA(cloud.lab), await optionC(cloud.lab)] as const;
const servers: Daemon[] = [];
for (const contender of contenders) await prepare(contender);
traffic.writeTraffic();

interface Task extends Measured {
  readonly measure: (contender: Contender) => Promise<traffic.Found>;
}

const TASKS = (['near', 'far'] as const).flatMap((place): Task[] => [
  task(`${place}: TCP`, 'Gbit/s', 'kB', (c) => traffic.tcp(c, place)),
  task(`${place}: one flow`, 'frames/s', 'frame', (c) => traffic.frames(c, place)),
  task(`${place}: round trip`, 'µs', 'ping', (c) => traffic.roundTrip(c, place)),
  task(`${place}: first round trip`, 'µs', 'ping', (c) => traffic.firstRoundTrip(c, place)),
]);
/** Apart and last: what a bridge learns from it would slow down all the rest. */
const NEW_MACS = task('near: new MAC addresses', 'frames/s', 'frame', traffic.newMacs);

const flows = new Map<string, number>();
const asked = new Map<string, number>();
const lines = await inRounds(TASKS, async (contender, { name }) => {
  if (name === 'far: round trip') flows.set(contender.name, await datapathFlows(contender.hosts[0]));
});
for (const contender of contenders) asked.set(contender.name, -(await upcalls(contender.hosts[0])));
const [newMacs] = await inRounds([NEW_MACS], traffic.forgetMacs);
if (newMacs) lines.push(newMacs);
for (const contender of contenders) {
  const count = (asked.get(contender.name) ?? 0) + (await upcalls(contender.hosts[0]));
  asked.set(contender.name, round(count / ROUNDS / traffic.NEW_MACS));
}

loads.push(loadOfMachine());
console.table(lines.map(rowOf));
for (const { name } of contenders) {
  const counts = `${flows.get(name)} datapath flows after pings near and far`;
  console.log(`${name}: ${counts}, ${asked.get(name)} upcalls per new MAC address sent`);
}
console.log(`${ROUNDS} rounds; load of the machine ${loads.join(' before, ')} after`);
const counts = { datapathFlows: Object.fromEntries(flows), upcallsPerNewMac: Object.fromEntries(asked) };
console.log(JSON.stringify({ bench: 'dataplane', rounds: ROUNDS, loads, lines, ...counts }));
for (const server of servers) await server.stop();
await cloud.stop();
process.exit((newMacs?.ratios.C?.value ?? 0) >= GOAL ? 0 : 1);

/** All guests know each other, their servers run, the switches have their processor, and packets arrive. */
async function prepare({ name, hosts, guests }: Contender): Promise<void> {
  for (const { ovs } of hosts) {
    const cpu = ['--cpu-list', traffic.SWITCH_CPU];
    await run(['taskset', '--all-tasks', '--pid', ...cpu, String(ovs.vswitchd.pid)]);
  }
  for (const guest of GUEST_NAMES) {
    for (const { number } of GUEST_NAMES.filter((other) => other !== guest).map((other) => GUESTS[other])) {
      const neighbour = [guestIp(number), 'lladdr', guestMac(number), 'dev', 'v0', 'nud', 'permanent'];
      await guests[guest].exec(['ip', 'neigh', 'replace', ...neighbour]);
    }
  }
  for (const vm of [guests.near, guests.far]) {
    const log = `${LAB_FILES}/${vm.name}.log`;
    const argv = traffic.TCP_SERVER;
    const server = new Daemon({ name: `${vm.name}'s iperf3`, argv, log, namespace: vm.name });
    server.start();
    servers.push(server);
    const { received } = await guests.sender.ping(vm.ip, { count: 3 });
    if (received === 0) throw new Error(`${name}: ${vm.name} does not answer`);
  }
}

/** Measures all tasks of all contenders in each round; `after` each there is time for other things. */
async function inRounds(
  tasks: readonly Task[],
  after: (contender: Contender, task: Task) => Promise<void>,
): Promise<ReturnType<typeof lineOf>[]> {
  const empty = (): Map<string, Samples> =>
    new Map(contenders.map(({ name }) => [name, { values: [], switchTimes: [] }]));
  const found = tasks.map((task) => ({ task, samples: empty() }));
  for (let round = 0; round < ROUNDS; round++) {
    for (const { task, samples } of found) {
      // Who comes first changes from round to round.
      const first = round % contenders.length;
      for (const contender of [...contenders.slice(first), ...contenders.slice(0, first)]) {
        const before = traffic.switchTime(contender);
        const { value, count } = await task.measure(contender);
        const time = traffic.switchTime(contender) - before;
        samples.get(contender.name)?.values.push(value);
        samples.get(contender.name)?.switchTimes.push(time / count);
        await after(contender, task);
      }
    }
  }
  return found.map(({ task, samples }) => lineOf(task, samples));
}

function task(name: string, unit: string, each: string, measure: Task['measure']): Task {
  return { name, unit, more: unit !== 'µs', each, measure };
}

/** Processes that were running or waiting to, over the last minute. */
function loadOfMachine(): number {
  return round(loadavg()[0] ?? Number.NaN);
}
