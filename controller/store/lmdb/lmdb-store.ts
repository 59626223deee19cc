import { realpathSync, statSync } from 'node:fs';
import { Engine } from '../engine.ts';
import { StoreError, unreadable } from '../errors.ts';
import { logBounds, type StoreOptions } from '../options.ts';
import type { Store } from '../store.ts';
import { makeDirectory } from './directory.ts';
import { openDisk } from './disk.ts';
import { checkData, dataFile, readData } from './read.ts';

/** Directories that this process has open: closing one of two openings would pull LMDB from under the other. */
const openHere = new Set<string>();

/** Keeps a directory, by its real path, from being opened twice in this process, until the function returned is called. */
export function occupy(path: string): () => void {
  if (openHere.has(path)) throw new StoreError('STORE_LOCKED', { directory: path, pid: process.pid });
  openHere.add(path);
  return () => openHere.delete(path);
}

/**
 * Opens (or makes) the embedded store: one directory with LMDB inside. Every commit is on the disk before it is
 * acknowledged. Rejects with StoreError STORE_LOCKED, STORE_TOO_NEW, STORE_DAMAGED, or STORE_UNREADABLE.
 */
export async function openStore(directory: string, options: StoreOptions = {}): Promise<Store> {
  try {
    makeDirectory(directory);
    const path = realpathSync(directory);
    const leave = occupy(path);
    try {
      return await openIn(path, leave, options);
    } catch (error) {
      leave();
      throw error;
    }
  } catch (error) {
    throw unreadable(directory, error);
  }
}

async function openIn(path: string, leave: () => void, options: StoreOptions): Promise<Store> {
  const before = fileOf(path);
  checkData(path);
  const disk = openDisk(path);
  const close = async () => {
    await disk.close();
    leave();
  };
  try {
    // A restore may have put another file in its place while it was being opened.
    if (before !== undefined && before !== fileOf(path))
      throw new StoreError('STORE_LOCKED', { directory: path, reason: 'it has just been replaced' });
    return readData(path, (contents) => new Engine({ ...disk, close }, contents, logBounds(options)));
  } catch (error) {
    await close();
    throw error;
  }
}

/** Which file the data file is; undefined if there is none yet. */
function fileOf(path: string): number | undefined {
  return statSync(dataFile(path), { throwIfNoEntry: false })?.ino;
}
