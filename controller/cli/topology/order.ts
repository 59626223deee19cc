import type { NeutronKindName } from '../kinds/related.ts';
import { TOPOLOGY_KINDS, type TopologyKind } from './kinds.ts';

/**
 * The kinds, each after all that its items may refer to: the order in which they can be made, and backwards
 * deleted.
 */
export const ORDER: readonly TopologyKind[] = orderOf(TOPOLOGY_KINDS);

/** Where a kind stands in that order. */
export function rankOf(kind: NeutronKindName): number {
  return ORDER.findIndex(({ name }) => name === kind);
}

function orderOf(kinds: Readonly<Record<NeutronKindName, TopologyKind>>): readonly TopologyKind[] {
  const order: TopologyKind[] = [];
  const visit = (kind: TopologyKind) => {
    if (order.includes(kind)) return;
    const needed = Object.values(kind.fields).flatMap(({ refersTo = [] }) => refersTo);
    // No kind refers to itself, nor in a circle: a remote group is what a rule refers to, not a group.
    for (const name of [...needed, ...(kind.within ? [kind.within.kind] : [])]) visit(kinds[name]);
    order.push(kind);
  };
  for (const kind of Object.values(kinds)) visit(kind);
  return order;
}
