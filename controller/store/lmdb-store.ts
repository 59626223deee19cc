import { mkdirSync, realpathSync } from 'node:fs';
import { Engine } from './engine.ts';
import { StoreError } from './errors.ts';
import { openDisk } from './lmdb-disk.ts';
import { checkHeader } from './lmdb-header.ts';
import { logBounds, type StoreOptions } from './options.ts';
import type { Store } from './store.ts';

/** Directories that this process has open: closing one of two openings would pull LMDB from under the other. */
const openHere = new Set<string>();

/**
 * Opens (or makes) the embedded store: one directory with LMDB inside. Every commit is on the disk before it is
 * acknowledged. Rejects with StoreError STORE_LOCKED, STORE_TOO_NEW, or STORE_UNREADABLE.
 */
export async function openStore(directory: string, options: StoreOptions = {}): Promise<Store> {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const path = realpathSync(directory);
    if (openHere.has(path)) throw new StoreError('STORE_LOCKED', { directory, pid: process.pid });
    checkHeader(path);
    const disk = openDisk(path);
    openHere.add(path);
    const close = async () => {
      await disk.close();
      openHere.delete(path);
    };
    try {
      return new Engine({ write: disk.write, close }, disk.read(), logBounds(options));
    } catch (error) {
      await close();
      throw error;
    }
  } catch (error) {
    throw error instanceof StoreError ? error : new StoreError('STORE_UNREADABLE', { directory }, error);
  }
}
