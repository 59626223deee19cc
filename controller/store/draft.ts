import { isDeepStrictEqual } from 'node:util';
import { StoreError } from './errors.ts';
import { Freezer } from './freeze.ts';
import { type IndexedCollection, type IndexName, indexesOf, type KeysOf } from './indexes.ts';
import { find, type Layer } from './layer.ts';
import { merge, type Sorted } from './sorted.ts';
import type { Change, CollectionName, Collections, KeySeries, Transaction } from './store.ts';
import { Tables } from './table.ts';

/** LMDB takes keys of up to 1978 bytes; 500 characters of any script stay below, with the collection's name. */
const LONGEST_ID = 500;

/**
 * The writes of a transaction that is not committed yet, laid over the state beneath: reads see both. Drafts
 * stack, so that a batch of transactions sees the earlier ones and a failed one leaves no trace.
 */
export class Draft implements Transaction, Layer {
  readonly #below: Layer;
  readonly #tables = new Tables();
  /** Ids written or deleted here; the table holds their values, and nothing for a deleted one. */
  readonly #touched = new Map<CollectionName, Set<string>>();
  readonly #order: { readonly collection: CollectionName; readonly id: string }[] = [];
  readonly #counters = new Map<KeySeries, number>();

  constructor(below: Layer) {
    this.#below = below;
  }

  /** Objects that were ever written or deleted here, also if they are as before. */
  get touched(): number {
    return this.#order.length;
  }

  /** Whether this object was ever written or deleted here. */
  touches(collection: CollectionName, id: string): boolean {
    return this.#touched.get(collection)?.has(id) ?? false;
  }

  get counters(): ReadonlyMap<KeySeries, number> {
    return this.#counters;
  }

  get<C extends CollectionName>(collection: C, id: string): Collections[C] | undefined {
    const touched = this.#touched.get(collection);
    return touched?.has(id) ? this.#tables.of(collection).get(id) : this.#below.get(collection, id);
  }

  list<C extends CollectionName>(collection: C): readonly Collections[C][] {
    return this.sorted(collection).values;
  }

  find<C extends IndexedCollection>(
    collection: C,
    index: IndexName<C>,
    key: string,
  ): readonly Collections[C][] {
    return find(this, collection, index, key);
  }

  sorted<C extends CollectionName>(collection: C): Sorted<Collections[C]> {
    const table = this.#tables.of(collection);
    const touched = [...(this.#touched.get(collection) ?? [])];
    return merge(this.#below.sorted(collection), new Map(touched.map((id) => [id, table.get(id)])));
  }

  findIds<C extends IndexedCollection>(collection: C, index: IndexName<C>, key: string): readonly string[] {
    const below = this.#below.findIds(collection, index, key);
    const touched = this.#touched.get(collection);
    if (touched === undefined) return below;
    return [...below.filter((id) => !touched.has(id)), ...this.#tables.of(collection).find(index, key)];
  }

  count<C extends IndexedCollection>(collection: C, index: IndexName<C>, key: string): number {
    return this.countIds(collection, index, key);
  }

  countIds<C extends IndexedCollection>(collection: C, index: IndexName<C>, key: string): number {
    const keysOf = indexesOf(collection)[index] as KeysOf<Collections[C]> | undefined;
    let hidden = 0;
    for (const id of this.#touched.get(collection) ?? []) {
      const below = this.#below.get(collection, id);
      if (below !== undefined && keysOf?.(below).includes(key)) hidden += 1;
    }
    return (
      this.#below.countIds(collection, index, key) - hidden + this.#tables.of(collection).count(index, key)
    );
  }

  counter(series: KeySeries): number {
    return this.#counters.get(series) ?? this.#below.counter(series);
  }

  put<C extends CollectionName>(collection: C, id: string, value: Collections[C]): void {
    if (id === '' || id.length > LONGEST_ID)
      throw new StoreError('STORE_BAD_KEY', { collection, id: id.slice(0, 80) });
    const kept = asStored(collection, id, value);
    this.#touch(collection, id);
    this.#tables.of(collection).set(id, kept);
  }

  delete(collection: CollectionName, id: string): void {
    if (this.get(collection, id) === undefined) return;
    this.#touch(collection, id);
    this.#tables.of(collection).delete(id);
  }

  allocate(series: KeySeries, least = 1): number {
    const number = Math.max(this.counter(series) + 1, least);
    this.#counters.set(series, number);
    return number;
  }

  /** One change per object whose content differs from the state beneath, in the order of first writes. */
  changes(): readonly Change[] {
    return this.#order.flatMap(({ collection, id }) => {
      const before = this.#below.get(collection, id);
      const after = this.#tables.of(collection).get(id);
      if (isDeepStrictEqual(before, after)) return [];
      const change = {
        collection,
        id,
        ...(before === undefined ? {} : { before }),
        ...(after === undefined ? {} : { after }),
      };
      return [Object.freeze(change) as Change];
    });
  }

  /** Takes over what a draft above this one has done. */
  absorb(changes: readonly Change[], counters: ReadonlyMap<KeySeries, number>): void {
    for (const { collection, id, after } of changes) {
      this.#touch(collection, id);
      if (after === undefined) this.#tables.of(collection).delete(id);
      else this.#tables.of(collection).set(id, after);
    }
    for (const [series, number] of counters) this.#counters.set(series, number);
  }

  #touch(collection: CollectionName, id: string): void {
    let touched = this.#touched.get(collection);
    if (touched === undefined) {
      touched = new Set();
      this.#touched.set(collection, touched);
    }
    if (touched.has(id)) return;
    touched.add(id);
    this.#order.push({ collection, id });
  }
}

/** The value exactly as a restart would read it, so that memory and disk can't differ; frozen all through. */
function asStored<V>(collection: CollectionName, id: string, value: V): V {
  const text = JSON.stringify(value);
  if (text === undefined || !text.startsWith('{'))
    throw new StoreError('STORE_BAD_VALUE', { collection, id });
  return new Freezer().freeze(JSON.parse(text));
}
