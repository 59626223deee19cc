import type { IndexedCollection, IndexName } from './indexes.ts';
import type { Layer } from './layer.ts';
import { merge, type Sorted } from './sorted.ts';
import type { CollectionName, Collections, KeySeries, Snapshot } from './store.ts';
import { Tables } from './table.ts';

/** The latest committed state in memory: equal to the disk, so that reads cost nothing. */
export class Committed implements Layer {
  readonly #tables = new Tables();
  readonly #counters = new Map<KeySeries, number>();
  /** Per collection: its order when last asked for, and the ids changed since. */
  readonly #orders = new Map<CollectionName, { sorted: Sorted<unknown>; readonly stale: Set<string> }>();

  get<C extends CollectionName>(collection: C, id: string): Collections[C] | undefined {
    return this.#tables.of(collection).get(id);
  }

  sorted<C extends CollectionName>(collection: C): Sorted<Collections[C]> {
    const table = this.#tables.of(collection);
    let order = this.#orders.get(collection);
    if (order === undefined) {
      order = { sorted: { ids: [], values: [] }, stale: new Set(table.ids()) };
      this.#orders.set(collection, order);
    }
    order.sorted = merge(order.sorted, new Map([...order.stale].map((id) => [id, table.get(id)])));
    order.stale.clear();
    return order.sorted as Sorted<Collections[C]>;
  }

  findIds<C extends IndexedCollection>(collection: C, index: IndexName<C>, key: string): readonly string[] {
    return this.#tables.of(collection).find(index, key);
  }

  countIds<C extends IndexedCollection>(collection: C, index: IndexName<C>, key: string): number {
    return this.#tables.of(collection).count(index, key);
  }

  counter(series: KeySeries): number {
    return this.#counters.get(series) ?? 0;
  }

  setCounter(series: KeySeries, value: number): void {
    this.#counters.set(series, value);
  }

  /** Everything, in lists that are never changed. */
  snapshot(): Pick<Snapshot, 'counters' | 'count' | 'objects'> {
    const collections = this.#tables.names().map((name) => [name, this.sorted(name)] as const);
    return {
      counters: Object.fromEntries(this.#counters),
      count: collections.reduce((sum, [, { ids }]) => sum + ids.length, 0),
      objects: {
        *[Symbol.iterator]() {
          for (const [name, { ids, values }] of collections)
            for (const [at, value] of values.entries()) yield [name, ids[at] ?? '', value] as const;
        },
      },
    };
  }

  /** Sets a value whose id is not there yet, before anybody reads. */
  add<C extends CollectionName>(collection: C, id: string, value: Collections[C]): void {
    this.#tables.of(collection).add(id, value);
  }

  set<C extends CollectionName>(collection: C, id: string, value: Collections[C] | undefined): void {
    const table = this.#tables.of(collection);
    if (value === undefined) table.delete(id);
    else table.set(id, value);
    this.#orders.get(collection)?.stale.add(id);
  }
}
