import type { IndexedCollection, IndexName } from './indexes.ts';
import type { Sorted } from './sorted.ts';
import type { CollectionName, Collections, KeySeries } from './store.ts';

/** What a draft needs from the state beneath it: the committed state, or another draft. */
export interface Layer {
  get<C extends CollectionName>(collection: C, id: string): Collections[C] | undefined;
  sorted<C extends CollectionName>(collection: C): Sorted<Collections[C]>;
  /** Ids under one key of an index, in no particular order. */
  findIds<C extends IndexedCollection>(collection: C, index: IndexName<C>, key: string): readonly string[];
  /** How many ids `findIds` would give. */
  countIds<C extends IndexedCollection>(collection: C, index: IndexName<C>, key: string): number;
  /** Last number handed out of a series, 0 if none was. */
  counter(series: KeySeries): number;
}

/** The values under one key of an index, in ascending order of id. */
export function find<C extends IndexedCollection>(
  layer: Layer,
  collection: C,
  index: IndexName<C>,
  key: string,
): readonly Collections[C][] {
  const ids = [...layer.findIds(collection, index, key)];
  if (ids.length > 1) ids.sort();
  return ids.map((id) => layer.get(collection, id)).filter((value) => value !== undefined);
}
