/**
 * How fast one real switch gets its flows, from connect to last barrier, and how fast a re-sync is that finds nothing to do,
 * beside `ovs-ofctl` and beside a bare socket that writes the same flow-mods encoded before, all with the same flows on the same
 * switch. Flows are compiled when the switch connects, as mostly they are by then, or not one of them is. Run by `npm run bench:push [COUNT…]`; the last line is JSON. Processor time is told besides: on a busy machine it
 * says more.
 */
import { writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { decodeInstructions, decodeMatch, formatInstructions, formatMatch } from 'openflow-codec';
import { pino } from 'pino';
import { edgePipeline, type Facts } from '#apps';
import type { Connection } from '#controller/channel/connection';
import { ChannelError } from '#controller/channel/errors';
import { ChannelServer } from '#controller/channel/server';
import { Desired } from '#controller/reconciler/desired/desired';
import { byLikeness } from '#controller/reconciler/install/safe-order';
import { reconcilerOf } from '#controller/reconciler/switch-fixture';
import { ip, LAB_FILES, Lab } from '#lab';
import type { Flow } from '#pipeline';
import { waitFor } from '../lab/wait-for.ts';
import { processorTime } from './counters.ts';
import { BareSocket, bundleOf } from './push/bare-socket.ts';

const COUNTS = process.argv.slice(2).map(Number);
const ROUNDS = 5;
/** A switch is idle when so many times in a row, so many milliseconds took it less than so many microseconds. */
const IDLE = { times: 4, ms: 40, us: 4_000 };
/** Ours, and that of the others: on ours the switch is asked to tell of changes, which would be time of theirs. */
const [BRIDGE, PEERS_BRIDGE] = ['br-int', 'br-peers'];
/** Ends of the link between the bench and the hypervisor. */
const [OURS, THEIRS] = ['172.30.0.1', '172.30.0.2'];

const pipeline = edgePipeline();
let connection: Connection | undefined;
const channel = new ChannelServer(pino({ level: 'silent' }), {
  ready: (ready) => {
    connection = ready;
  },
  message: () => undefined,
  closed: () => undefined,
});

const lab = await Lab.create();
const hypervisor = await lab.hypervisor('hv1');
await connectDirectly();
const address = await channel.listen({ host: OURS, port: 0 });
const bare = await BareSocket.listen(OURS);
for (const [bridge, controller] of [
  [BRIDGE, address],
  [PEERS_BRIDGE, bare.address],
] as const)
  await hypervisor.vsctl(
    ...['add-br', bridge, '--', 'set', 'bridge', bridge, 'datapath_type=netdev', 'fail_mode=secure'],
    // As tenantflow makes its bridge.
    ...['protocols=OpenFlow10,OpenFlow13', 'other_config:disable-in-band=true'],
    ...['--', 'set-controller', bridge, `tcp:${controller}`],
    // A machine that is busy with other things would lose its connection.
    ...['--', 'set', 'controller', bridge, 'inactivity_probe=0', 'max_backoff=1000'],
  );
await waitFor(() => connection !== undefined && bare.isConnected, { what: 'the switch to connect' });

const rows: Record<string, number>[] = [];
// The most first: a controller that has run for a while has compiled its own code.
for (const count of COUNTS.length > 0 ? COUNTS : [100_000, 10_000, 1_000]) rows.unshift(await measure(count));
for (const row of rows) console.table(row);
console.log(JSON.stringify({ bench: 'push', rounds: ROUNDS, unit: 'ms, median', rows }));
bare.close();
await channel.close();
await lab.stop();
process.exit(0);

/**
 * A link of its own, as ovs-ofctl has a socket on the hypervisor: over the lab's underlay all that we send would pass the switch's
 * own datapath, and be work of the processor that is measured.
 */
async function connectDirectly(): Promise<void> {
  const { name } = hypervisor;
  await ip([
    `link add bench type veth peer name bench netns ${name}`,
    `addr add ${OURS}/24 dev bench`,
    'link set bench up',
  ]);
  await ip([`addr add ${THEIRS}/24 dev bench`, 'link set bench up'], name);
}

type Task = 'compile' | 'first' | 'push' | 'resync' | 'bare' | 'ofctl' | 'diff';

/** Milliseconds of one task, of its whole and of processors. */
interface Sample {
  readonly time: number;
  readonly ownCpu: number;
  readonly switchCpu: number;
}

/** Medians over interleaved rounds of us and the others. */
async function measure(count: number): Promise<Record<string, number>> {
  const facts = portFacts(count);
  const { desired, bytes } = weigh(() => compiled(facts));
  const flows = desired.flows.size;
  // In the order in which we send them: in that of facts they would take the switch a sixth longer.
  const sorted = byLikeness(Array.from(desired.flows.values(), (after) => ({ before: undefined, after })));
  const ordered = sorted.flatMap(({ after }) => after ?? []);
  const file = `${LAB_FILES}/flows.txt`;
  writeFileSync(file, ordered.map(textOf).join('\n'));
  const encoded = bundleOf(ordered);
  const ofctl = (...args: readonly string[]) => hypervisor.ofctl(...args);
  const samples = { compile: [], first: [], push: [], resync: [], bare: [], ofctl: [], diff: [] } as Record<
    Task,
    Sample[]
  >;
  for (let round = 0; round < ROUNDS; round++) {
    samples.compile.push(await timed(async () => compiled(facts)));
    samples.first.push(await timed(switchWith(new Desired(pipeline, facts)), reconnected));
    await expectFlows(BRIDGE, flows);
    await ofctl('del-flows', BRIDGE);
    samples.push.push(await timed(switchWith(desired), reconnected));
    samples.resync.push(await timed(switchWith(new Desired(pipeline, facts)), reconnected));
    await expectFlows(BRIDGE, flows);
    await ofctl('del-flows', BRIDGE);
    samples.bare.push(await timed(() => bare.push(encoded)));
    await expectFlows(PEERS_BRIDGE, flows);
    await ofctl('del-flows', PEERS_BRIDGE);
    samples.ofctl.push(await timed(() => ofctl('--bundle', 'add-flows', PEERS_BRIDGE, file)));
    await expectFlows(PEERS_BRIDGE, flows);
    samples.diff.push(await timed(() => ofctl('diff-flows', PEERS_BRIDGE, file)));
    await ofctl('del-flows', PEERS_BRIDGE);
  }
  const of = (task: Task, what: keyof Sample) => median(samples[task].map((sample) => sample[what]));
  const [push, first, resync] = [of('push', 'time'), of('first', 'time'), of('resync', 'time')];
  return {
    flows,
    'bytes of memory a flow': Math.round(bytes / flows),
    'tenantflow push': round1(push),
    'tenantflow push, nothing compiled': round1(first),
    'bare socket': round1(of('bare', 'time')),
    'ovs-ofctl --bundle add-flows': round1(of('ofctl', 'time')),
    'push to bare socket': round2(push, of('bare', 'time')),
    'push to ovs-ofctl': round2(push, of('ofctl', 'time')),
    'push, nothing compiled, to bare socket': round2(first, of('bare', 'time')),
    'push, nothing compiled, to ovs-ofctl': round2(first, of('ofctl', 'time')),
    'tenantflow re-sync': round1(resync),
    'ovs-ofctl diff-flows': round1(of('diff', 'time')),
    're-sync to diff-flows': round2(resync, of('diff', 'time')),
    'compiling alone': round1(of('compile', 'time')),
    'own cpu of push': round1(of('push', 'ownCpu')),
    'own cpu of push, nothing compiled': round1(of('first', 'ownCpu')),
    'own cpu of bare socket': round1(of('bare', 'ownCpu')),
    'own cpu of re-sync': round1(of('resync', 'ownCpu')),
    'switch cpu of push': round1(of('push', 'switchCpu')),
    'switch cpu of push, nothing compiled': round1(of('first', 'switchCpu')),
    'switch cpu of bare socket': round1(of('bare', 'switchCpu')),
    'switch cpu of ovs-ofctl': round1(of('ofctl', 'switchCpu')),
    'switch cpu of re-sync': round1(of('resync', 'switchCpu')),
    'switch cpu of diff-flows': round1(of('diff', 'switchCpu')),
  };
}

/** All flows of facts, without a switch. */
function compiled(facts: readonly Facts['localPort'][]): Desired {
  const desired = new Desired(pipeline, facts);
  desired.compileMore(Number.POSITIVE_INFINITY);
  return desired;
}

/** A switch as the controller knows it before it connects, and how its connection makes it steady: read back, flow-mods, barrier. */
function switchWith(desired: Desired): () => Promise<void> {
  let done = () => {};
  const reconciler = reconcilerOf([], { desired, pipeline, onProgress: () => done() });
  return async () => {
    const steady = new Promise<void>((resolve) => {
      done = resolve;
    });
    if (!connection) throw new Error('the switch has gone');
    reconciler.attach(connection);
    await steady;
    // Else it would keep from the next what it takes for somebody's doing.
    if (connection) reconciler.detach(connection);
  };
}

/**
 * A connection of its own for each reconciliation, as a controller that starts has it: on an older one the switch would go on
 * telling whoever was there before of changes, and its time would be taken for ours.
 */
async function reconnected(): Promise<void> {
  const before = connection;
  connection = undefined;
  before?.close(new ChannelError('OFCH_CLOSED', 'by the bench'));
  await waitFor(() => connection !== undefined, { what: 'the switch to connect again' });
}

/** Guarded ports with an IPv4 address each, as many as make about this many flows. */
function portFacts(flows: number): Facts['localPort'][] {
  const port = (at: number): Facts['localPort'] => {
    const mac = 0xfa163e000000n + BigInt(at);
    const address = { version: 4, bits: 0x0a000000n + BigInt(at) } as const;
    return {
      kind: 'localPort',
      key: at + 1,
      network: (at % 100) + 1,
      mac,
      ofport: (at % 60_000) + 1,
      addresses: [address],
      sources: [{ ...address, prefix: 32, mac }],
      isContested: false,
    };
  };
  const each = pipeline.compile(port(0)).length;
  return Array.from({ length: Math.ceil(flows / each) }, (_, at) => port(at));
}

function textOf(flow: Flow): string {
  const match = formatMatch(decodeMatch(flow.match));
  const cookie = `0x${((BigInt(flow.cookieHi) << 32n) | BigInt(flow.cookieLo)).toString(16)}`;
  const head = `cookie=${cookie},table=${flow.tableId},priority=${flow.priority}${match ? `,${match}` : ''}`;
  return `${head} actions=${formatInstructions(decodeInstructions(flow.instructions))}`;
}

/** A bench of a switch that does not have the flows would measure nothing. */
async function expectFlows(bridge: string, count: number): Promise<void> {
  const aggregate = await hypervisor.ofctl('dump-aggregate', bridge);
  if (!aggregate.includes(`flow_count=${count}\n`)) throw new Error(`${count} flows expected: ${aggregate}`);
}

/** Begins when the switch has nothing else to do: it frees deleted flows a while after it has answered. */
async function timed(work: () => Promise<unknown>, prepare?: () => Promise<void>): Promise<Sample> {
  await prepare?.();
  await idle();
  const [start, own, ofSwitch] = [performance.now(), process.cpuUsage(), processorTime(hypervisor)];
  await work();
  const time = performance.now() - start;
  const { user, system } = process.cpuUsage(own);
  return {
    time,
    ownCpu: (user + system) / 1_000,
    switchCpu: (processorTime(hypervisor) - ofSwitch) / 1_000,
  };
}

/** Resolves when the switch has taken next to no processor time for a while. */
async function idle(): Promise<void> {
  let [before, isIdle] = [processorTime(hypervisor), 0];
  while (isIdle < IDLE.times) {
    await setTimeout(IDLE.ms);
    const now = processorTime(hypervisor);
    isIdle = now - before < IDLE.us ? isIdle + 1 : 0;
    before = now;
  }
}

/** What the flows of a switch take of memory, in bytes. */
function weigh(make: () => Desired): { desired: Desired; bytes: number } {
  const used = () => {
    for (let round = 0; round < 3; round++) globalThis.gc?.();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  const before = used();
  const desired = make();
  return { desired, bytes: used() - before };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function round1(value = Number.NaN): number {
  return Math.round(value * 10) / 10;
}

function round2(ours = Number.NaN, theirs = Number.NaN): number {
  return Math.round((ours / theirs) * 100) / 100;
}
