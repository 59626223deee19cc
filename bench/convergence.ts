/**
 * How fast one switch gets what it ought to have, beside OVN on the same machine: cold start, restart, a port added, a
 * rule added to the group of all ports; and whether a port added costs the same among 10,000. Twice for us: called by the
 * hypervisor, and calling it (`--dial`). Run by `npm run bench:convergence [quick|starts]`, where `starts` leaves out what is added;
 * the last line is JSON.
 */
import { loadavg } from 'node:os';
import { CHECKOUT, run } from '#lab';
import type { Demand, Findings } from './convergence/contender.ts';
import { measure } from './convergence/measure.ts';
import { Ours } from './convergence/ours.ts';
import { Ovn } from './convergence/ovn.ts';
import { WideCloud } from './width/cloud.ts';
import { quantile } from './width/measures.ts';

const isQuick = process.argv[2] === 'quick';
/** Nothing is added. */
const isOfStarts = process.argv[2] === 'starts';
const SIZES = isQuick ? [100, 500] : [100, 500, 1_000];
const NETWORKS = 20;
/** For whether a port added costs the same: ports on networks of 50 on 20 fake hypervisors, so that each is on most of them. */
const FLAT = { sizes: isQuick ? [100, 1_000] : [100, 1_000, 10_000], hypervisors: 20, networkSize: 50 };
const FLAT_ADDITIONS = 50;
const TIMES = {
  restarts: isQuick ? 2 : 3,
  additions: isOfStarts ? 0 : isQuick ? 5 : 10,
};

type Row = Readonly<Record<string, number | string>>;
const MEASURED = {
  flows: ({ flows }: Findings) => flows,
  'cold start (ms)': ({ cold }: Findings) => quantile(cold, 0.5),
  'restart (ms)': ({ restart }: Findings) => quantile(restart, 0.5),
  'flows that a restart leaves alone (%)': ({ kept }: Findings) => 100 * kept,
  'port added (ms)': ({ portAdded }: Findings) => quantile(portAdded, 0.5),
  'port added, slowest (ms)': ({ portAdded }: Findings) => Math.max(...portAdded),
  'flows of a port': ({ flowsOfPort }: Findings) => flowsOfPort,
  'rule added (ms)': ({ ruleAdded }: Findings) => quantile(ruleAdded, 0.5),
  'flows of a rule': ({ flowsOfRule }: Findings) => flowsOfRule,
} as const satisfies Record<string, (findings: Findings) => number>;

const loads = [load()];
// As an install runs it: compiled.
await run([`${CHECKOUT}/scripts/typescript`, `${CHECKOUT}/scripts/bundle.ts`]);
const found: Readonly<{ ports: number; called: Findings; calling: Findings; ovn: Findings }>[] = [];
for (const ports of SIZES) {
  const demand: Demand = { ports, networks: NETWORKS, ...TIMES };
  const called = await measure(new Ours(`called-${ports}`, 'called'), demand);
  console.error(`bench: ${ports} ports, tenantflow called:`, called);
  const calling = await measure(new Ours(`calling-${ports}`, 'calling'), demand);
  console.error(`bench: ${ports} ports, tenantflow calling:`, calling);
  const ovn = await measure(new Ovn(`ovn-${ports}`), demand);
  console.error(`bench: ${ports} ports, OVN:`, ovn);
  found.push({ ports, called, calling, ovn });
}
const flat: { readonly ports: number; readonly portAdded: readonly number[] }[] = [];
for (const ports of isOfStarts ? [] : FLAT.sizes) flat.push({ ports, portAdded: await addPorts(ports) });
loads.push(load());

const rows = found.flatMap(({ ports, called, calling, ovn }) =>
  Object.entries(MEASURED).flatMap(([what, read]): readonly Row[] => {
    const [a, b, c] = [read(called), read(calling), read(ovn)];
    if (!Number.isFinite(c)) return [];
    return [
      {
        ports,
        what,
        called: rounded(a),
        calling: rounded(b),
        'OVN 23.03': rounded(c),
        'OVN : called': rounded(c / a),
        'OVN : calling': rounded(c / b),
      },
    ];
  }),
);
console.table(rows);
if (flat.length > 0)
  console.table(
    flat.map(({ ports, portAdded }) => ({
      ports,
      'port added (ms), median': rounded(quantile(portAdded, 0.5)),
    })),
  );
console.log(`load of the machine ${loads.join(' before, ')} after`);
console.log(JSON.stringify({ bench: 'convergence', mode: process.argv[2] ?? 'all', loads, found, flat }));
process.exit(0);

/** Milliseconds from the API's call to the barrier of the last switch of the port's network. */
async function addPorts(ports: number): Promise<readonly number[]> {
  console.error(`bench: a port added to ${ports}`);
  const { hypervisors, networkSize } = FLAT;
  const shape = { seed: 1, tenants: 1, trunkOneIn: 0, hypervisors, networkSize };
  const cloud = new WideCloud(`flat-${ports}`, { ...shape, ports });
  try {
    await cloud.controller.start();
    await cloud.join();
    await cloud.plug(await cloud.make());
    const times: number[] = [];
    for (const at of Array(FLAT_ADDITIONS).keys()) {
      const network = cloud.networks[at % cloud.networks.length] ?? '';
      times.push((await cloud.addPort(network, (at % hypervisors) + 1)).all);
    }
    return times;
  } finally {
    await cloud.stop();
  }
}

function rounded(value: number): number {
  return Number(value.toPrecision(3));
}

function load(): number {
  return Number((loadavg()[0] ?? Number.NaN).toFixed(2));
}
