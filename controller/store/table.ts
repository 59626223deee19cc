import { indexesOf, type KeysOf } from './indexes.ts';
import type { CollectionName, Collections } from './store.ts';

/** One collection in memory: values by id, and ids by the keys of its indexes. */
export class Table<V> {
  readonly #values = new Map<string, V>();
  readonly #indexes = new Map<string, { readonly keysOf: KeysOf<V>; readonly ids: IdsByKey }>();

  constructor(indexes: Readonly<Record<string, KeysOf<V>>>) {
    for (const [name, keysOf] of Object.entries(indexes))
      this.#indexes.set(name, { keysOf, ids: new IdsByKey() });
  }

  get size(): number {
    return this.#values.size;
  }

  get(id: string): V | undefined {
    return this.#values.get(id);
  }

  ids(): IterableIterator<string> {
    return this.#values.keys();
  }

  /** Ids found under one key of an index, in no particular order. */
  find(index: string, key: string): readonly string[] {
    return this.#indexes.get(index)?.ids.get(key) ?? [];
  }

  /** How many ids `find` would give. */
  count(index: string, key: string): number {
    return this.#indexes.get(index)?.ids.count(key) ?? 0;
  }

  set(id: string, value: V): void {
    this.#unindex(id);
    this.#values.set(id, value);
    for (const { keysOf, ids } of this.#indexes.values()) for (const key of keysOf(value)) ids.add(key, id);
  }

  delete(id: string): void {
    this.#unindex(id);
    this.#values.delete(id);
  }

  #unindex(id: string): void {
    const old = this.#values.get(id);
    if (old === undefined) return;
    for (const { keysOf, ids } of this.#indexes.values()) for (const key of keysOf(old)) ids.remove(key, id);
  }
}

/** A table per collection, made when first touched. */
export class Tables {
  readonly #tables = new Map<CollectionName, Table<unknown>>();

  /** Collections that were ever touched. */
  names(): readonly CollectionName[] {
    return [...this.#tables.keys()];
  }

  of<C extends CollectionName>(collection: C): Table<Collections[C]> {
    let table = this.#tables.get(collection);
    if (table === undefined) {
      table = new Table<unknown>(indexesOf(collection) as Readonly<Record<string, KeysOf<unknown>>>);
      this.#tables.set(collection, table);
    }
    return table as Table<Collections[C]>;
  }
}

/** Ids by key. One id, the usual case of a unique key, costs no set. */
class IdsByKey {
  readonly #entries = new Map<string, string | Set<string>>();

  get(key: string): readonly string[] {
    const ids = this.#entries.get(key);
    if (ids === undefined) return [];
    return typeof ids === 'string' ? [ids] : [...ids];
  }

  count(key: string): number {
    const ids = this.#entries.get(key);
    return ids instanceof Set ? ids.size : ids === undefined ? 0 : 1;
  }

  add(key: string, id: string): void {
    const ids = this.#entries.get(key);
    if (ids === undefined || ids === id) this.#entries.set(key, id);
    else if (typeof ids === 'string') this.#entries.set(key, new Set([ids, id]));
    else ids.add(id);
  }

  remove(key: string, id: string): void {
    const ids = this.#entries.get(key);
    if (ids === id) this.#entries.delete(key);
    if (!(ids instanceof Set)) return;
    ids.delete(id);
    const [only, another] = ids;
    if (only !== undefined && another === undefined) this.#entries.set(key, only);
  }
}
