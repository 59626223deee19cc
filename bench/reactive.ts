/**
 * Flows per second of a reactive controller, as cbench measures: packets at window 64 from 16 switches, beside
 * ovs-testcontroller and os-ken in the same rounds. Ours is an app made for this (`reactive/learning-switch.ts`). Run by
 * `npm run bench:reactive [ROUNDS]`; the last line is JSON. Fails below 5 times the one and 50 times the other.
 */
import { connect } from 'node:net';
import { loadavg } from 'node:os';
import { CHECKOUT, Daemon, LAB_FILES, run, waitFor } from '#lab';
import { quantile, usageOf } from './width/measures.ts';

const ROUNDS = Number(process.argv[2] ?? 3);
const SWITCHES = 16;
const WINDOW = 64;
/** Seconds of a run, and runs of one start. */
const RUN = { seconds: 1, count: 3 };
const PORT = 16_653;
const HERE = `${CHECKOUT}/bench/reactive`;
const TYPESCRIPT = `${CHECKOUT}/scripts/typescript`;
/** A processor each for controllers and switches. */
const CONTROLLER = ['taskset', '-c', '0'];
const LOAD = ['taskset', '-c', '1'];

interface Contender {
  readonly name: string;
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** How many times its rate ours must be. */
  readonly goal?: number;
}

const QUIET = ['-vconsole:off', '-vsyslog:off', '-vfile:off'];
const CONTENDERS: readonly Contender[] = [
  { name: 'tenantflow', argv: ['node', `${CHECKOUT}/dist/bench/reactive/learning-switch.js`, `${PORT}`] },
  {
    name: 'ovs-testcontroller',
    argv: [
      'ovs-testcontroller',
      '-O',
      'OpenFlow13',
      ...QUIET,
      `--unixctl=${LAB_FILES}/tc.ctl`,
      `ptcp:${PORT}:127.0.0.1`,
    ],
    goal: 5,
  },
  {
    name: 'os-ken',
    argv: [
      ...['/usr/bin/python3', '/usr/bin/osken-manager', '--ofp-listen-host', '127.0.0.1'],
      ...['--ofp-tcp-listen-port', `${PORT}`, `${HERE}/learner.py`],
    ],
    goal: 50,
  },
];

interface Result {
  readonly rates: number[];
  lost: number;
  /** Bytes that it ever had resident. */
  memory: number;
  /** What it took for how many flows, warm-up included: hardly depends on what else the machine does. */
  cpuMs: number;
  answers: number;
}

const loads = [load()];
// As an install runs it: compiled.
await run([`${CHECKOUT}/node_modules/.bin/tsc`, '-b', `${CHECKOUT}/bench`]);
const results = new Map(
  CONTENDERS.map(({ name }): [string, Result] => [
    name,
    { rates: [], lost: 0, memory: 0, cpuMs: 0, answers: 0 },
  ]),
);
for (let round = 0; round < ROUNDS; round++) {
  // Who comes first changes from round to round.
  const first = round % CONTENDERS.length;
  for (const contender of [...CONTENDERS.slice(first), ...CONTENDERS.slice(0, first)])
    await measure(contender);
}
loads.push(load());
report();

async function measure({ name, argv, env }: Contender): Promise<void> {
  const daemon = new Daemon({
    name,
    argv: [...CONTROLLER, ...argv],
    log: `${LAB_FILES}/${name}.log`,
    ...(env && { env }),
  });
  daemon.start();
  try {
    await waitFor(() => daemon.mustRun() ?? canConnect(), { what: `${name} to listen` });
    const before = usageOf(daemon.pid ?? 0);
    const load = [`${HERE}/load.ts`, ...[PORT, SWITCHES, WINDOW, RUN.seconds, RUN.count].map(String)];
    const found = JSON.parse(await run([...LOAD, TYPESCRIPT, ...load])) as {
      readonly rates: readonly number[];
      readonly answers: number;
      readonly lost: number;
    };
    const { memory, cpuMs } = usageOf(daemon.pid ?? 0);
    const result = results.get(name);
    if (result === undefined) return;
    result.rates.push(...found.rates);
    result.lost += found.lost;
    result.memory = Math.max(result.memory, memory.most);
    result.cpuMs += cpuMs - before.cpuMs;
    result.answers += found.answers;
  } finally {
    await daemon.stop();
  }
}

function canConnect(): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(PORT, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

function report(): void {
  const median = (name: string) => quantile(results.get(name)?.rates ?? [], 0.5);
  const ours = median('tenantflow');
  const rows = CONTENDERS.map(({ name, goal }) => {
    const { rates = [], lost = 0, memory = 0, cpuMs = 0, answers = 0 } = results.get(name) ?? {};
    return {
      controller: name,
      'flows/s: least': Math.round(Math.min(...rates)),
      median: Math.round(median(name)),
      most: Math.round(Math.max(...rates)),
      'ours : this': Number((ours / median(name)).toPrecision(3)),
      goal: goal ?? '',
      'processor time, µs a flow': Number(((cpuMs * 1_000) / answers).toPrecision(3)),
      'packets lost': lost,
      'memory (MB)': Math.round(memory / 1024 ** 2),
    };
  });
  console.table(rows);
  console.log(`${SWITCHES} switches, window ${WINDOW}; load of the machine ${loads.join(' before, ')} after`);
  console.log(
    JSON.stringify({ bench: 'reactive', rounds: ROUNDS, switches: SWITCHES, window: WINDOW, loads, rows }),
  );
  const isMet = CONTENDERS.every(({ name, goal }) => goal === undefined || ours >= goal * median(name));
  process.exit(isMet ? 0 : 1);
}

function load(): number {
  return Number((loadavg()[0] ?? Number.NaN).toFixed(2));
}
