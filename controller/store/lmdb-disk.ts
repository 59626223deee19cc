import { randomUUID } from 'node:crypto';
import { open } from 'lmdb';
import type { Batch, Contents, Disk } from './engine.ts';
import { StoreError } from './errors.ts';
import { migrate, SCHEMA_VERSION } from './migrate.ts';
import { isAlive, type Owner, thisProcess } from './owner.ts';
import type { CollectionName, Collections, Commit, KeySeries } from './store.ts';

export type Databases = ReturnType<typeof openDatabases>;
type ObjectKey = [collection: CollectionName, id: string];

/**
 * One LMDB environment in a directory. Opening claims it for this process in the file itself, under LMDB's own
 * lock between processes, so that two openings at once can't both succeed. `newSchema` is the version of what will
 * be written into a new one.
 */
export function openDisk(path: string, newSchema = SCHEMA_VERSION): Disk & { read(): Contents } {
  const databases = openDatabases(path);
  try {
    databases.root.transactionSync(() => {
      claim(databases, path);
      prepare(databases, path, newSchema);
    });
  } catch (error) {
    void databases.root.close();
    throw error;
  }
  return {
    read: () => read(databases),
    write: (batch) => write(databases, path, batch),
    async close() {
      // On a full disk the claim stays; it ends with this process anyway.
      await databases.root.childTransaction(() => databases.meta.removeSync('owner')).catch(causeOf);
      await databases.root.close();
    },
  };
}

function openDatabases(path: string) {
  const root = open({
    path,
    noSubdir: false,
    encoding: 'json',
    // With overlapping sync a commit would be acknowledged before it is on the disk.
    overlappingSync: false,
    // The engine batches already; this batching makes promises that nobody handles when the disk is full.
    eventTurnBatching: false,
  });
  return {
    root,
    objects: root.openDB<Collections[CollectionName], ObjectKey>({ name: 'objects' }),
    /** The changes of each commit, by its revision. */
    log: root.openDB<Commit['changes'], number>({ name: 'log' }),
    /** `schema`, `owner`, `history`, `revision`, and `counters`. */
    meta: root.openDB<unknown, string>({ name: 'meta' }),
  };
}

function claim({ meta }: Databases, directory: string): void {
  const owner = meta.get('owner') as Owner | undefined;
  if (owner !== undefined && isAlive(owner))
    throw new StoreError('STORE_LOCKED', { directory, pid: owner.pid });
  meta.putSync('owner', thisProcess());
}

/** Brings what an older version has written up to date; makes what a new store needs. */
function prepare(databases: Databases, directory: string, newSchema: number): void {
  const { meta } = databases;
  const found = meta.get('schema');
  if (found === undefined) {
    meta.putSync('schema', newSchema);
  } else {
    if (typeof found !== 'number' || found > SCHEMA_VERSION)
      throw new StoreError('STORE_TOO_NEW', { directory, found, supported: SCHEMA_VERSION });
    migrate(databases, found);
    meta.putSync('schema', SCHEMA_VERSION);
  }
  if (meta.get('history') === undefined) meta.putSync('history', randomUUID());
}

/**
 * Claims a store without keeping its file open: nobody else can, until the function that this resolves with is
 * called or the process ends.
 */
export async function claimOnly(path: string): Promise<() => Promise<void>> {
  const visit = async (work: (databases: Databases) => void) => {
    const databases = openDatabases(path);
    try {
      databases.root.transactionSync(() => work(databases));
    } finally {
      await databases.root.close();
    }
  };
  await visit((databases) => claim(databases, path));
  return () => visit(({ meta }) => meta.removeSync('owner'));
}

function read({ objects, log, meta }: Databases): Contents {
  return {
    history: String(meta.get('history')),
    revision: readRevision(meta),
    counters: readCounters(meta),
    log: [...log.getRange()].map(({ key, value }) => ({ revision: key, changes: value })),
    objects: objects.getRange().map(({ key: [collection, id], value }) => [collection, id, value] as const),
  };
}

async function write(databases: Databases, directory: string, batch: Batch): Promise<void> {
  const { root, meta } = databases;
  const before = readRevision(meta);
  try {
    // A child transaction, because only that one is undone when its callback throws.
    await root.childTransaction(() => writeNow(databases, batch));
  } catch (error) {
    const cause = await causeOf(error);
    throw new StoreError('STORE_WRITE_FAILED', { directory, revision: before }, cause);
  }
}

/** lmdb says why a commit failed in a second promise, which has to be handled. */
async function causeOf(error: unknown): Promise<unknown> {
  if (!(error instanceof Error && 'commitError' in error)) return error;
  return Promise.resolve(error.commitError).catch((cause: unknown) => cause);
}

function writeNow({ objects, log, meta }: Databases, { commits, counters, forget }: Batch): void {
  for (const { revision, changes } of commits) {
    for (const { collection, id, after } of changes) {
      if (after === undefined) objects.removeSync([collection, id]);
      else objects.putSync([collection, id], after);
    }
    if (revision > forget) log.putSync(revision, changes);
    meta.putSync('revision', revision);
  }
  for (const revision of [...log.getKeys({ end: forget + 1 })]) log.removeSync(revision);
  if (counters.size > 0) meta.putSync('counters', Object.fromEntries([...readCounters(meta), ...counters]));
}

function readRevision(meta: Databases['meta']): number {
  return Number(meta.get('revision') ?? 0);
}

function readCounters(meta: Databases['meta']): ReadonlyMap<KeySeries, number> {
  return new Map(Object.entries(meta.get('counters') ?? {}) as [KeySeries, number][]);
}
