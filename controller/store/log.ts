import { StoreError } from './errors.ts';
import type { Commit } from './store.ts';

interface Watcher {
  seen: number;
  readonly listener: (commit: Commit) => void;
}

/** The last commits, for whoever watches from a revision. Its bound counts changes, because commits vary in size. */
export class CommitLog {
  readonly #length: number;
  /** Commits in order of revision; those before `#first` are forgotten. */
  readonly #commits: Commit[];
  #first = 0;
  #changeCount: number;
  #revision: number;
  readonly #watchers = new Set<Watcher>();

  constructor(revision: number, commits: readonly Commit[], length: number) {
    this.#revision = revision;
    this.#commits = [...commits];
    this.#changeCount = countChanges(commits);
    this.#length = length;
  }

  /** Revision of the latest commit, also when the log itself is empty. */
  get revision(): number {
    return this.#revision;
  }

  watch(from: number, listener: (commit: Commit) => void): () => void {
    if (from > this.#revision) throw new StoreError('STORE_AHEAD', { from, revision: this.#revision });
    const oldest = this.#revision - (this.#commits.length - this.#first);
    if (from < oldest) throw new StoreError('STORE_COMPACTED', { from, oldest });
    const watcher: Watcher = { seen: from, listener };
    this.#watchers.add(watcher);
    for (const commit of this.#commits.slice(this.#first + from - oldest)) this.#tell(watcher, commit);
    return () => {
      this.#watchers.delete(watcher);
    };
  }

  /** The revision up to which (inclusive) the log is to be forgotten once these commits are appended. */
  forgottenAfter(commits: readonly Commit[]): number {
    let excess = this.#changeCount + countChanges(commits) - this.#length;
    let forgotten = 0;
    const latest = commits.at(-1);
    for (let at = this.#first; excess > 0; at++) {
      const commit = this.#commits[at] ?? commits[at - this.#commits.length];
      // The latest commit stays even if it alone is larger than the log.
      if (commit === undefined || commit === latest) break;
      excess -= commit.changes.length;
      forgotten = commit.revision;
    }
    return forgotten;
  }

  append(commit: Commit): void {
    this.#commits.push(commit);
    this.#changeCount += commit.changes.length;
    this.#revision = commit.revision;
    for (const watcher of [...this.#watchers]) this.#tell(watcher, commit);
  }

  forget(revision: number): void {
    for (let commit = this.#commits[this.#first]; commit !== undefined && commit.revision <= revision; ) {
      this.#changeCount -= commit.changes.length;
      commit = this.#commits[++this.#first];
    }
    // Moves the rest to the front now and then, so that appending stays cheap.
    if (this.#first > this.#commits.length / 2) {
      this.#commits.splice(0, this.#first);
      this.#first = 0;
    }
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

function countChanges(commits: readonly Commit[]): number {
  return commits.reduce((count, commit) => count + commit.changes.length, 0);
}
