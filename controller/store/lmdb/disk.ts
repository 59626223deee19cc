import { randomUUID } from 'node:crypto';
import { open } from 'lmdb';
import type { Batch, Disk } from '../engine.ts';
import { StoreError } from '../errors.ts';
import { migrate, SCHEMA_VERSION } from '../migrate.ts';
import type { CollectionName, Collections, Commit } from '../store.ts';
import { NOTHING } from './checked.ts';
import { checkOfMeta, type Meta } from './meta.ts';
import { isAlive, type Owner, thisProcess } from './owner.ts';
import { LmdbTree } from './tree.ts';

export type Databases = ReturnType<typeof openDatabases>;
export type ObjectKey = [collection: CollectionName, id: string];

/**
 * One LMDB environment in a directory. Opening claims it for this process in the file itself, under LMDB's own
 * lock between processes, so that two openings at once can't both succeed. `newSchema` is the version of what will
 * be written into a new one.
 */
export function openDisk(path: string, newSchema = SCHEMA_VERSION): Disk {
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
    write: (batch) => write(databases, path, batch),
    async probe() {
      const { root, meta } = databases;
      await root.childTransaction(() => meta.putSync('probe', '0'.repeat(PROBE_SIZE))).catch(rethrow);
      await root.childTransaction(() => meta.removeSync('probe')).catch(rethrow);
    },
    async close() {
      // On a full disk the claim stays; it ends with this process anyway.
      await databases.root.childTransaction(() => databases.meta.removeSync('owner')).catch(causeOf);
      await databases.root.close();
    },
  };
}

/** Bytes; more than what the requests of a busy second write. */
const PROBE_SIZE = 256 * 1024;

async function rethrow(error: unknown): Promise<never> {
  throw await causeOf(error);
}

function openDatabases(path: string) {
  const root = open({
    path,
    noSubdir: false,
    // With overlapping sync a commit would be acknowledged before it is on the disk.
    overlappingSync: false,
    // The engine batches already; this batching makes promises that nobody handles when the disk is full.
    eventTurnBatching: false,
  });
  const sealed = { encoding: 'binary' } as const;
  return {
    root,
    objects: new LmdbTree<ObjectKey, Collections[CollectionName]>(root.openDB('objects', sealed)),
    /** The changes of each commit, by its revision. */
    log: new LmdbTree<number, Commit['changes']>(root.openDB('log', sealed)),
    meta: root.openDB<Meta[keyof Meta], keyof Meta>('meta', { encoding: 'json' }),
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
  const found = meta.get('schema') ?? newSchema;
  if (typeof found !== 'number' || found > SCHEMA_VERSION)
    throw new StoreError('STORE_TOO_NEW', { directory, found, supported: SCHEMA_VERSION });
  const isNew = meta.get('schema') === undefined;
  if (!isNew && found === SCHEMA_VERSION && meta.get('check') !== undefined) return;
  change(databases, ({ objects, log }) => {
    if (!isNew && meta.get('check') === undefined) for (const tree of [objects, log]) tree.adopt();
    if (!isNew) migrate(databases, found);
    meta.putSync('schema', isNew ? newSchema : SCHEMA_VERSION);
    if (meta.get('history') === undefined) meta.putSync('history', randomUUID());
  });
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

function writeNow(databases: Databases, { commits, counters, forget }: Batch): void {
  const { meta } = databases;
  change(databases, ({ objects, log }) => {
    for (const { revision, changes } of commits) {
      for (const { collection, id, after } of changes) {
        if (after === undefined) objects.removeSync([collection, id]);
        else objects.putSync([collection, id], after);
      }
      if (revision > forget) log.putSync(revision, changes);
      meta.putSync('revision', revision);
    }
    for (const revision of log.keysBefore(forget + 1)) log.removeSync(revision);
    if (counters.size > 0)
      meta.putSync('counters', {
        ...(meta.get('counters') as Meta['counters']),
        ...Object.fromEntries(counters),
      });
  });
}

/** Lets `work` change the trees inside of a transaction, and writes down what stands for all that is there now. */
function change(databases: Databases, work: (databases: Databases) => void): void {
  const { objects, log, meta } = databases;
  const digests = meta.get('digests') as Meta['digests'];
  objects.digest = digests?.objects ?? NOTHING;
  log.digest = digests?.log ?? NOTHING;
  work(databases);
  meta.putSync('digests', { objects: objects.digest, log: log.digest });
  meta.putSync(
    'check',
    checkOfMeta((key) => meta.get(key)),
  );
}

function readRevision(meta: Databases['meta']): number {
  return Number(meta.get('revision') ?? 0);
}
