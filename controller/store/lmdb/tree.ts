import type { Database } from 'lmdb';
import { checkOf, type Digest, NOTHING, seal, unseal, withEntry, withoutEntry } from './checked.ts';

/**
 * A named tree of LMDB whose values carry checksums, for use inside of one transaction. It keeps count of its digest:
 * whoever begins a transaction says what it was, and writes down what it has become.
 */
export class LmdbTree<K extends number | string[], V> {
  readonly #database: Database<Buffer, K>;
  digest: Digest = NOTHING;

  constructor(database: Database<Buffer, K>) {
    this.#database = database;
  }

  putSync(key: K, value: V): void {
    this.#drop(key);
    this.#put(key, seal(value));
  }

  removeSync(key: K): void {
    this.#drop(key);
    this.#database.removeSync(key);
  }

  clearSync(): void {
    this.#database.clearSync();
    this.digest = NOTHING;
  }

  /** Keys up to `end`, exclusive. */
  keysBefore(end: K): readonly K[] {
    return [...this.#database.getKeys({ end })];
  }

  /** Throws RangeError when the checksum of a value is wrong. */
  entries(): readonly { readonly key: K; readonly value: V }[] {
    return [...this.#database.getRange()].map(({ key, value }) => ({ key, value: unseal(value) as V }));
  }

  /** Takes over what was written without checksums. */
  adopt(): void {
    this.digest = NOTHING;
    for (const { key, value } of this.entries()) this.#put(key, seal(value));
  }

  #put(key: K, bytes: Buffer): void {
    this.digest = withEntry(this.digest, checkOf(key, bytes));
    this.#database.putSync(key, bytes);
  }

  #drop(key: K): void {
    const bytes = this.#database.getBinary(key);
    if (bytes !== undefined) this.digest = withoutEntry(this.digest, checkOf(key, bytes));
  }
}
