/**
 * How fast one real switch gets its flows: connect to last barrier, and a re-sync that finds nothing to do, beside
 * `ovs-ofctl` with the same flows on the same switch. Run by `npm run bench:push [COUNT…]`; the last line is JSON.
 */
import { writeFileSync } from 'node:fs';
import { decodeInstructions, decodeMatch, formatInstructions, formatMatch } from 'openflow-codec';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { edgePipeline, type Facts } from '#apps';
import type { Connection } from '#controller/channel/connection';
import { ChannelServer } from '#controller/channel/server';
import { Desired } from '#controller/reconciler/desired';
import { reconcileMetrics } from '#controller/reconciler/metrics';
import { SwitchReconciler } from '#controller/reconciler/switch';
import { CONTROLLER_ADDRESS, LAB_FILES, Lab } from '#lab';
import type { Flow } from '#pipeline';

const COUNTS = process.argv.slice(2).map(Number);
const ROUNDS = 5;
const BRIDGE = 'br-int';

const pipeline = edgePipeline();
const log = pino({ level: 'silent' });
let connected: (connection: Connection) => void = () => undefined;
const channel = new ChannelServer(log, {
  ready: (connection) => connected(connection),
  message: () => undefined,
  closed: () => undefined,
});

const lab = await Lab.create();
const hypervisor = await lab.hypervisor('hv1');
const address = await channel.listen({ host: CONTROLLER_ADDRESS, port: 0 });
const first = new Promise<Connection>((resolve) => {
  connected = resolve;
});
await hypervisor.vsctl(
  ...['add-br', BRIDGE, '--', 'set', 'bridge', BRIDGE, 'datapath_type=netdev', 'fail_mode=secure'],
  ...['protocols=OpenFlow10,OpenFlow13', '--', 'set-controller', BRIDGE, `tcp:${address}`],
);
const connection = await first;

const rows: Record<string, number>[] = [];
for (const count of COUNTS.length > 0 ? COUNTS : [1_000, 10_000, 100_000]) rows.push(await measure(count));
console.table(rows);
console.log(JSON.stringify({ bench: 'push', rounds: ROUNDS, unit: 'ms, median', rows }));
await channel.close();
await lab.stop();
process.exit(0);

/** Medians over interleaved rounds of us and ovs-ofctl. */
async function measure(count: number): Promise<Record<string, number>> {
  const facts = portFacts(count);
  const flows = new Desired(pipeline, facts).flows.size;
  const file = `${LAB_FILES}/flows.txt`;
  writeFileSync(file, [...new Desired(pipeline, facts).flows.values()].map(textOf).join('\n'));
  const times = { push: [] as number[], ofctl: [] as number[], resync: [] as number[], diff: [] as number[] };
  for (let round = 0; round < ROUNDS; round++) {
    await hypervisor.ofctl('del-flows', BRIDGE);
    times.push.push(await reconcile(facts));
    times.resync.push(await reconcile(facts));
    await expectFlows(flows);
    await hypervisor.ofctl('del-flows', BRIDGE);
    times.ofctl.push(await timed(() => hypervisor.ofctl('--bundle', 'add-flows', BRIDGE, file)));
    await expectFlows(flows);
    times.diff.push(await timed(() => hypervisor.ofctl('diff-flows', BRIDGE, file)));
  }
  const [push, ofctlPush, resync, diff] = [times.push, times.ofctl, times.resync, times.diff].map(median);
  return {
    flows,
    'tenantflow push': round1(push),
    'ovs-ofctl --bundle add-flows': round1(ofctlPush),
    'push ratio': round2(push, ofctlPush),
    'tenantflow re-sync': round1(resync),
    'ovs-ofctl diff-flows': round1(diff),
    're-sync ratio': round2(resync, diff),
  };
}

/** From facts to steady on the open connection: compile, read back, bundle, barrier. */
function reconcile(facts: readonly Facts['localPort'][]): Promise<number> {
  return timed(async () => {
    let reconciler: SwitchReconciler | undefined;
    const steady = new Promise<void>((resolve) => {
      const desired = new Desired(pipeline, facts);
      const onProgress = () => resolve();
      const mastership = { role: 'master', generation: 1n } as const;
      const metrics = reconcileMetrics(new Registry());
      reconciler = new SwitchReconciler({
        chassisId: 'hv1',
        desired,
        pipeline,
        log,
        metrics,
        onProgress,
        mastership,
      });
      reconciler.attach(connection);
    });
    await steady;
    // Else it would keep from the next what it takes for somebody's doing.
    reconciler?.detach(connection);
  });
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
async function expectFlows(count: number): Promise<void> {
  const aggregate = await hypervisor.ofctl('dump-aggregate', BRIDGE);
  if (!aggregate.includes(`flow_count=${count}\n`)) throw new Error(`${count} flows expected: ${aggregate}`);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
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
