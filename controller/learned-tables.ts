import { subfieldText } from 'openflow-codec';
import type { Facts } from '#apps';
import type { WantedFlowTable } from '#controller/inventory/plan/repair';
import type { Pipeline } from '#pipeline';

/** Bounds of the tables that switches learn into, by their numbers: so many flows in each. */
export function learnedTables(
  { layout }: Pipeline<Facts>,
  limit: number,
): ReadonlyMap<number, WantedFlowTable> {
  return new Map(
    layout.tables.flatMap(({ id, table: { fairBy } }) =>
      fairBy === undefined ? [] : [[id, { limit, groupedBy: subfieldText(fairBy) }] as const],
    ),
  );
}
