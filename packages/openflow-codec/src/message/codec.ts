import { OPENFLOW_13 } from '../constants.ts';
import { CodecError } from '../errors.ts';
import type { Message } from '../message.ts';
import { type Reader, readWhole } from '../wire/reader.ts';
import { struct } from '../wire/struct.ts';
import { Writer } from '../wire/writer.ts';
import type { MessageNesting } from './entry.ts';
import { entryOf, entryOfType } from './table.ts';

/** ofp_header (OF 1.3.5, 7.1). */
export const Header = struct('ofp_header', 8, { version: 'u8', type: 'u8', length: 'u16', xid: 'u32' });

/** Where the 16 bits of the length stand in a message. */
export const LENGTH_AT = 2;

const HELLO = 0;

const nesting: MessageNesting = {
  readMessage: (reader, end) => reader.nested(Header.name, () => readMessage(reader, end)),
  writeMessage,
};

/**
 * Appends one message to `writer`, which is left as it was when this throws. Throws CodecError: OFC_RANGE or
 * OFC_VALUE for what its member can't hold, OFC_SIZE beyond 65,535 bytes.
 */
export function encode(message: Message, writer: Writer): void {
  const start = writer.size;
  try {
    writeMessage(message, writer);
  } catch (error) {
    writer.reset(start);
    throw error;
  }
}

/** One message as bytes of its own. Throws as `encode` does. */
export function encodeToBytes(message: Message): Uint8Array {
  encode(message, shared);
  const bytes = shared.bytes().slice();
  shared.reset();
  return bytes;
}

/** Of encodeToBytes: its buffer is made once, and the bytes handed out are as long as the message. */
const shared = new Writer();

/** Decodes one whole message; the result shares no memory with `bytes`. Throws nothing but CodecError. */
export function decode(bytes: Uint8Array): Message {
  return readWhole(bytes, Header.name, readMessage);
}

function writeMessage(message: Message, writer: Writer): void {
  const start = writer.size;
  if (message.type === 'raw') {
    const { version, typeNumber, xid } = message;
    Header.append({ version, type: typeNumber, length: 0, xid }, writer);
    writer.append(message.body);
  } else {
    const entry = entryOf(message);
    if (entry === undefined) throw new CodecError('OFC_VALUE', { struct: Header.name, field: 'type' });
    const version = message.type === 'hello' ? (message.version ?? OPENFLOW_13) : OPENFLOW_13;
    Header.append({ version, type: entry.type, length: 0, xid: message.xid }, writer);
    entry.write(message, writer, nesting);
  }
  writer.writeSize(start + LENGTH_AT, start, message.type);
}

function readMessage(reader: Reader, limit: number): Message {
  const start = reader.take(Header.size, limit, Header.name);
  const { version, type, length, xid } = Header.readMembers(reader.view, start);
  if (version !== OPENFLOW_13 && type !== HELLO) {
    throw new CodecError('OFC_VERSION', { struct: Header.name, field: 'version', offset: start });
  }
  if (length < Header.size) {
    throw new CodecError('OFC_LENGTH', { struct: Header.name, field: 'length', offset: start });
  }
  const end = start + length;
  if (end > limit) throw new CodecError('OFC_SHORT', { struct: Header.name, field: 'length', offset: start });
  const entry = entryOfType(type);
  const message =
    entry === undefined
      ? { type: 'raw' as const, xid, version, typeNumber: type, body: reader.rest(end) }
      : entry.read(reader, end, xid, nesting);
  if (reader.at !== end) {
    throw new CodecError('OFC_LENGTH', { struct: message.type, field: 'length', offset: reader.at });
  }
  return message;
}
