import { CodecError } from '../errors.ts';
import { encodeEntries, readEntry } from '../match/codec.ts';
import type { FieldMatch, Match, RawField } from '../match.ts';
import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

const NAME = 'nx_match';
const BAD_LENGTH = [4, 1] as const;
const HEADER_SIZE = 4;

/** NXM_NX_COOKIE without and with a mask: it has the number of NXM_NX_MPLS_TTL, and another length. */
const COOKIES: ReadonlyMap<number, number> = new Map([
  [0x00013c08, HEADER_SIZE + 8],
  [0x00013d10, HEADER_SIZE + 16],
]);

/** Reads the fields of an nx_match and its padding to 8 bytes, which must be zeros. */
export function readNxMatch(length: number, reader: Reader, listEnd: number): Match {
  const start = reader.take((length + 7) & ~7, listEnd, NAME, BAD_LENGTH);
  const after = reader.at;
  const end = start + length;
  if (!reader.isZero(end, after)) {
    throw new CodecError('OFC_VALUE', { struct: NAME, field: 'pad', offset: end }, BAD_LENGTH);
  }
  reader.at = start;
  const match: (FieldMatch | RawField)[] = [];
  while (reader.at < end) match.push(readCookie(reader, end) ?? readEntry(reader, end));
  reader.at = after;
  return match;
}

/** Appends the fields and their padding, and writes their length at `lengthAt`. */
export function writeNxMatch(match: Match, lengthAt: number, writer: Writer): void {
  const start = writer.size;
  encodeEntries(match, writer);
  writer.writeSize(lengthAt, start, NAME);
  writer.align(start);
}

/** The cookie as a raw field, or undefined when another one follows. */
function readCookie(reader: Reader, end: number): RawField | undefined {
  const start = reader.at;
  if (end - start < HEADER_SIZE) return undefined;
  const size = COOKIES.get(reader.view.getUint32(start));
  if (size === undefined) return undefined;
  reader.take(size, end, NAME, BAD_LENGTH);
  return { field: 'raw', bytes: reader.copy(start, reader.at) };
}
