import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { ConfigError } from './config.ts';

/** Bytes of a file of secrets. */
const LARGEST_FILE = 4 * 1024 * 1024;

/**
 * Reads a file of secrets. Throws RangeError that says what is wrong with it: it has to be a regular file that only
 * its owner can read, and its owner has to be this process's user or root.
 */
export function readPrivateFile(file: string): string {
  const descriptor = open(file);
  try {
    const { mode, uid } = checkedStatus(descriptor, file);
    if ((mode & 0o077) !== 0)
      throw new RangeError(`${file}: others can read or write it; run: chmod 600 ${file}`);
    if (uid !== 0 && uid !== process.getuid?.())
      throw new RangeError(`${file}: belongs to user ${uid}, neither to root nor to this process's user`);
    return readFileSync(descriptor, 'utf8');
  } finally {
    closeSync(descriptor);
  }
}

/** Reads a file that everybody may know. Throws RangeError likewise. */
export function readPublicFile(file: string): string {
  const descriptor = open(file);
  try {
    checkedStatus(descriptor, file);
    return readFileSync(descriptor, 'utf8');
  } finally {
    closeSync(descriptor);
  }
}

/** Runs `read`; a RangeError of it becomes a ConfigError that names the setting. */
export function reading<T>(source: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) throw new ConfigError(source, error.message);
    throw error;
  }
}

function checkedStatus(descriptor: number, file: string) {
  const status = fstatSync(descriptor);
  if (!status.isFile()) throw new RangeError(`${file}: is not a regular file`);
  if (status.size > LARGEST_FILE) throw new RangeError(`${file}: is larger than ${LARGEST_FILE} bytes`);
  return status;
}

function open(file: string): number {
  try {
    // Not blocking: what is named may be a pipe that nobody writes to.
    return openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (error instanceof Error && 'code' in error)
      throw new RangeError(`${file}: cannot be read (${error.code})`);
    throw error;
  }
}
