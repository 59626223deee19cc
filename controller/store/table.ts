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
    this.add(id, value);
  }

  /** Sets a value whose id is not there yet, without looking. */
  add(id: string, value: V): void {
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

/** Ids under one key that a list still finds quickly; a set takes several times the memory. */
const LONGEST_LIST = 64;

/** Ids by key. One id, the usual case of a unique key, costs no list, and some cost no set. */
class IdsByKey {
  readonly #entries = new Map<string, string | string[] | Set<string>>();

  get(key: string): readonly string[] {
    const ids = this.#entries.get(key);
    if (ids === undefined) return [];
    return typeof ids === 'string' ? [ids] : [...ids];
  }

  count(key: string): number {
    const ids = this.#entries.get(key);
    if (ids === undefined) return 0;
    if (typeof ids === 'string') return 1;
    return ids instanceof Set ? ids.size : ids.length;
  }

  add(key: string, id: string): void {
    const ids = this.#entries.get(key);
    if (ids === undefined || ids === id) this.#entries.set(key, id);
    else if (typeof ids === 'string') this.#entries.set(key, [ids, id]);
    else if (ids instanceof Set) ids.add(id);
    else if (!ids.includes(id)) {
      if (ids.length < LONGEST_LIST) ids.push(id);
      else this.#entries.set(key, new Set([...ids, id]));
    }
  }

  remove(key: string, id: string): void {
    const ids = this.#entries.get(key);
    if (ids === id) this.#entries.delete(key);
    if (ids === undefined || typeof ids === 'string') return;
    if (ids instanceof Set) ids.delete(id);
    else if (ids.includes(id)) ids.splice(ids.indexOf(id), 1);
    const [only, another] = ids;
    if (only !== undefined && another === undefined) this.#entries.set(key, only);
  }
}
