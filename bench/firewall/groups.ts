import { setTimeout as sleep } from 'node:timers/promises';
import type { Hypervisor } from '#lab';
import { median } from '../dataplane/report.ts';
import { type GroupCloud, LOCAL_MEMBERS } from './group-cloud.ts';
import { countFlows } from './memory.ts';
import { ourGroup } from './our-group.ts';
import { ovnGroup } from './ovn-group.ts';

/** Times that a single member, and a rule, are added. */
const TIMES = 5;
/** Milliseconds without a change after which a switch has all its flows. */
const QUIET_MS = 500;

/** What a group of so many members costs on the hypervisor. Times in milliseconds, from the first request to the last flow. */
export interface GroupFound {
  readonly who: string;
  readonly members: number;
  /** All flows of the integration bridge. */
  readonly flows: number;
  /** Flows for each member that is not there, over the smallest group. */
  readonly perMember: number;
  /** From the size before to this one. */
  readonly building: number;
  /** One more member. */
  readonly member: number;
  /** One more rule. */
  readonly rule: number;
  readonly ruleFlows: number;
}

/** Lets a group grow to each of these sizes; ours, and that of OVN, one after the other. */
export async function measureGroups(sizes: readonly number[]): Promise<readonly GroupFound[]> {
  const found: GroupFound[] = [];
  for (const start of [ourGroup, ovnGroup]) {
    const cloud = await start();
    try {
      found.push(...(await grow(cloud, sizes)));
    } finally {
      await cloud.stop();
    }
  }
  return found;
}

async function grow(cloud: GroupCloud, sizes: readonly number[]): Promise<readonly GroupFound[]> {
  const { who, host } = cloud;
  const found: GroupFound[] = [];
  let [members, rules, base] = [LOCAL_MEMBERS, 0, 0];
  for (const size of sizes) {
    const numbers = Array.from({ length: size - members }, (_, at) => members + at);
    const building = await timed(host, () => (numbers.length > 0 ? cloud.addMembers(numbers) : undefined));
    members = size;
    const flows = await countFlows(host);
    if (base === 0) base = flows;
    const [one, rule, added]: [number[], number[], number[]] = [[], [], []];
    for (let time = 0; time < TIMES; time++) {
      const before = await countFlows(host);
      rule.push(await timed(host, () => cloud.addRule(2_000 + rules++)));
      added.push((await countFlows(host)) - before);
    }
    for (let time = 0; time < TIMES; time++) one.push(await timed(host, () => cloud.addMembers([members++])));
    const perMember = size > LOCAL_MEMBERS ? (flows - base) / (size - LOCAL_MEMBERS) : 0;
    const times = { building, member: median(one), rule: median(rule) };
    found.push({ who, members: size, flows, perMember, ...times, ruleFlows: median(added) });
    base += added.reduce((sum, count) => sum + count, 0);
  }
  return found;
}

/** Milliseconds from the beginning of `change` to the last change of the number of flows; it is looked at all the time. */
async function timed(host: Hypervisor, change: () => Promise<void> | undefined): Promise<number> {
  const started = performance.now();
  let count = await countFlows(host);
  let [at, done] = [started, Number.POSITIVE_INFINITY];
  const changing = Promise.resolve(change()).then(() => {
    done = performance.now();
  });
  for (;;) {
    const now = await countFlows(host);
    const time = performance.now();
    if (now !== count) [count, at] = [now, time];
    else if (time - Math.max(at, done) > QUIET_MS) break;
    await sleep(2);
  }
  await changing;
  return at - started;
}
