import type { Commit, Store } from '#controller/store/store';

/** Changes whose former values are remembered: as many as the store's log keeps by itself. */
const MOST_CHANGES = 10_000;

/** The store's log for many readers at their own pace, with the values that were replaced since this process started. */
export class Journal {
  readonly #store: Store;
  readonly #recent = new Map<number, Commit>();
  readonly #sleepers = new Set<() => void>();
  readonly #end: () => void;
  #changes = 0;

  constructor(store: Store) {
    this.#store = store;
    this.#end = store.watch(store.revision, (commit) => this.#remember(commit));
  }

  /**
   * The next commits after a revision, `most` at a time. Throws StoreError STORE_COMPACTED or STORE_AHEAD for a
   * revision that the log does not know.
   */
  after(revision: number, most: number): readonly Commit[] {
    const commits: Commit[] = [];
    const stop = this.#store.watch(revision, (commit) => {
      if (commits.length < most) commits.push(this.#recent.get(commit.revision) ?? commit);
    });
    stop();
    return commits;
  }

  /** Resolves when there is a commit after a revision, the time (milliseconds) is over, or the signal aborts. */
  async wait(revision: number, time: number, signal: AbortSignal): Promise<void> {
    if (this.#store.revision > revision || signal.aborted) return;
    let wake = () => {};
    const woken = new Promise<void>((resolve) => {
      wake = resolve;
    });
    this.#sleepers.add(wake);
    signal.addEventListener('abort', wake, { once: true });
    const timer = setTimeout(wake, time);
    await woken;
    clearTimeout(timer);
    signal.removeEventListener('abort', wake);
    this.#sleepers.delete(wake);
  }

  /** Lets everybody who waits go, and hears no more commits. */
  close(): void {
    this.#end();
    for (const wake of this.#sleepers) wake();
  }

  #remember(commit: Commit): void {
    this.#recent.set(commit.revision, commit);
    this.#changes += commit.changes.length;
    for (const [revision, { changes }] of this.#recent) {
      if (this.#changes <= MOST_CHANGES || this.#recent.size === 1) break;
      this.#recent.delete(revision);
      this.#changes -= changes.length;
    }
    for (const wake of this.#sleepers) wake();
  }
}
