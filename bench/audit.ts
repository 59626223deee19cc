/**
 * What an audit of one real switch costs while it has many flows of ours and many that it has learned: milliseconds, processor
 * time of both sides, memory, and how long the event loop is held up; beside `ovs-ofctl dump-flows` of the same switch. Run by
 * `npm run bench:audit [FLOWS [LEARNED]]`; the last line is JSON.
 */
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { pino } from 'pino';
import { edgePipeline, type Facts } from '#apps';
import { reconcilerOf } from '#controller/reconciler/switch-fixture';
import { LAB_FILES, Lab, run, waitFor } from '#lab';
import { learnedCookie } from '../pipeline/cookie.ts';
import { BRIDGE, listenFor, makeBridge } from '../test/lone-switch.ts';
import { processorTime } from './counters.ts';
import { quantile, usageOf } from './width/measures.ts';

const ROUNDS = 5;
/** Ports that have learned flows: each as many. */
const LEARNERS = 1_000;
const MB = 1024 ** 2;

const [flows = 100_000, learned = 100_000] = new Command('npm run bench:audit --')
  .description('What an audit of one real switch costs, beside ovs-ofctl dump-flows.')
  .argument('[flows]', 'flows that it ought to have (default: 100000)')
  .argument('[learned]', 'flows that it has learned besides (default: 100000)')
  .parse()
  .args.map(Number);

const pipeline = edgePipeline();
const lab = await Lab.create();
const hypervisor = await lab.hypervisor('hv1');
const facts = factsOf(flows);
const reconciler = reconcilerOf(facts, { log: pino({ level: 'warn' }) });
const { address } = await listenFor(() => reconciler);
await makeBridge(hypervisor, address);
await waitFor(() => reconciler.state === 'steady', { what: 'the switch to be steady', timeoutMs: 120_000 });
if (learned > 0) await learn(learned);
const rss = () => usageOf(process.pid).memory.now;
const before = rss();

const samples: Record<string, number>[] = [];
for (let round = 0; round < ROUNDS; round++) {
  const ours = await timed(audit);
  const longest = await longestTurn(audit);
  const peer = await timed(async () => {
    await run(['sh', '-c', `ovs-ofctl -O OpenFlow13 dump-flows ${BRIDGE} > ${LAB_FILES}/dump.txt`], {
      env: { OVS_RUNDIR: hypervisor.ovs.folder },
    });
  });
  samples.push({
    'audit (ms)': ours.time,
    'own processor time of it (ms)': ours.own,
    "switch's processor time of it (ms)": ours.ofSwitch,
    'longest turn of the event loop, processor time (ms)': longest,
    'ovs-ofctl dump-flows (ms)': peer.time,
    "switch's processor time of that (ms)": peer.ofSwitch,
  });
}
const { census, report } = reconciler.audits;
if (census.count !== learned || report.drift.deleted + report.drift.added + report.drift.changed > 0)
  throw new Error(
    `not what was to be measured: ${JSON.stringify({ learned: census.count, ...report.drift })}`,
  );
const row: Record<string, number> = { flows: reconciler.desired.flows.size, learned };
for (const what of Object.keys(samples[0] ?? {}))
  row[what] = round1(
    quantile(
      samples.map((sample) => sample[what] ?? Number.NaN),
      0.5,
    ),
  );
row['resident memory before audits (MB)'] = round1(before / MB);
row['and the most of it (MB)'] = round1(usageOf(process.pid).memory.most / MB);
console.table(row);
console.log(JSON.stringify({ bench: 'audit', rounds: ROUNDS, unit: 'ms, median', row }));
process.exit(0);

/** Ports with security, and others with a guarded address each, that together make about so many flows. */
function factsOf(count: number): Facts[keyof Facts][] {
  const learners = Array.from({ length: LEARNERS }, (_, at): Facts['firewallPort'] => ({
    kind: 'firewallPort',
    key: at + 1,
    policy: 3,
    memory: { backend: 'learn', timeouts: { tcp: 3_600, tcpClosing: 15, other: 120 } },
    plug: 1,
  }));
  const port = (at: number): Facts['localPort'] => {
    const mac = 0xfa163e000000n + BigInt(at);
    const source = { version: 4, bits: 0x0a000000n + BigInt(at) } as const;
    return {
      ...{ kind: 'localPort', key: at + 1, network: (at % 100) + 1, mac, ofport: (at % 60_000) + 1 },
      ...{ addresses: [source], sources: [{ ...source, prefix: 32, mac }], isContested: false },
    };
  };
  const size = (some: readonly Facts[keyof Facts][]) =>
    some.reduce((sum, fact) => sum + pipeline.compile(fact).length, 0);
  const ports = Math.ceil((count - size(learners)) / size([port(0)]));
  return [...learners, ...Array.from({ length: ports }, (_, at) => port(at))];
}

/** Has the switch have flows as it learns them, of all learners: no packets, which would take it minutes. */
async function learn(count: number): Promise<void> {
  const [learner] = facts;
  const flow = learner && pipeline.compile(learner)[0];
  const table = pipeline.layout.tables.find(({ table: { fairBy } }) => fairBy !== undefined)?.id;
  if (flow === undefined || table === undefined) throw new Error('nothing learns');
  const lines = Array.from({ length: count }, (_, at) => {
    const key = (at % LEARNERS) + 1;
    const cookie = learnedCookie(flow.cookieHi, key).toString(16);
    const remote = (0x0a000000 + at).toString(16);
    const match = `reg6=${key},reg5=0x1800/0x3ff00,xxreg2=0x${remote},xxreg3=0x0a0b0c0d,vlan_tci=0/0xfff,reg7=0x${(at & 0xffff).toString(16)}0050`;
    return `cookie=0x${cookie},table=${table},idle_timeout=3600,priority=1000,${match} actions=load:0x1->NXM_NX_REG5[2]`;
  });
  const file = `${LAB_FILES}/learned.txt`;
  writeFileSync(file, lines.join('\n'));
  await hypervisor.ofctl('--bundle', 'add-flows', BRIDGE, file);
}

async function audit(): Promise<void> {
  if (!(await reconciler.audit())) throw new Error('no audit');
}

/** The most that one turn takes while something is done. It is asked in each turn, which would be time of what is measured. */
async function longestTurn(work: () => Promise<void>): Promise<number> {
  let [isDone, most, since] = [false, 0, process.cpuUsage()];
  const look = () => {
    const { user, system } = process.cpuUsage(since);
    since = process.cpuUsage();
    most = Math.max(most, (user + system) / 1_000);
    if (!isDone) setImmediate(look);
  };
  setImmediate(look);
  await work();
  isDone = true;
  return most;
}

async function timed(work: () => Promise<void>): Promise<{ time: number; own: number; ofSwitch: number }> {
  // The switch frees things a while after it has answered.
  await sleep(500);
  const [start, own, ofSwitch] = [performance.now(), process.cpuUsage(), processorTime(hypervisor)];
  await work();
  const time = performance.now() - start;
  const { user, system } = process.cpuUsage(own);
  return { time, own: (user + system) / 1_000, ofSwitch: (processorTime(hypervisor) - ofSwitch) / 1_000 };
}

function round1(value: number): number {
  return Math.round(value * 10) / 10;
}
