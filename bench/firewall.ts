/**
 * What security groups cost: connections per second, many connections at once, changes of rules, large groups; no firewall,
 * learned connections and connection tracking in turns, on Open vSwitch's userspace datapath and with DPDK, and OVN beside
 * them. Run by `npm run bench:firewall [quick] [PART…] [userspace|dpdk] [server|client] [apart]`; the last line is JSON. Fails when a
 * goal is missed. `apart` gives the whole switch one processor and guests the other; the goals are not for that.
 */
import { loadavg } from 'node:os';
import { compilePrograms } from '#lab';
import { type ChangeFound, measureChanges } from './firewall/changes.ts';
import { type CrowdFound, measureCrowd } from './firewall/crowd.ts';
import { measureGroups } from './firewall/groups.ts';
import { measureRate, RATE_TASKS, SIDES } from './firewall/rates.ts';
import {
  changeRow,
  crowdRow,
  groupRow,
  missedGoals,
  type RateSamples,
  rateLine,
  rateRow,
} from './firewall/report.ts';
import { buildSite, type Contender, DATAPATHS, type Place } from './firewall/site.ts';

const PARTS = ['rates', 'crowds', 'changes', 'groups'] as const;
type Part = (typeof PARTS)[number];

const words = process.argv.slice(2);
const quick = words.includes('quick');
const place: Place = words.includes('apart') ? 'apart' : 'shared';
const parts = askedOf(PARTS);
const has = (part: Part) => parts.includes(part);
const datapaths = askedOf(DATAPATHS);
const tasks = RATE_TASKS.filter(({ side }) => askedOf(SIDES).includes(side));
const ROUNDS = quick ? 1 : 3;
const SECONDS = quick ? 1 : 2;
const CHANGES = quick ? 3 : 15;
const GROUPS = quick ? [10, 100] : [10, 100, 1_000, 5_000];
const CROWDS = quick ? [10, 1_000] : [10, 1_000, 50_000];

const loads = [loadOfMachine()];
await compilePrograms();
const site = await buildSite(parts.some((part) => part !== 'groups') ? datapaths : [], place);
const rates = has('rates') ? await measureRates() : [];
show(rates.map(rateRow));
const crowds = has('crowds') ? await measureCrowds() : [];
show(crowds.map(({ datapath, firewall, found }) => crowdRow(datapath, firewall, found)));
const changes = has('changes') ? await measureAllChanges() : [];
show(changes.map(changeRow));
await site.lab.stop();
const groups = has('groups') ? await measureGroups(GROUPS) : [];
show(groups.map(groupRow));
loads.push(loadOfMachine());
console.log(`${ROUNDS} rounds; load of the machine ${loads.join(' before, ')} after`);
const missed = place === 'shared' ? missedGoals(rates) : [];
for (const goal of missed) console.log(`missed: ${goal}`);
console.log(
  JSON.stringify({ bench: 'firewall', place, rounds: ROUNDS, loads, rates, crowds, changes, groups, missed }),
);
process.exit(missed.length === 0 ? 0 : 1);

async function measureRates() {
  const samples = datapaths.flatMap((datapath) =>
    tasks.map((task): RateSamples => {
      return { datapath, task, found: { none: [], learn: [], conntrack: [] } };
    }),
  );
  for (let round = 0; round < ROUNDS; round++)
    for (const { datapath, task, found } of samples)
      for (const contender of turns(round).filter((one) => one.datapath === datapath))
        found[contender.firewall].push(await measureRate(contender, task, SECONDS));
  return samples.map(rateLine);
}

async function measureCrowds() {
  const all: (Pick<Contender, 'datapath' | 'firewall'> & { readonly found: CrowdFound })[] = [];
  for (const connections of CROWDS)
    for (const contender of site.contenders) {
      const { datapath, firewall } = contender;
      all.push({ datapath, firewall, found: await measureCrowd(contender, connections, SECONDS) });
    }
  return all;
}

async function measureAllChanges() {
  const all: (Pick<Contender, 'datapath' | 'firewall'> & { readonly found: ChangeFound })[] = [];
  for (const contender of site.contenders.filter((one) => one.firewall !== 'none')) {
    const { datapath, firewall } = contender;
    all.push({ datapath, firewall, found: await measureChanges(contender, site.controller.rest, CHANGES) });
  }
  return all;
}

/** Those of `all` that the command line names, or all of them. */
function askedOf<T extends string>(all: readonly T[]): readonly T[] {
  const named = all.filter((each) => words.includes(each));
  return named.length > 0 ? named : all;
}

/** The contenders; who comes first changes from round to round. */
function turns(round: number): readonly Contender[] {
  const first = round % site.contenders.length;
  return [...site.contenders.slice(first), ...site.contenders.slice(0, first)];
}

function show(rows: readonly object[]): void {
  if (rows.length > 0) console.table(rows);
}

/** Processes that were running or waiting to, over the last minute. */
function loadOfMachine(): number {
  return Number((loadavg()[0] ?? Number.NaN).toPrecision(3));
}
