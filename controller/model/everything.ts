import type { Change, StoreView } from '#controller/store/store';

/** What facts are derived from. */
const COLLECTIONS = [
  ...(['networks', 'securityGroups', 'securityGroupRules', 'policies'] as const),
  ...(['ports', 'trunks', 'chassis', 'vifs'] as const),
];

/** Everything in the store, as changes that bring it about. */
export function everything(view: StoreView): readonly Change[] {
  return COLLECTIONS.flatMap((collection) => creations(view, collection));
}

function creations(view: StoreView, collection: (typeof COLLECTIONS)[number]): readonly Change[] {
  return view.list(collection).map((after) => ({ collection, id: after.id, after }) as Change);
}
