import { OvsdbError } from '../errors.ts';
import { isArray, isObject, type Json, type JsonObject, member } from './json.ts';

/** An atom (RFC 7047, 5.1). A uuid is its text; a name of this transaction stands for a named-uuid. */
export type Atom = string | number | boolean;
const ATOM_TYPES = ['integer', 'real', 'boolean', 'string', 'uuid'] as const;
export type AtomType = (typeof ATOM_TYPES)[number];

/** RFC 7047, 3.2 <base-type>. */
export interface BaseType {
  readonly type: AtomType;
  readonly enum?: readonly Atom[];
  /** Smallest and largest number, or shortest and longest string (in characters). */
  readonly min?: number;
  readonly max?: number;
  readonly refTable?: string;
  readonly refType?: 'strong' | 'weak';
}

/** RFC 7047, 3.2 <type>: `max` is Infinity for "unlimited". */
export interface ColumnType {
  readonly key: BaseType;
  readonly value?: BaseType;
  readonly min: 0 | 1;
  readonly max: number;
}

/** How a column's value looks in TypeScript: `T`, `T | null`, `readonly T[]`, `ReadonlyMap<K, V>`. */
export type ColumnShape = 'scalar' | 'optional' | 'set' | 'map';

export interface ColumnSchema {
  readonly name: string;
  readonly type: ColumnType;
  readonly shape: ColumnShape;
  readonly ephemeral: boolean;
  readonly mutable: boolean;
}

export interface TableSchema {
  readonly name: string;
  /** All columns in the schema's order; `_uuid` and `_version` come last. */
  readonly columns: ReadonlyMap<string, ColumnSchema>;
  readonly isRoot: boolean;
  readonly maxRows: number;
  readonly indexes: readonly (readonly string[])[];
}

/** Row types by table name, as the generated models declare them. */
// biome-ignore lint/suspicious/noExplicitAny: interfaces without an index signature only extend this form.
export type Tables = Record<string, any>;

/** A database schema (RFC 7047, 3.2). `T` carries the row types; it exists for the compiler only. */
export interface DatabaseSchema<T = Tables> {
  readonly name: string;
  readonly version: string;
  readonly tables: ReadonlyMap<string, TableSchema>;
  /** Never set. */
  readonly rowTypes?: T;
}

const ID = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** Reads a schema as `get_schema` or an .ovsschema file gives it. Throws OVSDB_SCHEMA. */
export function parseSchema<T = Tables>(json: Json): DatabaseSchema<T> {
  const top = object(json, {});
  const tables = new Map<string, TableSchema>();
  for (const [name, table] of Object.entries(object(member(top, 'tables'), { what: 'tables' }))) {
    tables.set(identifier(name, { table: name }), parseTable(name, object(table, { table: name })));
  }
  return { name: text(top, 'name'), version: text(top, 'version'), tables };
}

/** The table's schema. Throws OVSDB_SCHEMA when there is none. */
export function tableOf(schema: DatabaseSchema<unknown>, table: string): TableSchema {
  const found = schema.tables.get(table);
  if (found === undefined) throw new OvsdbError('OVSDB_SCHEMA', { database: schema.name, table });
  return found;
}

/** The column's schema. Throws OVSDB_SCHEMA when there is none. */
export function columnOf(table: TableSchema, column: string): ColumnSchema {
  const found = table.columns.get(column);
  if (found === undefined) throw new OvsdbError('OVSDB_SCHEMA', { table: table.name, column });
  return found;
}

function parseTable(name: string, json: JsonObject): TableSchema {
  const columns = new Map<string, ColumnSchema>();
  for (const [column, definition] of Object.entries(object(member(json, 'columns'), { table: name }))) {
    const at = { table: name, column };
    // Names with a leading underscore are reserved (RFC 7047, 3.2); this also keeps __proto__ out of rows.
    if (column.startsWith('_')) throw new OvsdbError('OVSDB_SCHEMA', at);
    columns.set(identifier(column, at), parseColumn(column, object(definition, at), at));
  }
  for (const implicit of ['_uuid', '_version']) {
    const type: ColumnType = { key: { type: 'uuid' }, min: 1, max: 1 };
    columns.set(implicit, { name: implicit, type, shape: 'scalar', ephemeral: false, mutable: false });
  }
  const indexes = member(json, 'indexes') ?? [];
  const maxRows = member(json, 'maxRows');
  return {
    name,
    columns,
    isRoot: member(json, 'isRoot') === true,
    maxRows: typeof maxRows === 'number' ? maxRows : Number.POSITIVE_INFINITY,
    indexes: (isArray(indexes) ? indexes : []).map((index) => (isArray(index) ? index.map(String) : [])),
  };
}

function parseColumn(name: string, json: JsonObject, at: Place): ColumnSchema {
  const type = parseType(member(json, 'type'), at);
  return {
    name,
    type,
    shape: shapeOf(type),
    ephemeral: member(json, 'ephemeral') === true,
    mutable: member(json, 'mutable') !== false,
  };
}

type Place = Readonly<Record<string, string>>;

function parseType(json: Json | undefined, at: Place): ColumnType {
  if (typeof json === 'string') return { key: parseBase(json, at), min: 1, max: 1 };
  const type = object(json, at);
  const min = member(type, 'min') ?? 1;
  const max = member(type, 'max') ?? 1;
  const limit = max === 'unlimited' ? Number.POSITIVE_INFINITY : max;
  if ((min !== 0 && min !== 1) || typeof limit !== 'number' || limit < 1) {
    throw new OvsdbError('OVSDB_SCHEMA', at);
  }
  const value = member(type, 'value');
  const key = parseBase(member(type, 'key'), at);
  return value === undefined
    ? { key, min, max: limit }
    : { key, value: parseBase(value, at), min, max: limit };
}

function parseBase(json: Json | undefined, at: Place): BaseType {
  const base = typeof json === 'string' ? { type: json } : object(json, at);
  const type = ATOM_TYPES.find((name) => name === member(base, 'type'));
  if (type === undefined) throw new OvsdbError('OVSDB_SCHEMA', at);
  const numeric = (...names: readonly string[]): number | undefined =>
    names.map((name) => member(base, name)).find((value) => typeof value === 'number');
  const min = numeric('minInteger', 'minReal', 'minLength');
  const max = numeric('maxInteger', 'maxReal', 'maxLength');
  const choices = member(base, 'enum');
  const refTable = member(base, 'refTable');
  return {
    type,
    ...(choices === undefined ? {} : { enum: parseEnum(choices, at) }),
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    ...(typeof refTable === 'string'
      ? { refTable, refType: member(base, 'refType') === 'weak' ? ('weak' as const) : ('strong' as const) }
      : {}),
  };
}

function parseEnum(json: Json, at: Place): readonly Atom[] {
  const items = isArray(json) && json[0] === 'set' && isArray(json[1]) ? json[1] : [json];
  // In a set's order, as the server gives it: the schema file has its own.
  return items
    .map((item) => {
      if (typeof item === 'object') throw new OvsdbError('OVSDB_SCHEMA', at);
      return item;
    })
    .sort();
}

function shapeOf(type: ColumnType): ColumnShape {
  if (type.value !== undefined) return 'map';
  if (type.max > 1) return 'set';
  return type.min === 1 ? 'scalar' : 'optional';
}

function object(json: Json | undefined, at: Place): JsonObject {
  if (!isObject(json)) throw new OvsdbError('OVSDB_SCHEMA', at);
  return json;
}

function identifier(name: string, at: Place): string {
  if (!ID.test(name)) throw new OvsdbError('OVSDB_SCHEMA', at);
  return name;
}

function text(json: JsonObject, name: string): string {
  const value = member(json, name);
  if (typeof value !== 'string') throw new OvsdbError('OVSDB_SCHEMA', { what: name });
  return value;
}
