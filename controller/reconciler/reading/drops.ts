import type { Facts } from '#apps';
import type { Connection } from '#controller/channel/connection';
import type { DropReason, Pipeline } from '#pipeline';
import { meterDrops } from '../install/meters.ts';
import { counterOf, walkFlows } from './walk-flows.ts';

/** Packets that one switch has dropped for one reason, since its flows of that reason are there. */
export interface DropCount extends DropReason {
  readonly packets: number;
  readonly bytes: number;
}

/**
 * Sums what a switch has dropped by reason, the most frequent first. A reason for which the switch has no flow is not listed.
 * The switch ought to have `expected` flows. Rejects as walkFlows does.
 */
export async function readDrops(
  connection: Connection,
  pipeline: Pipeline<Facts>,
  expected: number,
): Promise<readonly DropCount[]> {
  const counts = new Map<string, DropCount>();
  const add = (reason: DropReason, packets: number, bytes: number) => {
    const key = `${reason.app} ${reason.name}`;
    const before = counts.get(key) ?? { packets: 0, bytes: 0 };
    counts.set(key, { ...reason, packets: before.packets + packets, bytes: before.bytes + bytes });
  };
  await walkFlows(
    connection,
    () => expected,
    (entry) => {
      const { tableId, cookieHi, cookieLo } = entry;
      const reason = pipeline.dropReasonOf({
        tableId,
        cookieHi,
        cookieLo,
        instructions: entry.instructions(),
      });
      if (!reason) return;
      add(
        reason,
        counterOf(entry.packetCountHi, entry.packetCountLo),
        counterOf(entry.byteCountHi, entry.byteCountLo),
      );
    },
  );
  for (const [number, dropped] of await meterDrops(connection)) {
    const reason = pipeline.meterDropOf(number);
    if (reason) add(reason, dropped.packets, dropped.bytes);
  }
  return [...counts.values()].sort((a, b) => b.packets - a.packets || (a.name < b.name ? -1 : 1));
}
