import type { FlowChange } from '#pipeline';

/** Flow-mods of one bundle: Open vSwitch holds all of them in memory, and does nothing else while it commits them. */
export const MOST_CHANGES = 65_536;

/**
 * Parts in which changes can be made one after the other when they are too many for one bundle, so that no packet
 * meets less than it did before: what is new first, from the last table to the first, so that packets come to it when all
 * behind it is there; then what changes; and what goes last, from the first table on. As many as fit are one part, as they are.
 */
export function inSafeOrder(
  changes: readonly FlowChange[],
  most: number = MOST_CHANGES,
): readonly (readonly FlowChange[])[] {
  if (changes.length <= most) return [changes];
  const byRank = new Map<number, FlowChange[]>();
  for (const change of changes) {
    const rank = rankOf(change);
    const same = byRank.get(rank);
    if (same) same.push(change);
    else byRank.set(rank, [change]);
  }
  // A few dozen ranks of many thousand changes.
  const sorted = [...byRank].sort(([a], [b]) => a - b).flatMap(([, same]) => same);
  return Array.from({ length: Math.ceil(sorted.length / most) }, (_, at) =>
    sorted.slice(at * most, (at + 1) * most),
  );
}

/** Changes of a lower rank are made before those of a higher one. */
function rankOf(change: FlowChange): number {
  const table = tableOf(change);
  if (!change.after) return 2 * TABLES + table;
  return (change.before ? TABLES : 0) + (TABLES - 1 - table);
}

/** As many as there can be (OF 1.3.5, 7.3.4.1). */
const TABLES = 256;

function tableOf({ before, after }: FlowChange): number {
  return (after ?? before)?.tableId ?? 0;
}
