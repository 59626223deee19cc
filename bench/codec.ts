/**
 * How fast openflow-codec is in one thread, beside os-ken on the very same bytes in the same run, and how many bytes
 * it allocates. Run by `npm run bench:codec [ROUNDS]`; the last line is JSON. Needs Debian's python3-os-ken.
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { do_not_optimize, measure } from 'mitata';
import { decode, encode, multipartBody, Writer, walkFlowStats } from 'openflow-codec';
import { allocatedBy } from './codec/allocated.ts';
import { bytesOf, type Case, cases, type Way } from './codec/messages.ts';

const ROUNDS = Number(process.argv[2] ?? 5);
const MIN_CPU_TIME = 100e6;
const PYTHON = '/usr/bin/python3';
const PEER = fileURLToPath(new URL('codec/os-ken.py', import.meta.url));

/** One line of the table: what is done to all messages of a case. */
interface Task {
  readonly name: string;
  readonly unit: string;
  readonly units: number;
  run(): void;
  /** What os-ken's time stands under in its answer: the case, and the way if it can go it. */
  readonly peer: readonly [name: string, way: Way | undefined];
}

/** Nanoseconds a unit, by case and way. */
type PeerTimes = Readonly<Record<string, Readonly<Partial<Record<Way, number>>>>>;

const all = cases();
const tasks = all.flatMap(tasksOf);
const ours = tasks.map(() => [] as number[]);
const theirs = tasks.map(() => [] as number[]);
// Everything is warm before anything is measured: no task has the machine code all for itself.
for (const task of tasks) for (let call = 0; call < 2000; call += 1) task.run();
for (let round = 0; round < ROUNDS; round++) {
  for (const [at, task] of tasks.entries()) ours[at]?.push(await timeOf(task));
  const times = peerTimes();
  for (const [at, task] of tasks.entries()) {
    const [name, way] = task.peer;
    const time = way && times[name]?.[way];
    if (time !== undefined) theirs[at]?.push(time);
  }
}

const rows = tasks.map((task, at) => {
  const nanoseconds = median(ours[at] ?? []);
  const peer = task.peer[1] && median(theirs[at] ?? []);
  return {
    task: task.name,
    unit: task.unit,
    'units/s': Math.round(1e9 / nanoseconds),
    'ns/unit': Math.round(nanoseconds),
    'bytes/unit': Math.round(allocatedBy(task.run, 50) / task.units),
    'os-ken units/s': peer ? Math.round(1e9 / peer) : "can't",
    ratio: peer ? Math.round(peer / nanoseconds) : '',
  };
});
console.table(rows);
console.log(JSON.stringify({ bench: 'codec', node: process.version, rounds: ROUNDS, rows }));

function tasksOf(one: Case): Task[] {
  const { name, unit, units, messages, peer } = one;
  const bytes = inOneChunk(bytesOf(one));
  const writer = new Writer();
  const wayOf = (way: Way): Task['peer'] => [name, peer.includes(way) ? way : undefined];
  const tasks: Task[] = [
    {
      name: `${name}: decode`,
      unit,
      units,
      run: () => {
        for (const message of bytes) do_not_optimize(decode(message));
      },
      peer: wayOf('decode'),
    },
    {
      name: `${name}: encode`,
      unit,
      units,
      run: () => {
        writer.reset();
        for (const message of messages) encode(message, writer);
        do_not_optimize(writer.size);
      },
      peer: wayOf('encode'),
    },
  ];
  if (unit === 'flow') tasks.push({ ...walk(name, bytes), unit, units });
  return tasks;
}

/** As they lie in what a socket delivers. */
function inOneChunk(messages: readonly Uint8Array[]): Uint8Array[] {
  const chunk = Buffer.concat(messages);
  const whole: Uint8Array[] = [];
  let at = 0;
  for (const { length } of messages) {
    whole.push(chunk.subarray(at, at + length));
    at += length;
  }
  return whole;
}

/** The same flows, visited without objects: one reads their cookies and counters only. */
function walk(name: string, bytes: readonly Uint8Array[]): Pick<Task, 'name' | 'run' | 'peer'> {
  return {
    name: `${name}: lazy walk`,
    run: () => {
      let sum = 0;
      for (const message of bytes) {
        walkFlowStats(multipartBody(message).body, (flow) => {
          sum += flow.cookieLo + flow.packetCountLo;
        });
      }
      do_not_optimize(sum);
    },
    peer: [name, 'decode'],
  };
}

/** Nanoseconds a unit: the lower quartile of the samples of one measurement, which other work spoils least. */
async function timeOf(task: Task): Promise<number> {
  const { p25 } = await measure(task.run, { min_cpu_time: MIN_CPU_TIME });
  return p25 / task.units;
}

function peerTimes(): PeerTimes {
  const input = all.map((one) => ({
    name: one.name,
    units: one.units,
    ways: one.peer,
    messages: bytesOf(one).map((message) => Buffer.from(message).toString('hex')),
  }));
  return JSON.parse(execFileSync(PYTHON, [PEER], { input: JSON.stringify(input), encoding: 'utf8' }));
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
