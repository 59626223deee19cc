import { StoreError } from './errors.ts';
import type { LogBounds } from './options.ts';
import type { Change, Commit } from './store.ts';

interface Watcher {
  seen: number;
  readonly listener: (commit: Commit) => void;
}

/** A commit as the log keeps it. */
export interface LogEntry {
  /** Without the values that were replaced: the log need not hold every value twice. */
  readonly commit: Commit;
  /** Bytes on the disk. */
  readonly size: number;
}

/** What the log keeps of a commit. */
export function logEntry({ revision, changes }: Commit): LogEntry {
  const kept = changes.map(({ before: _, ...change }) => Object.freeze(change) as Change);
  return {
    commit: Object.freeze({ revision, changes: Object.freeze(kept) }),
    size: Buffer.byteLength(JSON.stringify(kept)),
  };
}

/** The last commits, for whoever watches from a revision. Its bounds count changes and bytes, because commits vary in size. */
export class CommitLog {
  readonly #bounds: LogBounds;
  /** Commits in order of revision; those before `#first` are forgotten. */
  readonly #entries: LogEntry[];
  #first = 0;
  #held: LogBounds;
  #revision: number;
  readonly #watchers = new Set<Watcher>();

  constructor(revision: number, commits: readonly Commit[], bounds: LogBounds) {
    this.#revision = revision;
    this.#entries = commits.map(logEntry);
    this.#held = sum(this.#entries);
    this.#bounds = bounds;
  }

  /** Revision of the latest commit, also when the log itself is empty. */
  get revision(): number {
    return this.#revision;
  }

  watch(from: number, listener: (commit: Commit) => void): () => void {
    if (from > this.#revision) throw new StoreError('STORE_AHEAD', { from, revision: this.#revision });
    const oldest = this.#revision - (this.#entries.length - this.#first);
    if (from < oldest) throw new StoreError('STORE_COMPACTED', { from, oldest });
    const watcher: Watcher = { seen: from, listener };
    this.#watchers.add(watcher);
    for (const { commit } of this.#entries.slice(this.#first + from - oldest)) this.#tell(watcher, commit);
    return () => {
      this.#watchers.delete(watcher);
    };
  }

  /** The revision up to which (inclusive) the log is to be forgotten once these are appended. */
  forgottenAfter(added: readonly LogEntry[]): number {
    const total = sum(added);
    let changes = this.#held.changes + total.changes - this.#bounds.changes;
    let bytes = this.#held.bytes + total.bytes - this.#bounds.bytes;
    let forgotten = 0;
    const latest = added.at(-1);
    for (let at = this.#first; changes > 0 || bytes > 0; at++) {
      const entry = this.#entries[at] ?? added[at - this.#entries.length];
      // The latest commit stays even if it alone is larger than the log.
      if (entry === undefined || entry === latest) break;
      changes -= entry.commit.changes.length;
      bytes -= entry.size;
      forgotten = entry.commit.revision;
    }
    return forgotten;
  }

  /** Keeps the commit's entry and tells the commit to all who watch. */
  append(commit: Commit, entry: LogEntry): void {
    this.#entries.push(entry);
    this.#hold(entry, 1);
    this.#revision = commit.revision;
    for (const watcher of [...this.#watchers]) this.#tell(watcher, commit);
  }

  forget(revision: number): void {
    for (let entry = this.#entries[this.#first]; entry && entry.commit.revision <= revision; ) {
      this.#hold(entry, -1);
      entry = this.#entries[++this.#first];
    }
    // Moves the rest to the front now and then, so that appending stays cheap.
    if (this.#first > this.#entries.length / 2) {
      this.#entries.splice(0, this.#first);
      this.#first = 0;
    }
  }

  #hold({ commit, size }: LogEntry, times: 1 | -1): void {
    const { changes, bytes } = this.#held;
    this.#held = { changes: changes + times * commit.changes.length, bytes: bytes + times * size };
  }

  /** A listener's mistake is the process's to handle; it must not keep the others from hearing. */
  #tell(watcher: Watcher, commit: Commit): void {
    if (!this.#watchers.has(watcher) || commit.revision <= watcher.seen) return;
    watcher.seen = commit.revision;
    try {
      watcher.listener(commit);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }
}

function sum(entries: readonly LogEntry[]): LogBounds {
  let [changes, bytes] = [0, 0];
  for (const { commit, size } of entries) {
    changes += commit.changes.length;
    bytes += size;
  }
  return { changes, bytes };
}
