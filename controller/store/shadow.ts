import { Draft } from './draft.ts';
import { StoreError } from './errors.ts';
import type { IndexedCollection, IndexName } from './indexes.ts';
import type { Layer } from './layer.ts';
import type { Change, CollectionName, Collections, Transaction, WritableView } from './store.ts';

/** Objects that are written to, though they be as before in the end; a transaction that would make it more is refused. */
const MOST_CHANGES = 10_000;

/**
 * Reads what a store has, and keeps to itself what is written: the store never hears of it. Whatever is committed there
 * meanwhile shows through, where nothing is written over it.
 */
export class Shadow implements WritableView {
  readonly #draft: Draft;

  /** `below` is the committed state of a store. */
  constructor(below: Layer) {
    this.#draft = new Draft(below);
  }

  /** In what it differs from the store beneath, as that is now. */
  changes(): readonly Change[] {
    return this.#draft.changes();
  }

  get<C extends CollectionName>(collection: C, id: string): Collections[C] | undefined {
    return this.#draft.get(collection, id);
  }

  list<C extends CollectionName>(collection: C): readonly Collections[C][] {
    return this.#draft.list(collection);
  }

  find<C extends IndexedCollection>(
    collection: C,
    index: IndexName<C>,
    key: string,
  ): readonly Collections[C][] {
    return this.#draft.find(collection, index, key);
  }

  count<C extends IndexedCollection>(collection: C, index: IndexName<C>, key: string): number {
    return this.#draft.count(collection, index, key);
  }

  /** Rejects with STORE_SHADOW_FULL, besides what `work` throws. */
  async transact<T>(work: (transaction: Transaction) => T): Promise<T> {
    const draft = new Draft(this.#draft);
    const result = work(draft);
    const changes = draft.changes();
    const isNew = ({ collection, id }: Change) => !this.#draft.touches(collection, id);
    if (this.#draft.touched + changes.filter(isNew).length > MOST_CHANGES)
      throw new StoreError('STORE_SHADOW_FULL', { most: MOST_CHANGES });
    this.#draft.absorb(changes, draft.counters);
    return result;
  }
}
