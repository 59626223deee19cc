import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';

/** Bytes before the meta data in a page of LMDB's file, as its fork in the `lmdb` package writes it. */
const PAGE_HEADER_SIZE = 24;
const MAGIC = 0xbeefc0de;

/**
 * Throws if the directory holds a data file that is not LMDB's. It has to be asked first, because LMDB itself
 * ends the process on such a file. No file, or an empty one, is a new store.
 */
export function checkHeader(directory: string): void {
  const header = readStart(join(directory, 'data.mdb'), PAGE_HEADER_SIZE + 4);
  if (header.length === 0) return;
  if (header.length < PAGE_HEADER_SIZE + 4 || header.readUInt32LE(PAGE_HEADER_SIZE) !== MAGIC)
    throw new Error('data.mdb is not an LMDB file');
}

function readStart(path: string, size: number): Buffer {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
  try {
    const start = Buffer.alloc(size);
    return start.subarray(0, readSync(file, start));
  } finally {
    closeSync(file);
  }
}
