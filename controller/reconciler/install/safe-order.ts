import type { FlowChange } from '#pipeline';

/** Flow-mods of one bundle: Open vSwitch holds all of them in memory, and does nothing else while it commits them. */
const MOST_CHANGES = 65_536;

/**
 * Parts in which changes can be made one after the other when they are too many for one bundle, so that no packet
 * meets less than it did before: what is new first, from the last table to the first, so that packets come to it when all
 * behind it is there; then what changes; and what goes last, from the first table on. As many as fit are one part.
 */
export function inSafeOrder(
  changes: readonly FlowChange[],
  most: number = MOST_CHANGES,
): readonly (readonly FlowChange[])[] {
  const sorted = byLikeness(changes);
  if (sorted.length <= most) return [sorted];
  return Array.from({ length: Math.ceil(sorted.length / most) }, (_, at) =>
    sorted.slice(at * most, (at + 1) * most),
  );
}

/**
 * Changes in a safe order, and such as match on the same fields beside each other: Open vSwitch keeps these in one place, and
 * takes a sixth less of its processor's time for a hundred thousand than when they come as facts have them.
 */
export function byLikeness(changes: readonly FlowChange[]): readonly FlowChange[] {
  if (changes.length < 2) return changes;
  const groups = new Map<number, FlowChange[]>();
  for (const change of changes) {
    const group = groupOf(change);
    const same = groups.get(group);
    if (same) same.push(change);
    else groups.set(group, [change]);
  }
  // A few hundred groups of many thousand changes.
  return [...groups].sort(([a], [b]) => a - b).flatMap(([, same]) => same);
}

/** Changes of a lower rank are made before those of a higher one; of one rank, such as look alike are together. */
function groupOf(change: FlowChange): number {
  return rankOf(change) * LENGTHS + ((change.after ?? change.before)?.key.length ?? 0);
}

function rankOf(change: FlowChange): number {
  const table = tableOf(change);
  if (!change.after) return 2 * TABLES + table;
  return (change.before ? TABLES : 0) + (TABLES - 1 - table);
}

/** As many as there can be (OF 1.3.5, 7.3.4.1). */
const TABLES = 256;
/** More than the length of any key: that of a match has 16 bits. */
const LENGTHS = 1 << 17;

function tableOf({ before, after }: FlowChange): number {
  return (after ?? before)?.tableId ?? 0;
}
