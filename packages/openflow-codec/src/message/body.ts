import { CodecError } from '../errors.ts';
import type { LayoutOf, Members } from '../wire/layout.ts';
import type { Reader } from '../wire/reader.ts';
import type { Struct } from '../wire/struct.ts';
import type { Writer } from '../wire/writer.ts';
import { writeStruct } from './entry.ts';

/** How a part of a message is read, up to `end`, and written. */
export interface Body<B> {
  read(reader: Reader, end: number): B;
  write(body: B, writer: Writer): void;
}

/** A body without bytes. */
export const empty: Body<null> = { read: () => null, write: () => undefined };

/** A body that is one structure. */
export function one<L extends LayoutOf>(layout: Struct<L>): Body<Readonly<Members<L>>> {
  return {
    read: (reader, end) => reader.members(layout, end),
    write: (body, writer) => writeStruct(layout, body, writer),
  };
}

/** A body that is any number of structures. */
export function many<L extends LayoutOf>(layout: Struct<L>): Body<readonly Readonly<Members<L>>[]> {
  return {
    read(reader, end) {
      const items: Readonly<Members<L>>[] = [];
      while (reader.at < end) items.push(reader.members(layout, end));
      return items;
    },
    write(body, writer) {
      for (const item of body) writeStruct(layout, item, writer);
    },
  };
}

/** What `sized` needs to know about entries that begin with a structure and state their own length. */
interface SizedSpec<T, L extends LayoutOf> {
  readonly layout: Struct<L>;
  /** Where in the structure the 16 bits of the length stand. */
  readonly lengthAt: number;
  /** Reads what follows the structure, up to `end`. */
  readonly read: (members: Members<L>, reader: Reader, end: number) => T;
  /** The members of the structure, with any length. */
  readonly members: (item: T) => Members<L>;
  /** Writes what follows the structure. */
  readonly tail: (item: T, writer: Writer) => void;
  /** OpenFlow error for a wrong length. */
  readonly answer?: readonly [type: number, code: number];
}

/** A body that is any number of entries, each with its own length. */
export function sized<T, L extends LayoutOf>(spec: SizedSpec<T, L>): Body<readonly T[]> {
  const { layout, lengthAt, answer } = spec;
  const place = { struct: layout.name, field: 'length' };
  return {
    read(reader, listEnd) {
      const items: T[] = [];
      while (reader.at < listEnd) {
        const start = reader.at;
        const members = reader.members(layout, listEnd);
        const length = reader.view.getUint16(start + lengthAt);
        const end = start + length;
        if (length < layout.size || end > listEnd) {
          throw new CodecError('OFC_LENGTH', { ...place, offset: start }, answer);
        }
        items.push(spec.read(members, reader, end));
        if (reader.at !== end) throw new CodecError('OFC_LENGTH', { ...place, offset: start }, answer);
      }
      return items;
    },
    write(body, writer) {
      for (const item of body) {
        const start = writer.size;
        writeStruct(layout, spec.members(item), writer);
        spec.tail(item, writer);
        writer.writeSize(start + lengthAt, start, layout.name);
      }
    },
  };
}
