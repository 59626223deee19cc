import { OvsdbError } from '../errors.ts';
import { expectArray, expectObject, type Json, type JsonObject, member } from './json.ts';
import { columnOf, type TableSchema } from './schema.ts';
import { applyDiff, decodeValue, defaultValue, encodeValue, equalValues, type Value } from './value.ts';

/** A row as TypeScript values by column name. Rows are frozen: a change makes a new one. */
export type Row = Readonly<Record<string, Value>>;

/** Reads the columns that the peer sent. Throws OVSDB_SCHEMA or OVSDB_VALUE. */
export function decodeRow(table: TableSchema, json: JsonObject): Row {
  const row: Record<string, Value> = {};
  for (const [name, value] of Object.entries(json)) {
    row[name] = decodeValue(columnOf(table, name), value);
  }
  return Object.freeze(row);
}

/** Reads a row of which the peer leaves out columns with default values (update2), for the given columns. */
export function decodeFullRow(table: TableSchema, columns: readonly string[], json: JsonObject): Row {
  const row: Record<string, Value> = {};
  for (const name of columns) row[name] = defaultValue(columnOf(table, name));
  return Object.freeze({ ...row, ...decodeRow(table, json) });
}

/** The row with an update2 <modify> applied. */
export function patchRow(table: TableSchema, row: Row, json: JsonObject): Row {
  const patched: Record<string, Value> = { ...row };
  for (const [name, value] of Object.entries(json)) {
    const column = columnOf(table, name);
    patched[name] = applyDiff(column, row[name] ?? defaultValue(column), decodeValue(column, value));
  }
  return Object.freeze(patched);
}

/** Writes <row> (RFC 7047, 5.1). Columns that are absent or undefined are left out. */
export function encodeRow(table: TableSchema, row: Readonly<Record<string, Value | undefined>>): JsonObject {
  const json: Record<string, Json> = {};
  for (const [name, value] of Object.entries(row)) {
    if (value !== undefined) json[name] = encodeValue(columnOf(table, name), value);
  }
  return json;
}

/** Whether two rows of one table hold the same values. */
export function equalRows(a: Row, b: Row): boolean {
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => {
      const left = a[name];
      const right = b[name];
      return left !== undefined && right !== undefined && equalValues(left, right);
    })
  );
}

/** Reads the `rows` of a select's result. Throws OVSDB_PROTOCOL, OVSDB_SCHEMA or OVSDB_VALUE. */
export function decodeRows(table: TableSchema, result: JsonObject | undefined): readonly Row[] {
  if (result === undefined) throw new OvsdbError('OVSDB_PROTOCOL', { what: 'select result' });
  return expectArray(member(result, 'rows'), 'rows').map((row) => decodeRow(table, expectObject(row, 'row')));
}
