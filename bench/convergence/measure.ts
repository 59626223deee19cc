import type { Contender, Demand, Findings } from './contender.ts';
import { FlowWatch } from './flow-watch.ts';

/** Measures one contender, and stops it. */
export async function measure(contender: Contender, demand: Demand): Promise<Findings> {
  try {
    await contender.begin(demand);
    const flows = await contender.switch.flowCount();
    const cold: number[] = [];
    for (let at = 0; at < demand.restarts; at++) {
      await contender.stopController('for good');
      await contender.switch.deleteFlows();
      cold.push(await timed(contender));
    }
    const restart: number[] = [];
    let kept = 1;
    for (let at = 0; at < demand.restarts; at++) {
      await contender.stopController('for a restart');
      const stopped = performance.now();
      restart.push(await timed(contender));
      const seconds = (performance.now() - stopped) / 1_000;
      kept = Math.min(kept, (await contender.switch.olderThan(seconds)) / flows);
    }
    return { flows, cold, restart, kept, ...(await changes(contender, demand)) };
  } finally {
    await contender.stop();
  }
}

/** Milliseconds from the start of the controller until its switch is as it ought to be. */
async function timed(contender: Contender): Promise<number> {
  const start = performance.now();
  await contender.startController();
  return performance.now() - start;
}

async function changes(
  contender: Contender,
  { additions }: Demand,
): Promise<Pick<Findings, 'portAdded' | 'ruleAdded' | 'flowsOfPort' | 'flowsOfRule'>> {
  const watch = await FlowWatch.open(`${contender.switch.folder}/br-int.mgmt`);
  const ports = [];
  for (let at = 0; at < additions; at++) ports.push(await watch.during(() => contender.addPort(at)));
  const rules = [];
  for (let at = 0; at < additions; at++) rules.push(await watch.during(() => contender.addRule(8_000 + at)));
  watch.close();
  return {
    portAdded: ports.map(({ ms }) => ms),
    ruleAdded: rules.map(({ ms }) => ms),
    flowsOfPort: Math.max(...ports.map((each) => each.changes)),
    flowsOfRule: Math.max(...rules.map((each) => each.changes)),
  };
}
