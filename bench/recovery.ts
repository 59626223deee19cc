import { copyFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Resource, waitFor } from '#lab';
import { Cloud, type SwitchRow } from '../test/cloud.ts';
import { APART, linkApart, outages, outagesOfOvn } from './recovery/outage.ts';

/**
 * How soon it is noticed and put right that a switch is not as it ought to be: all flows deleted by hand, Open vSwitch
 * killed, its database restored to what it was. Medians of so many rounds (default 5), in milliseconds, looked at every few.
 * Both where the controller is reached through the switch itself, and by another link. And for how long two guests of a hypervisor don't reach each other when Open vSwitch is killed and started, beside OVN.
 */
const ROUNDS = Number(process.argv[2] ?? 5);
const LOOK_MS = 5;

const cloud = await Cloud.create(1, {}, { args: ['--firewall-recovery', '0'] });
const hypervisor = cloud.hypervisor(1);
const { ovs } = hypervisor;
const network = await cloud.network('guests');
const guests = [
  (await cloud.guest(network, hypervisor, 1)).vm,
  (await cloud.guest(network, hypervisor, 3)).vm,
] as const;
const late = await cloud.createPort(network, 2);
const wanted = await flowCount();

const CASES: Readonly<Record<string, () => Promise<{ noticed: number; right: number }>>> = {
  /** Noticed is when the controller says so, right is when the switch has its flows again. */
  'all flows deleted by hand': async () => {
    const { drift } = await row();
    const from = performance.now();
    await hypervisor.ofctl('del-flows', 'br-int');
    const noticed = until(async () => (await row()).drift > drift, from);
    return { noticed: await noticed, right: await until(async () => (await flowCount()) === wanted, from) };
  },

  /** Noticed is counted from the kill, right from when it runs again, with ports and all. */
  'ovs-vswitchd killed, started again': async () => {
    const killed = performance.now();
    await ovs.vswitchd.kill();
    const noticed = await until(async () => !(await row()).connected, killed);
    await hypervisor.start();
    const started = performance.now();
    return { noticed, right: await until(async () => (await flowCount()) === wanted, started) };
  },

  /** Counted from when the database runs again, which does not know of a guest that had been plugged. */
  'database restored to a backup': async () => {
    // A database file only grows at its end: a copy is a backup at any time.
    await copyFile(`${ovs.folder}/conf.db`, `${ovs.folder}/backup.db`);
    await plug(late);
    await cloud.status(late, 'ACTIVE');
    // Whose last connection was short, waits longer for the next: up to 8 s, which would be ovs-vswitchd's doing.
    await sleep(9_000);
    await ovs.database.stop();
    await copyFile(`${ovs.folder}/backup.db`, `${ovs.folder}/conf.db`);
    await ovs.start();
    const started = performance.now();
    const noticed = await until(async () => (await row()).ports === guests.length, started);
    return { noticed, right: await until(async () => (await flowCount()) === wanted, started) };
  },
};

const rows: Readonly<Record<string, string | number>>[] = [];
const felt: Record<string, readonly number[]> = {};
try {
  await measure('through the switch itself');
  felt['tenantflow, reached through the switch itself'] = await outages(hypervisor, guests, ROUNDS);
  await linkApart(hypervisor);
  await hypervisor.attach({ host: APART.controller });
  await waitFor(async () => (await hypervisor.vsctl('get-controller', 'br-int')).includes(APART.controller), {
    what: 'the controller to be reached by the other link',
  });
  await cloud.steady();
  await measure('by another link');
  felt['tenantflow, reached by another link'] = await outages(hypervisor, guests, ROUNDS);
} finally {
  await cloud.stop();
}
felt['OVN 23.03'] = await outagesOfOvn(ROUNDS);
console.table(rows);
console.table(
  Object.entries(felt).map(([who, times]) => ({
    who,
    'guests cut off (ms)': median(times),
    worst: Math.round(Math.max(...times)),
  })),
);
console.log(JSON.stringify({ bench: 'recovery', rounds: ROUNDS, rows, felt }));

async function measure(way: string): Promise<void> {
  for (const [what, disturb] of Object.entries(CASES)) {
    const times = [];
    for (let round = 0; round < ROUNDS; round++) {
      times.push(await disturb());
      await cloud.steady();
    }
    rows.push({
      ...{ what, reached: way },
      'noticed (ms)': median(times.map(({ noticed }) => noticed)),
      'right (ms)': median(times.map(({ right }) => right)),
      'right, worst (ms)': Math.round(Math.max(...times.map(({ right }) => right))),
    });
  }
}

async function row(): Promise<SwitchRow & { readonly drift: number }> {
  const [found] = (await cloud.switches()) as readonly (SwitchRow & { readonly drift: number })[];
  if (found === undefined) throw new Error('there is no switch');
  return found;
}

async function flowCount(): Promise<number> {
  return (await hypervisor.dumpFlows()).length;
}

async function plug(port: Resource): Promise<void> {
  const settings = ['type=internal', `external_ids:iface-id=${port.id}`];
  await hypervisor.vsctl('add-port', 'br-int', 'late', '--', 'set', 'interface', 'late', ...settings);
}

async function until(holds: () => Promise<boolean>, from: number): Promise<number> {
  await waitFor(holds, { what: 'it to be so', everyMs: LOOK_MS, timeoutMs: 60_000 });
  return performance.now() - from;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return Math.round(sorted[Math.floor(sorted.length / 2)] ?? Number.NaN);
}
