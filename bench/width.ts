/**
 * What a thousand switches and 20,000 ports cost one controller: convergence, a port added, alone and in the burst, memory, lag of
 * the event loop; and 10,000 ports in one network, which is changed as a whole, too. The switches are the lab's fake ones. Run by `npm run bench:width`, see `--help`; the
 * last line is JSON.
 */
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { CHECKOUT, run } from '#lab';
import { now } from '../lab/fleet/datapath.ts';
import { Random } from '../lab/random.ts';
import { type Scene, SEED, scenesOf } from './width/arguments.ts';
import { changeMuch } from './width/big-changes.ts';
import { type Added, WideCloud } from './width/cloud.ts';
import { stepsBetween } from './width/histograms.ts';
import { type Lag, lagIn, lagOf, quantile, usageOf } from './width/measures.ts';

const scenes = scenesOf(process.argv.slice(2));
const MB = 1024 ** 2;
/** Ports that are added while all others are plugged. */
const MEANWHILE = 5;

type Row = Record<string, number>;
const loads = [load()];
// As an install runs it: compiled.
await run([`${CHECKOUT}/scripts/typescript`, `${CHECKOUT}/scripts/bundle.ts`]);
const found: Record<string, Row> = {};
for (const scene of scenes) found[scene.part] = await measure(scene);
loads.push(load());
const titles = scenes.map(({ part, cloud }) =>
  part === 'wide' ? `${cloud.hypervisors} switches` : `${cloud.ports} ports in a network`,
);
const [first = {}] = Object.values(found);
console.table(
  Object.fromEntries(
    Object.keys(first).map((what) => [
      what,
      Object.fromEntries(scenes.map(({ part }, at) => [titles[at] ?? '', found[part]?.[what]])),
    ]),
  ),
);
console.log(`load of the machine ${loads.join(' before, ')} after`);
console.log(JSON.stringify({ bench: 'width', seed: SEED, loads, scenes, ...found }));
process.exit(0);

async function measure({ part: name, cloud: options, adds: count }: Scene): Promise<Row> {
  const cloud = new WideCloud(name, options);
  const row: Row = { switches: options.hypervisors, ports: options.ports };
  const tell = (values: Row) => {
    for (const [what, value] of Object.entries(values)) row[what] = Number(value.toPrecision(3));
    console.error('bench:', name, values);
  };
  const lag = async (when: string) => lagRow(when, await lagOf(cloud.controller));
  try {
    await cloud.controller.start();
    tell({ 'memory, empty (MB)': usageOf(cloud.pid).memory.now / MB });
    tell({ 'all switches join (s)': (await cloud.join()) / 1_000, ...(await lag('join')) });
    const start = now();
    const plugs = await cloud.make();
    tell({ 'cloud made by the API (s)': (now() - start) / 1_000, ...(await lag('API')) });
    const [plugged, among] = await Promise.all([cloud.plug(plugs), addsAmong(cloud)]);
    tell({
      'all ports plugged, to the last flow (s)': plugged / 1_000,
      'port added meanwhile: ACTIVE, p50 (s)': quantile(among, 0.5) / 1_000,
      'port added meanwhile: ACTIVE, most (s)': Math.max(...among) / 1_000,
      ...(await lag('plug')),
    });
    const flows = (await cloud.switches()).map((each) => each.flows);
    const { memory, cpuMs } = usageOf(cloud.pid);
    tell({
      flows: flows.reduce((sum, count) => sum + count, 0),
      'memory, all there (MB)': memory.now / MB,
      'most memory (MB)': memory.most / MB,
      'processor time so far (s)': cpuMs / 1_000,
    });
    await adds(cloud, count, tell);
    if (name === 'one') await changeMuch(cloud, tell);

    let since = now();
    await cloud.fleet.restart();
    tell({
      'all switches lose their flows (s)': ((await cloud.settled(since)) - since) / 1_000,
      ...(await lag('loss')),
    });

    const before = await cloud.fleet.switches();
    await cloud.controller.stop();
    since = now();
    await cloud.controller.start();
    tell({ 'controller started, ready (s)': (now() - since) / 1_000 });
    await cloud.steady();
    tell({ 'controller started, all steady (s)': (now() - since) / 1_000, ...(await lag('start')) });
    const after = await cloud.fleet.switches();
    const rewritten = after.reduce((sum, { changes }, at) => sum + changes - (before[at]?.changes ?? 0), 0);
    tell({
      'flows rewritten by that': rewritten,
      'memory after it (MB)': usageOf(cloud.pid).memory.now / MB,
    });
  } finally {
    await cloud.stop();
  }
  return row;
}

/** Ports added one after the other while all others are plugged, whether the former are ACTIVE or not. */
async function addsAmong(cloud: WideCloud): Promise<readonly number[]> {
  const random = new Random(SEED);
  const added: Promise<number>[] = [];
  for (let at = 0; at < MEANWHILE; at++) {
    await sleep(500);
    added.push(cloud.addPortAmong(random.pick(cloud.networks), random.between(1, cloud.hypervisors)));
  }
  return Promise.all(added);
}

/** Ports added one after the other, to networks and hypervisors by chance. */
async function adds(cloud: WideCloud, count: number, tell: (values: Row) => void): Promise<void> {
  const random = new Random(SEED);
  const added: Added[] = [];
  const before = await cloud.controller.metrics();
  for (let at = 0; at < count; at++)
    added.push(await cloud.addPort(random.pick(cloud.networks), random.between(1, cloud.hypervisors)));
  const after = await cloud.controller.metrics();
  for (const [what, key] of [
    ['API answers', 'api'],
    ['all barriers', 'all'],
    ['ACTIVE', 'active'],
  ] as const) {
    const times = added.map((each) => each[key]);
    tell({
      [`port added: ${what}, p50 (ms)`]: quantile(times, 0.5),
      [`port added: ${what}, p99 (ms)`]: quantile(times, 0.99),
    });
  }
  for (const [step, ms] of Object.entries(stepsBetween(before, after)))
    tell({ [`port added: ${step}, p50 (ms)`]: ms });
  const median = (key: 'hosts' | 'switches') =>
    quantile(
      added.map((each) => each[key]),
      0.5,
    );
  tell({ 'switches of its network, p50': median('hosts'), 'switches it changes, p50': median('switches') });
  tell(lagRow('ports added', lagIn(after)));
}

function lagRow(when: string, { p99, max }: Lag): Row {
  return { [`event loop late, ${when}: p99 (ms)`]: p99, [`event loop late, ${when}: most (ms)`]: max };
}

function load(): number {
  return Number((loadavg()[0] ?? Number.NaN).toFixed(2));
}
