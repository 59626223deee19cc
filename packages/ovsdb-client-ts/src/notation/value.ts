import { type ErrorPlace, OvsdbError } from '../errors.ts';
import { isArray, type Json } from './json.ts';
import type { Atom, BaseType, ColumnSchema } from './schema.ts';

/**
 * A column's value in TypeScript, by its shape: a scalar is its atom, a set of at most one is `T | null`, a larger
 * set is an array, a map is a Map (not an object, because the keys come from the network).
 */
export type Value = Atom | null | readonly Atom[] | ReadonlyMap<Atom, Atom>;

/** A row's uuid as text, or, in operations, the name an insert of the same transaction gave its row. */
export type Uuid = string;

export const ZERO_UUID: Uuid = '00000000-0000-0000-0000-000000000000';
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** A named-uuid has no dash and a uuid always has, so one string type serves both. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/**
 * Reads <value> (RFC 7047, 5.1) as the column's type says. Enums and ranges are not checked here: a newer
 * server may know more values than our copy of the schema. Throws OVSDB_VALUE.
 */
export function decodeValue(column: ColumnSchema, json: Json): Value {
  const { key, value } = column.type;
  if (value !== undefined) return decodeMap(column, key, value, json);
  if (column.shape === 'scalar') return decodeAtom(column, key, json);
  const items = isTagged(json, 'set') ? json[1] : [json];
  const atoms = items.map((item) => decodeAtom(column, key, item));
  if (column.shape === 'set') return Object.freeze(atoms);
  if (atoms.length > 1) throw new OvsdbError('OVSDB_VALUE', at(column));
  return atoms[0] ?? null;
}

/** The value a row has where an insert gives none (RFC 7047, 5.2.1). */
export function defaultValue(column: ColumnSchema): Value {
  if (column.shape === 'map') return EMPTY_MAP;
  if (column.shape === 'optional') return null;
  const atom = DEFAULT_ATOMS[column.type.key.type];
  if (column.shape === 'scalar') return atom;
  return column.type.min === 0 ? EMPTY_SET : Object.freeze([atom]);
}

/** Writes a whole value, checked against type, enum, range and count. Throws OVSDB_VALUE. */
export function encodeValue(column: ColumnSchema, value: Value): Json {
  const count = value === null ? 0 : isMap(value) ? value.size : isAtoms(value) ? value.length : 1;
  if (count < column.type.min || count > column.type.max) {
    throw new OvsdbError('OVSDB_VALUE', { ...at(column), count });
  }
  return encodePart(column, value);
}

/** Writes a value without looking at how many elements the column wants: for conditions and mutations. */
export function encodePart(column: ColumnSchema, value: Value): Json {
  const { key, value: mapped } = column.type;
  if (isMap(value)) {
    if (mapped === undefined) throw new OvsdbError('OVSDB_VALUE', at(column));
    return [
      'map',
      [...value].map(([name, item]) => [encodeAtom(column, key, name), encodeAtom(column, mapped, item)]),
    ];
  }
  if (value === null || isAtoms(value)) {
    if (column.shape === 'scalar') throw new OvsdbError('OVSDB_VALUE', at(column));
    return ['set', (value ?? []).map((item) => encodeAtom(column, key, item))];
  }
  if (mapped !== undefined) throw new OvsdbError('OVSDB_VALUE', at(column));
  return encodeAtom(column, key, value);
}

/** Applies an update2 <diff> to a value: sets and maps toggle their elements, single values are replaced. */
export function applyDiff(column: ColumnSchema, old: Value, diff: Value): Value {
  // Set and map of at most one element are not composite for ovsdb-server: their diff is the new value.
  if (column.type.max === 1) return diff;
  if (isMap(old) && isMap(diff)) {
    const result = new Map(old);
    for (const [key, value] of diff) {
      if (result.get(key) === value) result.delete(key);
      else result.set(key, value);
    }
    return result;
  }
  if (isAtoms(old) && isAtoms(diff)) {
    const result = new Set(old);
    for (const item of diff) if (!result.delete(item)) result.add(item);
    return Object.freeze([...result]);
  }
  throw new OvsdbError('OVSDB_VALUE', at(column));
}

/** Whether two values of one column are the same; the order of sets and maps does not count. */
export function equalValues(a: Value, b: Value): boolean {
  if (isMap(a)) return isMap(b) && a.size === b.size && [...a].every(([key, value]) => b.get(key) === value);
  if (!isAtoms(a)) return a === b;
  if (!isAtoms(b) || a.length !== b.length) return false;
  const rest = new Set(a);
  return b.every((item) => rest.has(item));
}

/** Rough memory use of a value, in bytes: to bound what a peer can make us keep. */
export function valueBytes(value: Value): number {
  if (isMap(value)) {
    let bytes = 64;
    for (const [key, item] of value) bytes += atomBytes(key) + atomBytes(item) + 32;
    return bytes;
  }
  if (isAtoms(value)) return value.reduce((bytes: number, item) => bytes + atomBytes(item), 32);
  return value === null ? 8 : atomBytes(value);
}

const EMPTY_MAP: ReadonlyMap<Atom, Atom> = new Map();
const EMPTY_SET: readonly Atom[] = Object.freeze([]);
const DEFAULT_ATOMS = { integer: 0, real: 0, boolean: false, string: '', uuid: ZERO_UUID } as const;

function decodeMap(column: ColumnSchema, key: BaseType, value: BaseType, json: Json): Value {
  if (!isTagged(json, 'map')) throw new OvsdbError('OVSDB_VALUE', at(column));
  const result = new Map<Atom, Atom>();
  for (const pair of json[1]) {
    if (!isArray(pair) || pair[0] === undefined || pair[1] === undefined || pair.length !== 2) {
      throw new OvsdbError('OVSDB_VALUE', at(column));
    }
    result.set(decodeAtom(column, key, pair[0]), decodeAtom(column, value, pair[1]));
  }
  return result;
}

function decodeAtom(column: ColumnSchema, base: BaseType, json: Json): Atom {
  switch (base.type) {
    case 'integer':
      if (typeof json === 'number' && Number.isInteger(json)) return json;
      break;
    case 'real':
      if (typeof json === 'number') return json;
      break;
    case 'boolean':
      if (typeof json === 'boolean') return json;
      break;
    case 'string':
      if (typeof json === 'string') return json;
      break;
    case 'uuid':
      if (isArray(json) && json[0] === 'uuid' && typeof json[1] === 'string' && UUID.test(json[1]))
        return json[1];
  }
  throw new OvsdbError('OVSDB_VALUE', { ...at(column), expected: base.type });
}

function encodeAtom(column: ColumnSchema, base: BaseType, atom: Atom): Json {
  const bad = (): never => {
    throw new OvsdbError('OVSDB_VALUE', {
      ...at(column),
      expected: base.type,
      value: String(atom).slice(0, 64),
    });
  };
  if (base.enum !== undefined && !base.enum.includes(atom)) bad();
  const size = typeof atom === 'string' ? [...atom].length : Number(atom);
  if (base.type !== 'uuid' && (size < (base.min ?? size) || size > (base.max ?? size))) bad();
  switch (base.type) {
    case 'integer':
      return Number.isSafeInteger(atom) ? atom : bad();
    case 'real':
      return Number.isFinite(atom) ? atom : bad();
    case 'uuid':
      if (typeof atom !== 'string') return bad();
      if (UUID.test(atom)) return ['uuid', atom];
      return NAME.test(atom) ? ['named-uuid', atom] : bad();
    case 'boolean':
      return typeof atom === 'boolean' ? atom : bad();
    case 'string':
      return typeof atom === 'string' ? atom : bad();
  }
}

function isTagged(json: Json, tag: 'set' | 'map'): json is readonly [string, readonly Json[]] {
  return isArray(json) && json.length === 2 && json[0] === tag && isArray(json[1]);
}

function isMap(value: Value): value is ReadonlyMap<Atom, Atom> {
  return value instanceof Map;
}

function isAtoms(value: Value): value is readonly Atom[] {
  return Array.isArray(value);
}

function atomBytes(atom: Atom): number {
  return typeof atom === 'string' ? 24 + 2 * atom.length : 8;
}

function at(column: ColumnSchema): ErrorPlace {
  return { column: column.name };
}
