import { CodecError } from '../errors.ts';
import type { RawProperty } from '../property.ts';
import type { Kind, LayoutOf, Members, Pad } from './layout.ts';
import type { Reader } from './reader.ts';
import { type Struct, struct } from './struct.ts';
import type { Writer } from './writer.ts';

/** How the value of a property is read and written, between the header and the padding. */
export interface PropertyKind<T> {
  /** Undefined for a form that can't be written back: then the property is raw. */
  read(reader: Reader, end: number): T | undefined;
  write(value: T, writer: Writer): void;
}

/** Reads and writes lists of properties: type, length, value, and zeros up to 8 bytes (OF 1.3.5, 7.2.2). */
export interface Properties<P> {
  /** Reads properties up to `end`; calls `onDirty` when the padding of one is not zero. Throws CodecError. */
  read(reader: Reader, end: number, onDirty?: () => void): P[];
  write(list: readonly P[], writer: Writer): void;
}

const Header = struct('ofp_prop_header', 4, { propertyType: 'u16', length: 'u16' });

/** The value of the properties with a name. */
type ValueOf<P, N> = P extends { readonly property: infer M; readonly value: infer V }
  ? N extends M
    ? V
    : never
  : never;

/** Type and kind of each property that is not raw. */
type Table<P extends { readonly property: string }> = {
  readonly [N in Exclude<P['property'], 'raw'>]: readonly [type: number, kind: PropertyKind<ValueOf<P, N>>];
};

/** Declares the properties of a structure; `answer` is the OpenFlow error for a wrong length. */
export function properties<P extends { readonly property: string; readonly value: unknown }>(
  name: string,
  table: Table<P>,
  answer?: readonly [type: number, code: number],
): Properties<P | RawProperty> {
  // The parameter's type ties each name to the kind of its value; TypeScript can't follow that through a union.
  const kinds = new Map(Object.entries(table) as [string, [number, PropertyKind<unknown>]][]);
  const byType = new Map([...kinds].map(([property, [type, kind]]) => [type, { property, kind }]));

  function readOne(reader: Reader, listEnd: number, onDirty: () => void): P | RawProperty {
    const start = reader.at;
    const { propertyType, length } = reader.members(Header, listEnd);
    const end = start + length;
    const next = start + ((length + 7) & ~7);
    if (length < Header.size || next > listEnd) {
      throw new CodecError('OFC_LENGTH', { struct: name, field: 'length', offset: start }, answer);
    }
    const known = byType.get(propertyType);
    const value = known?.kind.read(reader, end);
    const isWhole = value !== undefined && reader.at === end;
    if (!reader.isZero(end, next)) onDirty();
    reader.at = next;
    return isWhole && known
      ? ({ property: known.property, value } as unknown as P)
      : { property: 'raw', propertyType, value: reader.copy(start + Header.size, end) };
  }

  return {
    read(reader, end, onDirty = () => undefined) {
      const list: (P | RawProperty)[] = [];
      while (reader.at < end) list.push(readOne(reader, end, onDirty));
      return list;
    },
    write(list, writer) {
      for (const one of list) {
        const start = writer.reserve(Header.size);
        if ('propertyType' in one) {
          Header.write(writer.view, start, { propertyType: one.propertyType, length: 0 });
          writer.append(one.value);
        } else {
          const [propertyType, kind] = kinds.get(one.property) ?? refuse(name, one.property);
          Header.write(writer.view, start, { propertyType, length: 0 });
          kind.write(one.value, writer);
        }
        writer.writeSize(start + 2, start, name);
        writer.align(start);
      }
    },
  };
}

/** A value of fixed size: a structure with the one member `value`. */
export function fixed<V extends Kind>(
  kind: Exclude<V, Pad>,
  size: number,
  before = 0,
): PropertyKind<V extends 'u48' | 'u64' ? bigint : number> {
  const bits = Number(String(kind).slice(1));
  const layout: LayoutOf = {
    ...(before > 0 && { pad: { pad: before } }),
    value: kind,
    ...(size > before + bits / 8 && { pad2: { pad: size - before - bits / 8 } }),
  };
  const compiled: Struct<LayoutOf> = struct('ofp_prop', size, layout);
  type Value = V extends 'u48' | 'u64' ? bigint : number;
  return {
    read(reader, end) {
      if (end - reader.at !== size || !compiled.isClean(reader.view, reader.at)) return undefined;
      // What `kind` says about the value is lost on the way through the layout.
      return (reader.members(compiled, end) as unknown as { readonly value: Value }).value;
    },
    write(value, writer) {
      const at = writer.reserve(size);
      compiled.writeMembers(writer.view, at, { value } as unknown as Members<LayoutOf>);
    },
  };
}

/** A value of one byte, without padding of its own. */
export const u8 = fixed<'u8'>('u8', 1);
/** A value of two bytes, and two zeros, as Open vSwitch writes it. */
export const u16 = fixed<'u16'>('u16', 4);
export const u32 = fixed<'u32'>('u32', 4);
/** Four zeros, and a value of eight bytes. */
export const u64 = fixed<'u64'>('u64', 12, 4);

/** Nothing but the header. */
export const flag: PropertyKind<null> = {
  read: (reader, end) => (reader.at === end ? null : undefined),
  write: () => undefined,
};

/** Any number of bytes. */
export const bytes: PropertyKind<Uint8Array> = {
  read: (reader, end) => reader.rest(end),
  write: (value, writer) => writer.append(value),
};

const NESTED_PAD = 4;

/** What comes after four zeros. */
export function nested<T>(kind: {
  read(reader: Reader, end: number): T;
  write(value: T, writer: Writer): void;
}): PropertyKind<T> {
  return {
    read(reader, end) {
      if (end - reader.at < NESTED_PAD || !reader.isZero(reader.at, reader.at + NESTED_PAD)) return undefined;
      reader.at += NESTED_PAD;
      return kind.read(reader, end);
    },
    write(value, writer) {
      writer.pad(NESTED_PAD);
      kind.write(value, writer);
    },
  };
}

function refuse(struct: string, field: string): never {
  throw new CodecError('OFC_VALUE', { struct, field });
}
