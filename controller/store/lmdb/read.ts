import { statSync } from 'node:fs';
import { join } from 'node:path';
import { readKey } from 'ordered-binary';
import type { Contents } from '../engine.ts';
import { StoreError } from '../errors.ts';
import type { Change, CollectionName, Collections, KeySeries } from '../store.ts';
import { checkOf, type Digest, NOTHING, unseal, withEntry } from './checked.ts';
import type { ObjectKey } from './disk.ts';
import { type Entry, LmdbFile } from './file.ts';
import { checkOfMeta, type Meta } from './meta.ts';
import { openersOf } from './openers.ts';
import { isAlive } from './owner.ts';

/**
 * Checks that LMDB can be let at the data file of a directory. Throws StoreError STORE_LOCKED when a process has it,
 * and STORE_DAMAGED. No file, or an empty one, is a new store.
 */
export function checkData(directory: string): void {
  const path = dataFile(directory);
  if (!statSync(path, { throwIfNoEntry: false })?.size) return;
  try {
    reading(path, (file) => {
      const { owner } = readMeta(file.trees().get('meta') ?? []);
      if (owner !== undefined && isAlive(owner))
        throw new StoreError('STORE_LOCKED', { directory, pid: owner.pid });
      file.check();
    });
  } catch (error) {
    // What another process writes meanwhile makes no sense either.
    const [pid] = openersOf(path);
    throw pid === undefined ? error : new StoreError('STORE_LOCKED', { directory, pid });
  }
}

/**
 * Hands `use` everything in the data file of a directory whose owner this process is; the objects are read as they
 * are asked for, once. Throws StoreError STORE_DAMAGED, also when what was asked for ends and not all was there.
 */
export function readData<T>(directory: string, use: (contents: Contents) => T): T {
  const path = dataFile(directory);
  return reading(path, (file) => {
    const trees = file.trees();
    const meta = readMeta(trees.get('meta') ?? []);
    if (meta.check !== checkOfMeta((key) => meta[key])) fail(path, 'the checksum of meta is wrong');
    const { history = '', revision = 0, counters = {}, digests } = meta;
    const log = unsealed(path, 'log', trees.get('log') ?? [], digests?.log ?? NOTHING);
    const objects = unsealed(path, 'objects', trees.get('objects') ?? [], digests?.objects ?? NOTHING);
    return use({
      history,
      revision,
      counters: new Map(Object.entries(counters) as [KeySeries, number][]),
      log: [...log].map(([key, changes]) => ({ revision: key as number, changes: changes as Change[] })),
      objects: objectsOf(objects),
    });
  });
}

/** The data file of a store's directory. */
export function dataFile(directory: string): string {
  return join(directory, 'data.mdb');
}

function reading<T>(path: string, use: (file: LmdbFile) => T): T {
  const file = new LmdbFile(path);
  try {
    return use(file);
  } finally {
    file.close();
  }
}

/** Only what this software has written is in there, once its checksum is right. */
function readMeta(entries: Iterable<Entry>): Partial<Meta> {
  const meta: Record<string, unknown> = {};
  for (const { key, value } of entries) meta[String(keyOf(key))] = unseal(value);
  return meta;
}

type Key = ObjectKey | number;

function* objectsOf(entries: Iterable<[Key, unknown]>): Contents['objects'] & Generator {
  for (const [key, value] of entries) {
    const [collection, id] = key as ObjectKey;
    const record = value as Collections[CollectionName] & { readonly id?: string };
    // Most records hold their id: one text is enough.
    yield [collection, record.id === id ? record.id : id, record] as const;
  }
}

/** The entries of a tree whose values carry checksums; when they end, all must have been there. */
function* unsealed(
  path: string,
  name: string,
  entries: Iterable<Entry>,
  digest: Digest,
): Generator<[Key, unknown]> {
  let found = NOTHING;
  for (const entry of entries) {
    const key = keyOf(entry.key) as Key;
    found = withEntry(found, checkOf(key, entry.value));
    yield [key, unsealOf(path, key, entry.value)];
  }
  if (found.count !== digest.count || found.sum !== digest.sum)
    fail(path, `${name} has other entries than were written: ${found.count} of ${digest.count}`);
}

function unsealOf(path: string, key: Key, bytes: Buffer): unknown {
  try {
    return unseal(bytes);
  } catch (error) {
    if (error instanceof RangeError)
      return fail(path, `the value of ${JSON.stringify(key)}: ${error.message}`);
    throw error;
  }
}

function keyOf(bytes: Buffer): unknown {
  return readKey(bytes, 0, bytes.length);
}

function fail(file: string, reason: string): never {
  throw new StoreError('STORE_DAMAGED', { file, reason });
}
