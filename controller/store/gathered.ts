import type { Change, Commit } from './store.ts';

/**
 * A listener of `Store.watch` that hands on all commits of one turn as one, with the last one's revision: a store tells
 * what it has written in one batch one by one, and what follows from a hundred of them need not be worked out a hundred
 * times. It runs before anything that waits for one of these commits goes on.
 */
export function gathered(listener: (commit: Commit) => void): (commit: Commit) => void {
  let changes: Change[] = [];
  let revision = 0;
  return (commit) => {
    // The microtask is queued before the promises of the commits are settled.
    if (changes.length === 0)
      queueMicrotask(() => {
        const all = changes;
        changes = [];
        listener({ revision, changes: all });
      });
    for (const change of commit.changes) changes.push(change);
    revision = commit.revision;
  };
}
