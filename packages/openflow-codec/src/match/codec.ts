import { type CodecCode, CodecError } from '../errors.ts';
import { FIELDS } from '../fields.ts';
import type { FieldMatch, Match, RawField } from '../match.ts';
import { type Reader, readWhole } from '../wire/reader.ts';
import { struct } from '../wire/struct.ts';
import type { Writer } from '../wire/writer.ts';
import { readHeader, writeHeader } from './header.ts';
import { MOST_PLAIN, plainEnd, readPlainEntry, writePlainEntry } from './plain.ts';
import {
  entrySize,
  fitsField,
  isEntrySize,
  readOption,
  readValue,
  wireSize,
  writeMask,
  writeOption,
  writeValue,
} from './value.ts';

/** ofp_match up to its fields (OF 1.3.5, 7.2.3.1). `length` leaves the padding at the end out. */
const MatchHeader = struct('ofp_match', 4, { matchType: 'u16', length: 'u16' });

const LENGTH_AT = 2;
const OFPMT_OXM = 1;
const OXM_HEADER_SIZE = 4;
const BAD_TYPE = [4, 0] as const;
const BAD_LENGTH = [4, 1] as const;

/** Appends an ofp_match with its padding, the fields in the order given. Throws OFC_RANGE and OFC_SIZE. */
export function encodeMatch(match: Match, writer: Writer): void {
  const start = writer.reserve(MatchHeader.size);
  writer.view.setUint16(start, OFPMT_OXM);
  encodeEntries(match, writer);
  writer.writeSize(start + LENGTH_AT, start, MatchHeader.name);
  writer.align(start);
}

/** Decodes an ofp_match that fills `bytes`, padding included. Throws CodecError. */
export function decodeMatch(bytes: Uint8Array): Match {
  return readWhole(bytes, MatchHeader.name, readMatch, BAD_LENGTH);
}

/** Reads an ofp_match and its padding, which must end before `end`. */
export function readMatch(reader: Reader, end: number): Match {
  const start = reader.take(MatchHeader.size, end, MatchHeader.name);
  const type = reader.view.getUint16(start);
  const length = reader.view.getUint16(start + LENGTH_AT);
  const after = start + ((length + 7) & ~7);
  if (type !== OFPMT_OXM) throw matchError('OFC_VALUE', 'matchType', start, BAD_TYPE);
  if (length < MatchHeader.size) throw matchError('OFC_LENGTH', 'length', start, BAD_LENGTH);
  if (after > end) throw matchError('OFC_SHORT', 'length', start, BAD_LENGTH);
  const match = readEntries(reader, start + length);
  reader.at = after;
  return match;
}

function matchError(
  code: CodecCode,
  field: keyof typeof MatchHeader.layout,
  offset: number,
  answer: readonly [type: number, code: number],
): CodecError {
  return new CodecError(code, { struct: MatchHeader.name, field, offset }, answer);
}

/** Appends the fields of a match, without a header around them. */
export function encodeEntries(match: Match, writer: Writer): void {
  const most = match.length * MOST_PLAIN;
  let at = writer.ensure(most);
  for (const entry of match) {
    const end = writePlainEntry(writer.view, at, entry);
    if (end > 0) {
      at = end;
    } else {
      writer.advance(at);
      encodeSpecialEntry(entry, writer);
      at = writer.ensure(most);
    }
  }
  writer.advance(at);
}

/** Reads fields without a header around them, up to `end`. */
export function readEntries(reader: Reader, end: number): Match {
  const { view } = reader;
  const match = new Array<FieldMatch | RawField>(countEntries(reader, end));
  let at = reader.at;
  for (let index = 0; at < end; index++) {
    let entry: FieldMatch | RawField | undefined = readPlainEntry(view, at, end);
    if (entry !== undefined) {
      at = plainEnd(view, at);
    } else {
      reader.at = at;
      entry = readSpecialEntry(reader, end);
      at = reader.at;
    }
    match[index] = entry;
  }
  reader.at = at;
  return match;
}

/** How many entries follow, if their lengths are true: a list of that size has no room that nobody uses. */
function countEntries({ view, at }: Reader, end: number): number {
  let count = 0;
  for (let next = at; end - next >= OXM_HEADER_SIZE; count++)
    next += OXM_HEADER_SIZE + view.getUint8(next + 3);
  return count;
}

/** Appends one OXM entry. */
export function encodeEntry(entry: FieldMatch | RawField, writer: Writer): void {
  const end = writePlainEntry(writer.view, writer.ensure(MOST_PLAIN), entry);
  if (end > 0) writer.advance(end);
  else encodeSpecialEntry(entry, writer);
}

function encodeSpecialEntry(entry: FieldMatch | RawField, writer: Writer): void {
  if (entry.field === 'raw') {
    writer.append(entry.bytes);
    return;
  }
  const { field, value, mask } = entry;
  if (FIELDS[field].isVariable) {
    writeTunnelOption(entry, writer);
    return;
  }
  writeHeader(field, entry.form ?? 'oxm', mask !== undefined, writer);
  writeValue(field, value, writer);
  if (mask !== undefined) writeMask(field, mask, writer);
}

/** Reads one OXM entry that must end before `end`. */
export function readEntry(reader: Reader, end: number): FieldMatch | RawField {
  const plain = readPlainEntry(reader.view, reader.at, end);
  if (plain === undefined) return readSpecialEntry(reader, end);
  reader.at = plainEnd(reader.view, reader.at);
  return plain;
}

function readSpecialEntry(reader: Reader, end: number): FieldMatch | RawField {
  const start = reader.at;
  const header = readHeader(reader, end);
  const { field } = header;
  const at = reader.take(header.payload, end, 'oxm_entry', BAD_LENGTH);
  if (field === undefined) return { field: 'raw', bytes: reader.copy(start, reader.at) };
  const size = FIELDS[field].isVariable ? header.payload / (header.hasMask ? 2 : 1) : wireSize(field);
  if (header.payload !== (header.hasMask ? 2 * size : size) || !isEntrySize(field, size)) {
    throw new CodecError('OFC_FIELD', { struct: 'oxm_entry', field, offset: start }, BAD_LENGTH);
  }
  if (header.hasMask && !FIELDS[field].maskable) {
    throw new CodecError('OFC_FIELD', { struct: 'oxm_entry', field, offset: start }, [4, 8]);
  }
  if (FIELDS[field].isVariable) {
    const option = readOption(reader.view, at, size);
    return header.hasMask
      ? { field, value: option, mask: readOption(reader.view, at + size, size), size }
      : { field, value: option, size };
  }
  const value = readValue(reader.view, at, size);
  if (!fitsField(field, value)) {
    throw new CodecError('OFC_FIELD', { struct: 'oxm_entry', field, offset: start }, [4, 7]);
  }
  const form = header.form === undefined || header.form === 'oxm' ? {} : { form: header.form };
  return header.hasMask
    ? { field, value, mask: readValue(reader.view, at + size, size), ...form }
    : { field, value, ...form };
}

function writeTunnelOption(entry: FieldMatch, writer: Writer): void {
  const { field, value, mask } = entry;
  const size = entrySize(entry);
  if (!isEntrySize(field, size))
    throw new CodecError('OFC_RANGE', { struct: 'oxm_entry', field }, BAD_LENGTH);
  writeHeader(field, 'oxm', mask !== undefined, writer, size);
  writeOption(field, value, size, writer);
  if (mask !== undefined) writeOption(field, mask, size, writer);
}
