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
  const sorted = [...changes].sort((a, b) => phaseOf(a) - phaseOf(b) || byWay(a, b));
  return Array.from({ length: Math.ceil(sorted.length / most) }, (_, at) =>
    sorted.slice(at * most, (at + 1) * most),
  );
}

function phaseOf({ before, after }: FlowChange): number {
  if (!before) return 0;
  return after ? 1 : 2;
}

function byWay(a: FlowChange, b: FlowChange): number {
  return a.after ? tableOf(b) - tableOf(a) : tableOf(a) - tableOf(b);
}

function tableOf({ before, after }: FlowChange): number {
  return (after ?? before)?.tableId ?? 0;
}
