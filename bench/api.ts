/**
 * How fast the API makes and lists ports, beside a real neutron-server of Debian in the same run. Run by
 * `npm run bench:api`; the last line is JSON. The neutron-server gets fewer requests where it would take minutes.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { formatTable } from '#controller/cli/table';
import { call, measure, type Timing } from './api/load.ts';
import { type Peer, startNeutron, startTenantflow } from './api/peer.ts';

/** How much each server is asked for. */
interface Plan {
  readonly warmUp: number;
  readonly creates: number;
  /** Ports of the large list, made in bulks of so many. */
  readonly listed: readonly number[];
  readonly lists: number;
  readonly bulk: number;
  readonly bulks: number;
}
const OURS: Plan = { warmUp: 500, creates: 3_000, listed: [200, 10_000], lists: 50, bulk: 1_000, bulks: 5 };
const THEIRS: Plan = { warmUp: 3, creates: 40, listed: [200], lists: 5, bulk: 100, bulks: 1 };
/** What is asked of the project: at least so many times the ports per second. */
const GOAL = 20;

type Results = ReadonlyMap<string, Timing>;

const folder = mkdtempSync(`${tmpdir()}/tenantflow-bench-`);
const results: [Peer['name'], Results][] = [];
for (const [start, plan] of [
  [startTenantflow, OURS],
  [startNeutron, THEIRS],
] as const) {
  const peer = await start(folder);
  console.error(`bench: ${peer.name}`);
  try {
    results.push([peer.name, await run(peer.url, plan)]);
  } finally {
    await peer.stop();
  }
}
rmSync(folder, { recursive: true });
report();

/** All loads on one server, one after the other. */
async function run(url: string, plan: Plan): Promise<Results> {
  const timings = new Map<string, Timing>();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const network = await makeNetwork(agent, url, '10.1.0.0/16');
  const create = (connection: Agent) =>
    call(connection, 'POST', `${url}/v2.0/ports`, { port: { network_id: network, name: 'vm' } });
  await measure({ clients: 1, count: plan.warmUp, send: create });
  for (const clients of [1, 16])
    timings.set(
      `create a port, ${clients} at a time`,
      await measure({ clients, count: plan.creates, send: create }),
    );

  const bulk = await makeNetwork(agent, url, '10.2.0.0/16');
  const items = (networkId: string, count: number, first = 0) => ({
    ports: Array.from({ length: count }, (_, at) => ({ network_id: networkId, name: `vm-${first + at}` })),
  });
  const timing = await measure({
    clients: 1,
    count: plan.bulks,
    send: (connection) => call(connection, 'POST', `${url}/v2.0/ports`, items(bulk, plan.bulk)),
  });
  timings.set('create ports in bulk, per port', {
    ...timing,
    count: plan.bulks * plan.bulk,
    rate: timing.rate * plan.bulk,
  });
  timings.set(`bulk of ${plan.bulk} ports`, timing);

  const listed = await makeNetwork(agent, url, '10.3.0.0/16');
  let there = 0;
  for (const size of plan.listed) {
    while (there < size) {
      const count = Math.min(plan.bulk, size - there);
      await call(agent, 'POST', `${url}/v2.0/ports`, items(listed, count, there));
      there += count;
    }
    const list = async (query: string, expected: number) => {
      const send = async (connection: Agent) => {
        const { ports } = (await call(connection, 'GET', `${url}/v2.0/ports?${query}`)) as {
          ports: unknown[];
        };
        if (ports.length !== expected) throw new Error(`${ports.length} ports for ${query}, not ${expected}`);
      };
      await send(agent);
      return measure({ clients: 1, count: plan.lists, send });
    };
    const of = `network_id=${listed}`;
    timings.set(`list ${size} ports of a network`, await list(of, size));
    timings.set(`id and name of ${size} ports`, await list(`${of}&fields=id&fields=name`, size));
    timings.set(`one of ${size} by name`, await list(`${of}&name=vm-7`, 1));
    timings.set(
      `page of 100 of ${size}, sorted by name`,
      await list(`${of}&limit=100&sort_key=name&sort_dir=asc`, 100),
    );
  }
  agent.destroy();
  return timings;
}

async function makeNetwork(agent: Agent, url: string, cidr: string): Promise<string> {
  const { network } = (await call(agent, 'POST', `${url}/v2.0/networks`, { network: {} })) as {
    network: { id: string };
  };
  const subnet = { network_id: network.id, ip_version: 4, cidr };
  await call(agent, 'POST', `${url}/v2.0/subnets`, { subnet });
  return network.id;
}

function report(): void {
  const [[ourName, ours], [theirName, theirs]] = results as [[string, Results], [string, Results]];
  console.log(`A: ${ourName}   B: ${theirName} (one process, SQLite, no Keystone)   times in ms`);
  const ratios: Record<string, number> = {};
  const rows = [...new Set([...ours.keys(), ...theirs.keys()])].map((load) => {
    const [a, b] = [ours.get(load), theirs.get(load)];
    if (a !== undefined && b !== undefined) ratios[load] = Number((a.rate / b.rate).toPrecision(3));
    return [load, ...cellsOf(a), ...cellsOf(b), `${ratios[load] ?? ''}`];
  });
  const columns = ['requests', '/s', 'p50', 'p99'];
  const head = ['', ...columns.map((name) => `A ${name}`), ...columns.map((name) => `B ${name}`), 'A : B'];
  console.log(formatTable(head, rows));
  const least = Math.min(
    ...[1, 16].map((clients) => ratios[`create a port, ${clients} at a time`] ?? Number.NaN),
  );
  console.log(`port creates: at least ${least} times those of neutron-server (goal: ${GOAL})`);
  const figures = Object.fromEntries(results.map(([name, timings]) => [name, Object.fromEntries(timings)]));
  console.log(JSON.stringify({ bench: 'api', unit: 'requests/s, ms', goal: GOAL, least, ratios, figures }));
  if (!(least >= GOAL)) process.exitCode = 1;
}

function cellsOf(timing: Timing | undefined): readonly string[] {
  if (timing === undefined) return ['', '', '', ''];
  const { count, rate, p50, p99 } = timing;
  return [`${count}`, ...[rate, p50, p99].map((value) => `${Number(value.toPrecision(3))}`)];
}
