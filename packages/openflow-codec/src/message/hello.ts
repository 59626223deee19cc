import { CodecError } from '../errors.ts';
import type { HelloElement } from '../message.ts';
import { HEADER_SIZE } from '../wire/framer.ts';
import type { Reader } from '../wire/reader.ts';
import { struct } from '../wire/struct.ts';
import type { Writer } from '../wire/writer.ts';
import { type MessageEntry, type MessageOf, writeStruct } from './entry.ts';

/** ofp_hello_elem_header (OF 1.3.5, 7.5.1); `length` leaves the padding to 8 bytes out. */
const ElementHeader = struct('ofp_hello_elem_header', 4, { elementType: 'u16', length: 'u16' });

const VERSION_BITMAP = 1;
const WORD_BITS = 32;
const WORD_SIZE = 4;
const MOST_VERSIONS = 256;

/** OFPT_HELLO. */
export const hello: MessageEntry<MessageOf<'hello'>> = {
  type: 0,
  read(reader, end, xid) {
    const version = reader.view.getUint8(reader.at - HEADER_SIZE);
    const elements: HelloElement[] = [];
    while (reader.at < end) elements.push(readElement(reader, end));
    return { type: 'hello', xid, version, elements };
  },
  write({ elements }, writer) {
    for (const element of elements) writeElement(element, writer);
  },
};

function readElement(reader: Reader, listEnd: number): HelloElement {
  const start = reader.at;
  const { elementType, length } = reader.members(ElementHeader, listEnd);
  const end = start + length;
  if (length < ElementHeader.size || end > listEnd) {
    throw new CodecError('OFC_LENGTH', { struct: ElementHeader.name, field: 'length', offset: start });
  }
  const at = reader.at;
  reader.at = start;
  reader.take((length + 7) & ~7, listEnd, ElementHeader.name);
  const versions = elementType === VERSION_BITMAP ? readVersions(reader, at, end) : undefined;
  return versions === undefined
    ? { element: 'raw', elementType, data: reader.copy(at, end) }
    : { element: 'versionBitmap', versions };
}

/** Undefined for a bitmap that a list of versions would not give back word for word. */
function readVersions(reader: Reader, start: number, end: number): number[] | undefined {
  const versions: number[] = [];
  for (let at = start; at + WORD_SIZE <= end; at += WORD_SIZE) {
    const word = reader.view.getUint32(at);
    const first = ((at - start) / WORD_SIZE) * WORD_BITS;
    for (let bit = 0; bit < WORD_BITS; bit++) if ((word >>> bit) & 1) versions.push(first + bit);
  }
  const isTight =
    wordsOf(versions) * WORD_SIZE === end - start && wordsOf(versions) * WORD_BITS <= MOST_VERSIONS;
  return isTight ? versions : undefined;
}

function writeElement(element: HelloElement, writer: Writer): void {
  const start = writer.size;
  if (element.element === 'raw') {
    writeStruct(ElementHeader, { elementType: element.elementType, length: 0 }, writer);
    writer.append(element.data);
  } else {
    writeStruct(ElementHeader, { elementType: VERSION_BITMAP, length: 0 }, writer);
    writeVersions(element.versions, writer);
  }
  writer.writeSize(start + 2, start, ElementHeader.name);
  writer.align(start);
}

function writeVersions(versions: readonly number[], writer: Writer): void {
  const words = new Uint32Array(wordsOf(versions));
  for (const version of versions) {
    if (!Number.isInteger(version) || version < 0 || version >= MOST_VERSIONS) {
      throw new CodecError('OFC_RANGE', { struct: 'ofp_hello_elem_versionbitmap', field: 'versions' });
    }
    const index = Math.floor(version / WORD_BITS);
    words[index] = (words[index] ?? 0) | (1 << (version % WORD_BITS));
  }
  for (const word of words) {
    const at = writer.reserve(WORD_SIZE);
    writer.view.setUint32(at, word);
  }
}

function wordsOf(versions: readonly number[]): number {
  const highest = versions.reduce((a, b) => Math.max(a, b), -1);
  return Math.min(Math.floor(highest / WORD_BITS) + 1, MOST_VERSIONS / WORD_BITS + 1);
}
