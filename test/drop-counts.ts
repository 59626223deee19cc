import { edgePipeline } from '#apps';
import type { Hypervisor } from '#lab';

/** Packets that a hypervisor has dropped for each of these reasons, by the reasons that its flows' cookies lead to. */
export async function dropCounts(
  hypervisor: Hypervisor,
  reasons: readonly string[],
): Promise<Readonly<Record<string, number>>> {
  const pipeline = edgePipeline();
  await hypervisor.settleCounters();
  const counts: Record<string, number> = Object.fromEntries(reasons.map((reason) => [reason, 0]));
  for (const flow of await hypervisor.dumpFlows({ stats: true })) {
    if (!flow.endsWith('actions=drop')) continue;
    const cookie = BigInt(/cookie=(0x[0-9a-f]+)/.exec(flow)?.[1] ?? 0);
    const reason = pipeline.dropReasonOf({
      tableId: Number(/table=(\d+)/.exec(flow)?.[1] ?? 0),
      cookieHi: Number(cookie >> 32n),
      cookieLo: Number(cookie & 0xffffffffn),
      instructions: NOTHING,
    });
    const count = reason && counts[reason.name];
    if (count !== undefined) counts[reason?.name ?? ''] = count + Number(/n_packets=(\d+)/.exec(flow)?.[1]);
  }
  return counts;
}

/** What has been counted in between, without zeros. */
export function difference(
  after: Readonly<Record<string, number>>,
  before: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  const changes = Object.entries(after).map(
    ([reason, count]) => [reason, count - (before[reason] ?? 0)] as const,
  );
  return Object.fromEntries(changes.filter(([, count]) => count !== 0));
}

const NOTHING = new Uint8Array();
