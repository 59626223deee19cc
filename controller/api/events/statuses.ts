import type { PortRecord, TrunkRecord } from '#controller/store/records';
import type { Commit, Store } from '#controller/store/store';
import type { Caller } from '../caller.ts';
import type { Shown } from '../resource/shown.ts';
import { isLost } from './cursor.ts';
import type { Journal } from './journal.ts';

/** What switches made of a port or a trunk. */
export interface Status {
  readonly kind: 'port' | 'trunk';
  readonly id: string;
  readonly status: string;
}

const KINDS = [
  { kind: 'port', collection: 'ports' },
  { kind: 'trunk', collection: 'trunks' },
] as const;

/** The statuses of what one caller sees. */
export class Statuses {
  readonly #store: Store;
  readonly #journal: Journal;
  readonly #isVisible: (collection: string, record: PortRecord | TrunkRecord) => boolean;

  constructor(store: Store, journal: Journal, shown: readonly Shown[], caller: Caller) {
    this.#store = store;
    this.#journal = journal;
    this.#isVisible = (collection, record) =>
      shown.find((each) => each.collection === collection)?.isVisible(record, caller, store) ?? false;
  }

  /** All of them. */
  all(): readonly Status[] {
    return KINDS.flatMap(({ kind, collection }) =>
      this.#store
        .list(collection)
        .filter((record) => this.#isVisible(collection, record))
        .map(({ id, status }) => ({ kind, id, status })),
    );
  }

  /** Those that may have changed after a revision, each once; undefined if the log does not reach back so far. */
  since(revision: number): readonly Status[] | undefined {
    try {
      const found = new Map<string, Status>();
      for (const commit of this.#journal.after(revision, Number.POSITIVE_INFINITY))
        for (const status of this.#changedIn(commit)) found.set(`${status.kind} ${status.id}`, status);
      return [...found.values()];
    } catch (error) {
      if (isLost(error)) return undefined;
      throw error;
    }
  }

  #changedIn({ changes }: Commit): readonly Status[] {
    return changes.flatMap((change) => {
      if (change.collection !== 'ports' && change.collection !== 'trunks') return [];
      const { before, after, id, collection } = change;
      if (after === undefined || before?.status === after.status || !this.#isVisible(collection, after))
        return [];
      const now = this.#store.get(collection, id);
      if (now === undefined) return [];
      return [{ kind: collection === 'ports' ? 'port' : 'trunk', id, status: now.status }];
    });
  }
}
