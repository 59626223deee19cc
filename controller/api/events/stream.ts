import type { Commit, Store } from '#controller/store/store';
import type { Onlooker, ShownChange } from './changes.ts';
import { type Cursor, formatCursor, isLost } from './cursor.ts';
import type { Journal } from './journal.ts';

/** Commits that are looked at in one go. */
const BATCH = 100;
/** Characters of events that are handed over in one go. */
const CHUNK = 64 * 1024;

/** What a stream of events is made from. */
export interface StreamSource {
  readonly store: Store;
  readonly journal: Journal;
  readonly onlooker: Onlooker;
  /** Milliseconds of silence after which a heartbeat is sent. */
  readonly heartbeat: number;
  /** Whether the reader may still read: its token may have been taken away. Asked before each batch. */
  readonly isWelcome: () => boolean;
}

/**
 * Server-sent events (WHATWG HTML, 9.2), as fast as they are taken, until the signal aborts. Events: `ready` first,
 * with where reading begins; `change`; `heartbeat`; and `reset`, when what changed meanwhile is not known any more, so
 * that the reader has to list everything anew. An event's id is where to go on; of a commit's changes only the last has
 * one, so that who is cut off between them gets all of them again.
 */
export async function* eventStream(
  start: Cursor | undefined,
  { store, journal, onlooker, heartbeat, isWelcome }: StreamSource,
  signal: AbortSignal,
): AsyncGenerator<string> {
  let revision = start?.revision ?? store.revision;
  const isForeign = start?.history !== undefined && start.history !== store.history;
  if (isForeign) {
    revision = store.revision;
    yield position('reset');
  } else yield position('ready');
  while (!signal.aborted && isWelcome()) {
    const commits = next();
    if (commits === undefined) {
      revision = store.revision;
      yield position('reset');
    } else if (commits.length === 0) {
      const before = store.revision;
      await journal.wait(revision, heartbeat, signal);
      if (store.revision === before && !signal.aborted) yield position('heartbeat');
    } else yield* changesOf(commits);
  }

  function next(): readonly Commit[] | undefined {
    try {
      return journal.after(revision, BATCH);
    } catch (error) {
      if (isLost(error)) return undefined;
      throw error;
    }
  }

  function* changesOf(commits: readonly Commit[]): Generator<string> {
    let text = '';
    for (const commit of commits) {
      // Held back until it is known whether it is the commit's last.
      let held: ShownChange | undefined;
      for (const change of onlooker.changesIn(commit)) {
        if (change === 'unknown') {
          revision = store.revision;
          yield text + position('reset');
          return;
        }
        if (held !== undefined) text += eventText('change', held);
        held = change;
        if (text.length < CHUNK) continue;
        yield text;
        text = '';
      }
      revision = commit.revision;
      if (held !== undefined) text += eventText('change', held, formatCursor(store, revision));
    }
    if (text !== '') yield text;
  }

  function position(event: string): string {
    return eventText(event, { history: store.history, revision }, formatCursor(store, revision));
  }
}

function eventText(event: string, data: unknown, id?: string): string {
  return `event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`;
}
