import { Committed } from './committed.ts';
import { Draft } from './draft.ts';
import { StoreError } from './errors.ts';
import { Freezer } from './freeze.ts';
import type { IndexedCollection, IndexName } from './indexes.ts';
import { find } from './layer.ts';
import { CommitLog, type LogEntry, logEntry } from './log.ts';
import type { LogBounds } from './options.ts';
import { Shadow } from './shadow.ts';
import type {
  CollectionName,
  Collections,
  Commit,
  KeySeries,
  Snapshot,
  Store,
  Transaction,
} from './store.ts';

/** What one durable write holds: all of it happens, or nothing. */
export interface Batch {
  /** As the log keeps them: what was before is known beneath. */
  readonly commits: readonly Commit[];
  /** Series that moved, with the last number handed out. */
  readonly counters: ReadonlyMap<KeySeries, number>;
  /** Revision up to which (inclusive) the log is forgotten. */
  readonly forget: number;
}

/** What a disk held when it was opened. */
export interface Contents {
  readonly history: string;
  readonly revision: number;
  readonly counters: ReadonlyMap<KeySeries, number>;
  readonly log: readonly Commit[];
  /** Every object, in any order. */
  readonly objects: Iterable<
    readonly [collection: CollectionName, id: string, value: Collections[CollectionName]]
  >;
}

/** Where an engine keeps its batches. A rejected write has left nothing behind. */
export interface Disk {
  write(batch: Batch): Promise<void>;
  /** Rejects when there is no room for some requests more. */
  probe(): Promise<void>;
  close(): Promise<void>;
}

/** Transactions written by one sync of the disk; bounds how long the event loop is busy with them. */
const LARGEST_BATCH = 200;

interface Job {
  readonly work: (transaction: Transaction) => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * The store over any disk. Transactions queue; while one batch is being written, the next gathers, so that one
 * sync of the disk serves all who wait for it. Readers see a batch only when it is durable.
 */
export class Engine implements Store {
  readonly history: string;
  readonly #disk: Disk;
  readonly #state = new Committed();
  readonly #log: CommitLog;
  #queue: Job[] = [];
  /** Whether the disk has refused a write, and no probe since. */
  #isRefused = false;
  #pumping: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(disk: Disk, contents: Contents, bounds: LogBounds) {
    this.#disk = disk;
    this.history = contents.history;
    const freezer = new Freezer();
    const log = contents.log.map((commit) => freezer.freeze(commit));
    this.#log = new CommitLog(contents.revision, log, bounds);
    for (const [series, number] of contents.counters) this.#state.setCounter(series, number);
    for (const [collection, id, value] of contents.objects)
      this.#state.add(collection, id, freezer.freeze(value));
  }

  get revision(): number {
    return this.#log.revision;
  }

  get<C extends CollectionName>(collection: C, id: string): Collections[C] | undefined {
    return this.#state.get(collection, id);
  }

  list<C extends CollectionName>(collection: C): readonly Collections[C][] {
    return this.#state.sorted(collection).values;
  }

  find<C extends IndexedCollection>(
    collection: C,
    index: IndexName<C>,
    key: string,
  ): readonly Collections[C][] {
    return find(this.#state, collection, index, key);
  }

  count<C extends IndexedCollection>(collection: C, index: IndexName<C>, key: string): number {
    return this.#state.countIds(collection, index, key);
  }

  snapshot(): Snapshot {
    return { history: this.history, revision: this.revision, ...this.#state.snapshot() };
  }

  shadow(): Shadow {
    return new Shadow(this.#state);
  }

  transact<T>(work: (transaction: Transaction) => T): Promise<T> {
    if (this.#closing !== undefined) return Promise.reject(new StoreError('STORE_CLOSED'));
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({ work, resolve: (value) => resolve(value as T), reject });
      this.#pumping ??= this.#pump();
    });
  }

  watch(from: number, listener: (commit: Commit) => void): () => void {
    return this.#log.watch(from, listener);
  }

  async isWritable(): Promise<boolean> {
    if (!this.#isRefused || this.#closing !== undefined) return !this.#isRefused;
    // What is small may find room where the next request finds none: so only a probe tells.
    this.#isRefused = await this.#disk.probe().then(
      () => false,
      () => true,
    );
    return !this.#isRefused;
  }

  close(): Promise<void> {
    this.#closing ??= (async () => {
      await this.#pumping;
      await this.#disk.close();
    })();
    return this.#closing;
  }

  async #pump(): Promise<void> {
    // Whoever asks in this same turn of the event loop joins the first batch.
    await Promise.resolve();
    while (this.#queue.length > 0) await this.#writeBatch(this.#queue.splice(0, LARGEST_BATCH));
    this.#pumping = undefined;
  }

  async #writeBatch(jobs: readonly Job[]): Promise<void> {
    const draft = new Draft(this.#state);
    const commits: Commit[] = [];
    // A refusal waits for the disk too: it may be due to an earlier transaction of the same batch.
    const answers = jobs.map((job) => this.#run(job, draft, commits));
    const entries: readonly LogEntry[] = commits.map(logEntry);
    const forget = this.#log.forgottenAfter(entries);
    try {
      if (commits.length > 0 || draft.counters.size > 0)
        await this.#disk.write({
          commits: entries.map(({ commit }) => commit),
          counters: draft.counters,
          forget,
        });
    } catch (error) {
      this.#isRefused = true;
      for (const job of jobs) job.reject(error);
      return;
    }
    for (const [series, number] of draft.counters) this.#state.setCounter(series, number);
    for (const [at, entry] of entries.entries()) {
      const { changes } = entry.commit;
      for (const change of changes) this.#state.set(change.collection, change.id, change.after);
      this.#log.append(commits[at] ?? entry.commit, entry);
    }
    this.#log.forget(forget);
    for (const answer of answers) answer();
  }

  /** Runs one transaction over the batch so far and returns how its promise is to be settled. */
  #run(job: Job, batch: Draft, commits: Commit[]): () => void {
    try {
      const draft = new Draft(batch);
      const value = job.work(draft);
      const changes = Object.freeze(draft.changes());
      batch.absorb(changes, draft.counters);
      if (changes.length > 0)
        commits.push(Object.freeze({ revision: this.#log.revision + commits.length + 1, changes }));
      return () => job.resolve(value);
    } catch (error) {
      return () => job.reject(error);
    }
  }
}
