import { readdirSync, readFileSync } from 'node:fs';
import type { Hypervisor } from '#lab';

/** Packets of which the datapath asked the OpenFlow tables, so far. */
export async function upcalls(host: Hypervisor): Promise<number> {
  const text = await host.appctl('dpif-netdev/pmd-stats-show');
  const counts = [...text.matchAll(/miss with (?:success|failed) upcall: *(\d+)/g)];
  return counts.reduce((sum, [, count]) => sum + Number(count), 0);
}

/** Flows in the datapath. */
export async function datapathFlows(host: Hypervisor): Promise<number> {
  return (await host.appctl('dpctl/dump-flows')).split('\n').filter((line) => line.includes('actions:'))
    .length;
}

/** Microseconds of processor time that the switch process has had so far. */
export function processorTime({ ovs: { vswitchd } }: Hypervisor): number {
  let sum = 0;
  for (const thread of readdirSync(`/proc/${vswitchd.pid}/task`))
    sum += Number.parseInt(readFileSync(`/proc/${vswitchd.pid}/task/${thread}/schedstat`, 'utf8'), 10);
  return sum / 1_000;
}
