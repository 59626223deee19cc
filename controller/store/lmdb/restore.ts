import { existsSync, linkSync, mkdirSync, readdirSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { BackupHeader } from '../backup.ts';
import { type BackupObject, readBackup } from '../backup-reader.ts';
import type { Batch, Disk } from '../engine.ts';
import { StoreError, unreadable } from '../errors.ts';
import type { Change, KeySeries } from '../store.ts';
import { makeDirectory } from './directory.ts';
import { claimOnly, openDisk } from './disk.ts';
import { occupy } from './lmdb-store.ts';
import { isAlive, type Owner, thisProcess } from './owner.ts';
import { checkData, dataFile } from './read.ts';

/**
 * Makes a data directory's store what a backup says, as another history. The store is built beside the old one and
 * takes its place by one rename, so that a restore cut short leaves the old one. `isForced` allows to replace a store.
 * Resolves with the header of the backup. Rejects with StoreError: BACKUP_…, STORE_NOT_EMPTY, STORE_LOCKED while
 * another process has the directory, STORE_UNREADABLE.
 */
export async function restoreStore(
  directory: string,
  source: AsyncIterable<Uint8Array>,
  { isForced = false } = {},
): Promise<BackupHeader> {
  try {
    makeDirectory(directory);
    const path = realpathSync(directory);
    const leave = occupy(path);
    try {
      return await restoreInto(path, source, isForced);
    } finally {
      leave();
    }
  } catch (error) {
    throw unreadable(directory, error);
  }
}

async function restoreInto(
  path: string,
  source: AsyncIterable<Uint8Array>,
  isForced: boolean,
): Promise<BackupHeader> {
  const replaces = existsSync(dataFile(path));
  if (replaces && !isForced) throw new StoreError('STORE_NOT_EMPTY', { directory: path });
  const release = replaces ? await hold(path) : async () => {};
  let [scratch, isPlaced] = ['', false];
  try {
    scratch = makeScratch(path);
    const header = await fill(scratch, source);
    place(dataFile(scratch), dataFile(path), replaces);
    isPlaced = true;
    await sync(path);
    return header;
  } finally {
    if (scratch !== '') rmSync(scratch, { recursive: true });
    // What was claimed is gone once it is replaced.
    if (!isPlaced) await release();
  }
}

/** Keeps everybody else from opening the store; one that is damaged nobody else can open. */
async function hold(path: string): Promise<() => Promise<void>> {
  try {
    checkData(path);
  } catch (error) {
    if (error instanceof StoreError && error.code === 'STORE_DAMAGED') return async () => {};
    throw error;
  }
  return claimOnly(path);
}

/** Builds the store in a directory of its own. */
async function fill(scratch: string, source: AsyncIterable<Uint8Array>): Promise<BackupHeader> {
  let disk: Disk | undefined;
  let batch: Omit<Batch, 'commits'> | undefined;
  let revision = 0;
  try {
    return await readBackup(source, {
      begin(header) {
        disk = openDisk(scratch, header.schema);
        revision = header.revision;
        // All is of one revision, before which there is nothing to watch.
        const counters = Object.entries(header.counters) as [KeySeries, number][];
        batch = { counters: new Map(counters), forget: revision };
      },
      async objects(objects) {
        if (batch !== undefined)
          await disk?.write({ ...batch, commits: [{ revision, changes: objects.map(creation) }] });
      },
    });
  } finally {
    await disk?.close();
  }
}

/** Collections and values are of the backup's version, which may be older than the types here. */
function creation([collection, id, after]: BackupObject): Change {
  return { collection, id, after } as unknown as Change;
}

/** A store that has come up meanwhile must not be replaced unless that was the plan. */
function place(from: string, to: string, replaces: boolean): void {
  try {
    if (replaces) renameSync(from, to);
    else linkSync(from, to);
  } catch (error) {
    if (!replaces && existsSync(to)) throw new StoreError('STORE_NOT_EMPTY', { directory: to });
    throw error;
  }
}

const SCRATCH = 'restore';

/** A directory whose name says whose it is; those of processes that were killed are removed. */
function makeScratch(path: string): string {
  for (const name of readdirSync(path)) {
    const [kind, pid = '', started = '', boot = ''] = name.split('_');
    const owner: Owner = { pid: Number(pid), started, boot };
    if (kind === SCRATCH && !isAlive(owner)) rmSync(join(path, name), { recursive: true });
  }
  const { pid, started, boot } = thisProcess();
  const scratch = join(path, `${SCRATCH}_${pid}_${started}_${boot}`);
  mkdirSync(scratch, { mode: 0o700 });
  return scratch;
}

/** The new name is as durable as the file only when its directory is. */
async function sync(path: string): Promise<void> {
  const folder = await open(path);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
