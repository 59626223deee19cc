import { crc32 } from 'node:zlib';

/** Begins a value that carries a checksum; JSON, which is all that older versions wrote, never begins so. */
const MARK = 0x01;
const HEAD_SIZE = 5;

/** What stands for all entries of a tree at once: no entry can be lost, added or replaced by an older one unnoticed. */
export interface Digest {
  readonly count: number;
  /** Sum of the entries' checks, modulo 2^32. */
  readonly sum: number;
}

export const NOTHING: Digest = { count: 0, sum: 0 };

/** A value as it is written: JSON behind a mark and its CRC-32. */
export function seal(value: unknown): Buffer {
  const text = JSON.stringify(value);
  const bytes = Buffer.allocUnsafe(HEAD_SIZE + Buffer.byteLength(text));
  bytes[0] = MARK;
  bytes.write(text, HEAD_SIZE);
  bytes.writeUInt32LE(crc32(bytes.subarray(HEAD_SIZE)), 1);
  return bytes;
}

/** The value again. Throws RangeError when its checksum is wrong. */
export function unseal(bytes: Buffer): unknown {
  if (bytes[0] !== MARK) return parse(bytes.toString());
  if (bytes.length <= HEAD_SIZE || crc32(bytes.subarray(HEAD_SIZE)) !== bytes.readUInt32LE(1))
    throw new RangeError('its checksum is wrong');
  return parse(bytes.toString('utf8', HEAD_SIZE));
}

/** The check of an entry, from its key and its value as it is written. */
export function checkOf(key: readonly string[] | number, bytes: Buffer): number {
  const seal = bytes[0] === MARK && bytes.length > HEAD_SIZE ? bytes.readUInt32LE(1) : crc32(bytes);
  return crc32(typeof key === 'number' ? `${key}` : key.join('\0'), seal);
}

/** The digest with one entry more. */
export function withEntry({ count, sum }: Digest, check: number): Digest {
  return { count: count + 1, sum: (sum + check) >>> 0 };
}

/** The digest with one entry less. */
export function withoutEntry({ count, sum }: Digest, check: number): Digest {
  return { count: count - 1, sum: (sum - check) >>> 0 };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new RangeError('it is not JSON');
  }
}
