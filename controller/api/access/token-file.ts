import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { Tokens } from './tokens.ts';

/** Bytes of a token file. */
const LARGEST_FILE = 4 * 1024 * 1024;

/**
 * Reads a file of tokens (README, "Security"). Throws RangeError that says what is wrong with it: it has to be a
 * regular file that only its owner can read, and its owner has to be this process's user or root.
 */
export function readTokenFile(file: string): Tokens {
  const descriptor = open(file);
  try {
    const { mode, uid, size } = fstatSync(descriptor);
    if ((mode & constants.S_IFMT) !== constants.S_IFREG)
      throw new RangeError(`${file}: is not a regular file`);
    if ((mode & 0o077) !== 0)
      throw new RangeError(`${file}: others can read or write it; run: chmod 600 ${file}`);
    if (uid !== 0 && uid !== process.getuid?.())
      throw new RangeError(`${file}: belongs to user ${uid}, neither to root nor to this process's user`);
    if (size > LARGEST_FILE) throw new RangeError(`${file}: is larger than ${LARGEST_FILE} bytes`);
    return parse(file, readFileSync(descriptor, 'utf8'));
  } finally {
    closeSync(descriptor);
  }
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

function parse(file: string, text: string): Tokens {
  try {
    return new Tokens(text);
  } catch (error) {
    if (error instanceof RangeError) throw new RangeError(`${file}: ${error.message}`);
    throw error;
  }
}
