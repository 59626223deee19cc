import { setTimeout as sleep } from 'node:timers/promises';
import { edgePipeline } from '#apps';
import type { Hypervisor } from '#lab';

/** Connections that were closed last have said their last words by then: what they say later is refused, by cached decisions. */
const SETTLE_MS = 1_000;

/** Number of the table of learned flows. */
const TABLE =
  edgePipeline().layout.tables.find(({ table }) => table.name === 'connections')?.id ?? Number.NaN;

/** Connections' flows that the switch has learned. */
export function learnedFlows(host: Hypervisor): Promise<number> {
  return countFlows(host, `table=${TABLE}`);
}

/** Flows of the integration bridge, or those that match. */
export async function countFlows(host: Hypervisor, match = ''): Promise<number> {
  const text = await host.ofctl('dump-aggregate', 'br-int', match);
  return Number(/flow_count=(\d+)/.exec(text)?.[1]);
}

/** Has the switch forget all connections, whoever remembers them. */
export async function forgetConnections(host: Hypervisor): Promise<void> {
  await host.ofctl('del-flows', 'br-int', `table=${TABLE}`);
  await host.appctl('dpctl/flush-conntrack');
  await sleep(SETTLE_MS);
  await host.appctl('revalidator/purge');
}
