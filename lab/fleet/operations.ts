import {
  type ColumnSchema,
  columnOf,
  decodeRow,
  decodeValue,
  encodeRow,
  equalValues,
  type Json,
  type JsonObject,
  type Row,
  type TableSchema,
  tableOf,
  type Value,
} from 'ovsdb-client-ts';
import { type Draft, Refused } from './database.ts';

/** Runs one operation of `transact` (RFC 7047, 5.2) and returns its result. Throws Refused, and OvsdbError as the codec does. */
export function perform(draft: Draft, operation: JsonObject): JsonObject {
  const kind = String(operation.op);
  if (kind === 'comment' || kind === 'commit') return {};
  if (kind === 'abort') throw new Refused('aborted', '');
  const table = tableOf(draft.schema, String(operation.table));
  switch (kind) {
    case 'insert': {
      const name = operation['uuid-name'];
      const row = decodeRow(table, objectOf(operation.row));
      const uuid = draft.insert(table.name, row, name === undefined ? undefined : placeOf(operation));
      return { uuid: ['uuid', uuid] };
    }
    case 'select': {
      const columns = Array.isArray(operation.columns) ? operation.columns.map(String) : undefined;
      const found = draft.find(table.name, conditionOf(table, operation.where));
      return { rows: found.map(({ row }) => encodeRow(table, columns ? pick(row, columns) : row)) };
    }
    case 'update': {
      const columns = decodeRow(table, objectOf(operation.row));
      return each(draft, table, operation.where, (uuid) => draft.update(table.name, uuid, columns));
    }
    case 'mutate': {
      const mutations = listOf(operation.mutations).map((mutation) => mutationOf(table, listOf(mutation)));
      return each(draft, table, operation.where, (uuid, row) => {
        let now = row;
        for (const mutate of mutations) {
          const columns = mutate(now);
          draft.update(table.name, uuid, columns);
          now = { ...now, ...columns };
        }
      });
    }
    case 'delete':
      return each(draft, table, operation.where, (uuid) => draft.delete(table.name, uuid));
    case 'wait':
      if (!holds(draft, table, operation)) throw new Refused('timed out', '"wait" timed out');
      return {};
    default:
      throw new Refused('not supported', `operation ${kind}`);
  }
}

/** Gives each insert that has a name its uuid, and puts the uuids in place of the names (RFC 7047, 5.1 <named-uuid>). */
export function resolveNames(operations: readonly JsonObject[], newUuid: () => string): JsonObject[] {
  const uuids = new Map<string, string>();
  for (const { op, 'uuid-name': name } of operations)
    if (op === 'insert' && typeof name === 'string') uuids.set(name, newUuid());
  const resolve = (json: Json): Json => {
    if (isList(json)) {
      if (json[0] !== 'named-uuid') return json.map(resolve);
      const uuid = uuids.get(String(json[1]));
      if (uuid === undefined) throw new Refused('referential integrity violation', `no row ${json[1]}`);
      return ['uuid', uuid];
    }
    if (typeof json !== 'object' || json === null) return json;
    return Object.fromEntries(Object.entries(json).map(([name, value]) => [name, resolve(value ?? null)]));
  };
  return operations.map((operation) => {
    const uuid = uuids.get(String(operation['uuid-name']));
    return { ...objectOf(resolve(operation)), ...(uuid !== undefined && { uuid }) };
  });
}

/** Whether that which an operation waits for is there (RFC 7047, 5.2.6). Nothing here waits: what does not hold has timed out. */
function holds(draft: Draft, table: TableSchema, { where, columns, until, rows }: JsonObject): boolean {
  const names = listOf(columns).map(String);
  const found = draft.find(table.name, conditionOf(table, where)).map(({ row }) => row);
  const wanted = listOf(rows).map((row) => decodeRow(table, objectOf(row)));
  const isAmong = (row: Row, others: readonly Row[]) =>
    others.some((other) => names.every((name) => equalValues(row[name] ?? null, other[name] ?? null)));
  const isEqual = found.every((row) => isAmong(row, wanted)) && wanted.every((row) => isAmong(row, found));
  return isEqual === (until === '==');
}

function placeOf({ uuid }: JsonObject): string | undefined {
  return typeof uuid === 'string' ? uuid : undefined;
}

function each(
  draft: Draft,
  table: TableSchema,
  where: Json | undefined,
  change: (uuid: string, row: Row) => void,
): JsonObject {
  const found = draft.find(table.name, conditionOf(table, where));
  for (const { uuid, row } of found) change(uuid, row);
  return { count: found.length };
}

function conditionOf(table: TableSchema, where: Json | undefined): (row: Row) => boolean {
  const tests = listOf(where).map((condition) => {
    const [name, test, operand] = listOf(condition);
    const column = columnOf(table, String(name));
    const wanted = decodeValue(column, operand ?? null);
    return (row: Row): boolean => {
      const value = row[column.name];
      if (value === undefined) return false;
      switch (test) {
        case '==':
          return equalValues(value, wanted);
        case '!=':
          return !equalValues(value, wanted);
        case 'includes':
          return elementsOf(wanted).every((element) => has(value, element));
        case 'excludes':
          return !elementsOf(wanted).some((element) => has(value, element));
        default:
          throw new Refused('not supported', `condition ${test}`);
      }
    };
  });
  return (row) => tests.every((test) => test(row));
}

function mutationOf(table: TableSchema, [name, mutator, operand]: readonly Json[]): (row: Row) => Row {
  const column = columnOf(table, String(name));
  const { shape } = column;
  if (mutator === '+=' && typeof operand === 'number')
    return ({ [column.name]: value }) => ({ [column.name]: Number(value ?? 0) + operand });
  if ((shape !== 'set' && shape !== 'map') || (mutator !== 'insert' && mutator !== 'delete'))
    throw new Refused('not supported', `${mutator} of ${column.name}`);
  const part = decodeValue(operandColumn(column, mutator, operand), operand ?? null);
  return (row) => {
    const value = row[column.name];
    if (value instanceof Map) {
      const map = new Map(value);
      for (const [key, item] of elementsOf(part))
        if (mutator === 'delete') {
          if (item === undefined || map.get(key) === item) map.delete(key);
        } else if (item !== undefined && !map.has(key)) map.set(key, item);
      return { [column.name]: map };
    }
    const set = new Set(elementsOf(value ?? []).map(([atom]) => atom));
    for (const [atom] of elementsOf(part)) {
      if (mutator === 'insert') set.add(atom);
      else set.delete(atom);
    }
    return { [column.name]: [...set] };
  };
}

/** Of a map, keys alone may be deleted (RFC 7047, 5.1 <mutation>). */
function operandColumn(
  column: ColumnSchema,
  mutator: Json | undefined,
  operand: Json | undefined,
): ColumnSchema {
  const areKeys = column.shape === 'map' && mutator === 'delete' && isList(operand) && operand[0] === 'set';
  if (!areKeys) return column;
  const { key, min, max } = column.type;
  return { ...column, shape: 'set', type: { key, min, max } };
}

type Element = readonly [atom: string | number | boolean, mapped?: string | number | boolean];

function elementsOf(value: Value): readonly Element[] {
  if (value instanceof Map) return [...value];
  if (Array.isArray(value)) return value.map((atom) => [atom]);
  return value === null || typeof value === 'object' ? [] : [[value]];
}

function has(value: Value, [atom, mapped]: Element): boolean {
  return elementsOf(value).some(([other, item]) => other === atom && item === mapped);
}

function pick(row: Row, columns: readonly string[]): Row {
  return Object.fromEntries(Object.entries(row).filter(([name]) => columns.includes(name)));
}

function objectOf(json: Json | undefined): JsonObject {
  if (typeof json !== 'object' || json === null || isList(json))
    throw new Refused('syntax error', 'no object');
  return json;
}

function listOf(json: Json | undefined): readonly Json[] {
  if (!isList(json)) throw new Refused('syntax error', 'no array');
  return json;
}

function isList(json: Json | undefined): json is readonly Json[] {
  return Array.isArray(json);
}
