/**
 * A thousand TCP connections in use, first left alone and then while rules, groups and ports of no concern to them change and
 * the controller is killed and started again. Run by `npm run bench:interruption [SECONDS]`, a minute each by default; the last
 * line is JSON. Fails when a connection is reset, or when more answers are late by 100 ms than before.
 *
 * Guests come and go on a third hypervisor then. When a link comes or goes on one of the connections' own, Open vSwitch
 * itself (3.1, userspace) looks up all its routes anew, and what it sends into tunnels meanwhile is lost, whoever has the link: so
 * this is measured apart, beside links that are none of the controller's. There the connections without a tunnel are
 * judged by how late their answers are, and those over one by what our flows have dropped of them, which is to be nothing.
 */
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { APPS } from '#apps';
import { compilePrograms, type Told } from '#lab';
import { difference, dropCounts } from '../test/drop-counts.ts';
import { steadyCloud } from '../test/steady-cloud.ts';
import { round } from './dataplane/report.ts';

const SECONDS = Number(process.argv[2] ?? 60);
const CONNECTIONS = 1_000;
/** Milliseconds between two requests of a connection: what stops all of them for 100 ms makes two hundred answers late. */
const PERIOD_MS = 500;
/** Milliseconds between two rounds of changes: they are to change much, and not to use up the machine. */
const PAUSE_MS = 500;
/** Why the firewall drops packets: nothing else may drop one of a connection that is open. */
const REASONS = APPS.flatMap(({ name, drops }) =>
  name === 'security-groups' ? Object.keys(drops ?? {}) : [],
);

/** What the connections have seen during some work: those without a tunnel, and those over one. */
interface Seen {
  readonly rounds: number;
  readonly near: Told;
  readonly far: Told;
}

const loads = [loadOfMachine()];
await compilePrograms();
const steady = await steadyCloud(['--log-level', 'warn']);
const { cloud } = steady;
await steady.open(CONNECTIONS);
const alone = await phase(SECONDS, async () => undefined);
let killed = false;
const changing = await phase(SECONDS, async (passed) => {
  await steady.change(3);
  if (killed || passed < SECONDS / 2) return;
  killed = true;
  await cloud.controller.kill();
  // As long as it is away the switches are alone with the connections.
  await sleep(Math.min(5, SECONDS / 10) * 1_000);
  await cloud.controller.start();
  await cloud.steady();
});
const foreign = await phase(SECONDS / 2, () => steady.plugForeign());
const before = await drops();
const beside = await phase(SECONDS / 2, () => steady.change(1));
const dropped = (await drops()).map((counts, at) => difference(counts, before[at] ?? {}));
await steady.stop();

loads.push(loadOfMachine());
console.table([
  ...rows('left alone', alone),
  ...rows('all else changes', changing),
  ...rows('guests of others come and go beside them', foreign),
  ...rows('all else changes, guests come and go beside them', beside),
]);
console.log(`load of the machine ${loads.join(' before, ')} after`);
const phases = [alone, changing, foreign, beside];
const missed = [
  !killed && 'the controller was not killed',
  phases.some(({ near, far }) => near.errors + far.errors > 0 || near.kept + far.kept < CONNECTIONS) &&
    'connections were reset, or silent',
  stalls(changing) > stalls(alone) && 'changes made answers late',
  beside.near.stalls > foreign.near.stalls && 'guests that came and went made answers late',
  dropped.some((counts) => Object.keys(counts).length > 0) && 'our flows dropped packets',
].filter(Boolean);
for (const what of missed) console.error(what);
console.log(
  JSON.stringify({
    ...{ bench: 'interruption', seconds: SECONDS, loads, missed },
    ...{ alone, changing, foreign, beside, dropped },
  }),
);
process.exit(missed.length > 0 ? 1 : 0);

/** Work that is done again and again, once at least; it is told how many seconds have passed. */
async function phase(seconds: number, work: (passed: number) => Promise<unknown>): Promise<Seen> {
  steady.pace(PERIOD_MS);
  const started = performance.now();
  const passed = () => (performance.now() - started) / 1_000;
  let rounds = 0;
  for (; rounds === 0 || passed() < seconds; rounds++) {
    await work(passed());
    await sleep(PAUSE_MS);
  }
  const [near, far] = await steady.endPace();
  if (!near || !far) throw new Error('a load client is missing');
  return { rounds, near, far };
}

function drops() {
  return Promise.all(cloud.hypervisors.map((hypervisor) => dropCounts(hypervisor, REASONS)));
}

function stalls({ near, far }: Seen): number {
  return near.stalls + far.stalls;
}

function rows(what: string, { rounds, near, far }: Seen) {
  return [row(what, 'near', rounds, near), row(what, 'by a tunnel', rounds, far)];
}

function row(what: string, where: string, rounds: number, told: Told) {
  return {
    ...{ 'what happens': what, rounds, connections: where, open: told.kept },
    ...{ 'reset or silent': told.errors, answers: told.count, 'late by 100 ms': told.stalls },
    'p50/p99 ms': `${round(told.p50 / 1_000)}/${round(told.p99 / 1_000)}`,
    'worst ms': round(told.worst / 1_000),
  };
}

/** Processes that were running or waiting to, over the last minute. */
function loadOfMachine(): number {
  return Number((loadavg()[0] ?? Number.NaN).toPrecision(3));
}
