import { median, round } from '../dataplane/report.ts';
import type { ChangeFound } from './changes.ts';
import type { CrowdFound } from './crowd.ts';
import type { GroupFound } from './groups.ts';
import type { RateFound, RateTask } from './rates.ts';
import { type Datapath, FIREWALLS, type FirewallName } from './site.ts';

/** All rounds of one task on one datapath. */
export interface RateSamples {
  readonly datapath: Datapath;
  readonly task: RateTask;
  readonly found: Readonly<Record<FirewallName, RateFound[]>>;
}

/** Medians over rounds; the ratios are of medians. */
export function rateLine({ datapath, task, found }: RateSamples) {
  const each = FIREWALLS.map((firewall) => [firewall, medians(found[firewall])] as const);
  const of = Object.fromEntries(each) as Record<FirewallName, ReturnType<typeof medians>>;
  return { datapath, ...task, of, toConntrack: round(of.learn.rate / of.conntrack.rate) };
}

export type RateLine = ReturnType<typeof rateLine>;

/** A line of the table of connections per second. */
export function rateRow({ datapath, side, width, end, of, toConntrack }: RateLine) {
  const row: Record<string, string | number> = { task: `${datapath}: ${side}, ${width} at a time, ${end}` };
  for (const firewall of FIREWALLS) {
    const { rate, least, most, p50, p99 } = of[firewall];
    row[firewall] = `${round(rate)}/s (${round(least)}–${round(most)}), ${round(p50)}/${round(p99)} µs`;
  }
  row['learn:conntrack'] = toConntrack;
  const costs = (name: 'upcalls' | 'learned' | 'switchTime') =>
    FIREWALLS.map((firewall) => round(of[firewall][name])).join(' / ');
  row.upcalls = costs('upcalls');
  row.learned = costs('learned');
  row['switch µs'] = datapath === 'dpdk' ? '' : costs('switchTime');
  return row;
}

/** How many times the rate of connection tracking ours must be, 16 connections at a time. */
const GOALS = { server: { userspace: 1, dpdk: 1 }, client: { userspace: 0.5, dpdk: 0.8 } } as const;
/** Where nothing is learned the two do the same work: what rounds differ by must not decide. */
const TOLERANCE = 0.05;

/** The goals that are missed, in sentences. */
export function missedGoals(lines: readonly RateLine[]): readonly string[] {
  return lines.flatMap(({ datapath, side, width, end, of, toConntrack }) => {
    const [goal, name] = [GOALS[side][datapath], `${datapath}: ${side}, ${width} at a time, ${end}`];
    const missed: string[] = [];
    if (width > 1 && !(toConntrack >= goal - TOLERANCE))
      missed.push(`${name}: ${toConntrack} times conntrack, and not ${goal}`);
    if (side === 'server' && of.learn.learned > 0.01)
      missed.push(`${name}: ${of.learn.learned} learned flows per connection, and not 0`);
    const errors = of.none.errors + of.learn.errors + of.conntrack.errors;
    if (errors > 0) missed.push(`${name}: ${errors} connections failed`);
    return missed;
  });
}

/** A line of the table of many connections. */
export function crowdRow(datapath: Datapath, firewall: FirewallName, found: CrowdFound) {
  return {
    connections: `${datapath}, ${firewall}: ${found.connections}`,
    'opened/s': round(found.opening),
    'answers/s': round(found.answers),
    'p50/p99 µs': `${round(found.p50)}/${round(found.p99)}`,
    'Gbit/s': round(found.throughput),
    errors: found.errors,
    learned: found.learned,
    'datapath flows': found.datapathFlows,
  };
}

/** A line of the table of changes of rules. */
export function changeRow({
  datapath,
  firewall,
  found,
}: {
  datapath: Datapath;
  firewall: string;
  found: ChangeFound;
}) {
  const { admitted, revoked, worst } = found;
  const times = {
    'rule added, ms': round(admitted),
    'rule removed, ms': round(revoked),
    'worst, ms': round(worst),
  };
  return { change: `${datapath}, ${firewall}`, ...times };
}

/** A line of the table of groups. */
export function groupRow(found: GroupFound) {
  const { who, members, flows, perMember, building, member, rule, ruleFlows } = found;
  return {
    group: `${who}: ${members}`,
    ...{ flows, 'flows/member': round(perMember), 'all members, ms': round(building) },
    ...{ 'one more, ms': round(member), 'one more rule, ms': round(rule), 'flows of a rule': ruleFlows },
  };
}

function medians(rounds: readonly RateFound[]) {
  const of = (name: keyof RateFound) => median(rounds.map((found) => found[name]));
  const rates = rounds.map(({ rate }) => rate);
  return {
    ...{
      rate: of('rate'),
      least: Math.min(...rates),
      most: Math.max(...rates),
      p50: of('p50'),
      p99: of('p99'),
    },
    ...{ upcalls: of('upcalls'), learned: of('learned'), switchTime: of('switchTime') },
    errors: rounds.reduce((sum, { errors }) => sum + errors, 0),
  };
}
