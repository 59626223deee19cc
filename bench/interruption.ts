/**
 * A thousand TCP connections in use, first left alone and then while rules, groups and ports of no concern to them change and
 * the controller is killed and started again. Run by `npm run bench:interruption [SECONDS]`, a minute by default; the last line
 * is JSON. Fails when a connection is reset, or when more answers are late by 100 ms than before.
 */
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { compilePrograms, type Told } from '#lab';
import { steadyCloud } from '../test/steady-cloud.ts';
import { round } from './dataplane/report.ts';

const SECONDS = Number(process.argv[2] ?? 60);
const CONNECTIONS = 1_000;
/** Milliseconds between two requests of a connection: what stops all of them for 100 ms makes two hundred answers late. */
const PERIOD_MS = 500;
/** Milliseconds between two rounds of changes: they are to change much, and not to use up the machine. */
const PAUSE_MS = 500;

const loads = [loadOfMachine()];
await compilePrograms();
const steady = await steadyCloud(['--log-level', 'warn']);
await steady.open(CONNECTIONS);
const baseline = await phase(() => sleep(SECONDS * 1_000));
let changes = 0;
const disturbed = await phase(async () => {
  const started = performance.now();
  const passed = () => (performance.now() - started) / 1_000;
  for (let killed = false; passed() < SECONDS || !killed; changes++) {
    await steady.change();
    await sleep(PAUSE_MS);
    if (killed || passed() < SECONDS / 2) continue;
    await steady.cloud.controller.kill();
    // As long as it is away the switches are alone with the connections.
    await sleep(Math.min(5, SECONDS / 10) * 1_000);
    await steady.cloud.controller.start();
    await steady.cloud.steady();
    killed = true;
  }
});
await steady.stop();

loads.push(loadOfMachine());
console.table([row('left alone', baseline), row('while all else changes', disturbed)]);
console.log(`${changes} rounds of changes; load of the machine ${loads.join(' before, ')} after`);
const missed = disturbed.errors > 0 || disturbed.kept < CONNECTIONS || disturbed.stalls > baseline.stalls;
console.log(JSON.stringify({ bench: 'interruption', seconds: SECONDS, loads, changes, baseline, disturbed }));
process.exit(missed ? 1 : 0);

/** What the connections have seen during some work. */
async function phase(work: () => Promise<unknown>): Promise<Told> {
  steady.pace(PERIOD_MS);
  await work();
  const [near, far] = await steady.endPace();
  if (!near || !far) throw new Error('a load client is missing');
  const sum = (name: keyof Told) => near[name] + far[name];
  const most = (name: keyof Told) => Math.max(near[name], far[name]);
  return {
    ...{ count: sum('count'), errors: sum('errors'), kept: sum('kept'), stalls: sum('stalls') },
    ...{ seconds: most('seconds'), p50: most('p50'), p99: most('p99'), worst: most('worst') },
  };
}

function row(what: string, { count, errors, kept, stalls, p50, p99, worst }: Told) {
  return {
    connections: what,
    open: kept,
    'reset or silent': errors,
    answers: count,
    'late by 100 ms': stalls,
    'p50/p99 ms': `${round(p50 / 1_000)}/${round(p99 / 1_000)}`,
    'worst ms': round(worst / 1_000),
  };
}

/** Processes that were running or waiting to, over the last minute. */
function loadOfMachine(): number {
  return Number((loadavg()[0] ?? Number.NaN).toPrecision(3));
}
