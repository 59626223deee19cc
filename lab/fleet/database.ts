import { randomUUID } from 'node:crypto';
import {
  type ColumnSchema,
  columnOf,
  type DatabaseSchema,
  defaultValue,
  equalValues,
  type Row,
  tableOf,
  type Uuid,
  type Value,
} from 'ovsdb-client-ts';

/** One row's change by a transaction; `before` is absent for a new row, `after` for one that is gone. */
export interface RowChange {
  readonly table: string;
  readonly uuid: Uuid;
  readonly before?: Row;
  readonly after?: Row;
}

/** A row that an operation of a transaction found. */
export interface Found {
  readonly uuid: Uuid;
  readonly row: Row;
}

/**
 * A database in memory that follows a schema as ovsdb-server does (RFC 7047, 3.2): columns have defaults, indexes are
 * unique, references lead somewhere, and a row of a table that is no root goes when nothing refers to it any more.
 */
export class Database {
  readonly schema: DatabaseSchema;
  /** The id of the last transaction. */
  transaction: Uuid = randomUUID();
  readonly #tables = new Map<string, Map<Uuid, Row>>();
  readonly #watchers = new Set<(changes: readonly RowChange[]) => void>();

  constructor(schema: DatabaseSchema) {
    this.schema = schema;
    for (const name of schema.tables.keys()) this.#tables.set(name, new Map());
  }

  /** The rows of a table, live. Throws OVSDB_SCHEMA when there is no such table. */
  rows(table: string): ReadonlyMap<Uuid, Row> {
    return this.#table(table);
  }

  /** Calls `watcher` after each transaction that changed something. Returns the function that ends it. */
  watch(watcher: (changes: readonly RowChange[]) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** Runs one transaction: what `work` throws, or a rule of the schema that it broke, undoes all of it. */
  transact<T>(work: (draft: Draft) => T): T {
    const draft = new Draft(this.schema, this.#tables);
    const result = draft.undoOnError(() => {
      const value = work(draft);
      draft.finish();
      return value;
    });
    const changes = draft.changes();
    if (changes.length > 0) {
      this.transaction = randomUUID();
      for (const watcher of [...this.#watchers]) watcher(changes);
    }
    return result;
  }

  #table(name: string): Map<Uuid, Row> {
    tableOf(this.schema, name);
    return this.#tables.get(name) ?? new Map();
  }
}

/** Why a transaction may not be: `error` is a word of RFC 7047, 3.1. */
export class Refused extends Error {
  readonly error: string;

  constructor(error: string, details: string) {
    super(details);
    this.error = error;
  }
}

/** What a transaction does to the tables, until it is finished or undone. */
export class Draft {
  readonly schema: DatabaseSchema;
  readonly #tables: ReadonlyMap<string, Map<Uuid, Row>>;
  /** Table and uuid → how the row was before. */
  readonly #before = new Map<string, { table: string; uuid: Uuid; row: Row | undefined }>();

  constructor(schema: DatabaseSchema, tables: ReadonlyMap<string, Map<Uuid, Row>>) {
    this.schema = schema;
    this.#tables = tables;
  }

  /** The rows of a table for which `test` holds. */
  find(table: string, test: (row: Row) => boolean = () => true): readonly Found[] {
    return [...this.#rows(table)].flatMap(([uuid, row]) => (test(row) ? [{ uuid, row }] : []));
  }

  insert(table: string, row: Row, uuid: Uuid = randomUUID()): Uuid {
    const columns = [...tableOf(this.schema, table).columns.values()];
    const defaults = columns.map((column) => [column.name, defaultValue(column)]);
    this.#put(table, uuid, { ...Object.fromEntries(defaults), _version: randomUUID(), ...row, _uuid: uuid });
    return uuid;
  }

  update(table: string, uuid: Uuid, columns: Row): void {
    const row = this.#rows(table).get(uuid);
    if (row === undefined) throw new Refused('constraint violation', `no row ${uuid} in ${table}`);
    this.#put(table, uuid, { ...row, ...columns });
  }

  delete(table: string, uuid: Uuid): void {
    this.#put(table, uuid, undefined);
  }

  /** Takes out what nothing refers to any more, then holds the rest to the schema. Throws Refused. */
  finish(): void {
    this.#collectGarbage();
    const touched = new Set<string>();
    for (const { table, uuid } of this.#before.values()) {
      const row = this.#rows(table).get(uuid);
      if (row !== undefined) this.#check(table, uuid, row);
      touched.add(table);
    }
    for (const table of touched) this.#checkIndexes(table);
  }

  undoOnError<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      for (const { table, uuid, row } of this.#before.values()) {
        if (row === undefined) this.#rows(table).delete(uuid);
        else this.#rows(table).set(uuid, row);
      }
      throw error;
    }
  }

  changes(): readonly RowChange[] {
    return [...this.#before.values()].flatMap(({ table, uuid, row: before }) => {
      const after = this.#rows(table).get(uuid);
      if (before === undefined && after === undefined) return [];
      if (before !== undefined && after !== undefined && isSame(before, after)) return [];
      return [{ table, uuid, ...(before && { before }), ...(after && { after }) }];
    });
  }

  #put(table: string, uuid: Uuid, row: Row | undefined): void {
    const rows = this.#rows(table);
    const key = `${table} ${uuid}`;
    if (!this.#before.has(key)) this.#before.set(key, { table, uuid, row: rows.get(uuid) });
    if (row === undefined) rows.delete(uuid);
    else rows.set(uuid, Object.freeze(row));
  }

  #rows(table: string): Map<Uuid, Row> {
    tableOf(this.schema, table);
    return this.#tables.get(table) ?? new Map();
  }

  #check(table: string, uuid: Uuid, row: Row): void {
    const schema = tableOf(this.schema, table);
    for (const { refTable, uuids } of referencesOf(schema.columns.values(), row)) {
      for (const each of uuids) {
        if (!this.#rows(refTable).has(each))
          throw new Refused('referential integrity violation', `${table} ${uuid}: no ${refTable} ${each}`);
      }
    }
    if (this.#rows(table).size > schema.maxRows)
      throw new Refused('constraint violation', `${table}: too many rows`);
  }

  #checkIndexes(table: string): void {
    for (const index of tableOf(this.schema, table).indexes) {
      const seen = new Set<string>();
      for (const row of this.#rows(table).values()) {
        const key = JSON.stringify(index.map((name) => row[name]));
        if (seen.has(key))
          throw new Refused('constraint violation', `${table}: two rows of the same ${index.join()}`);
        seen.add(key);
      }
    }
  }

  #collectGarbage(): void {
    const reached = new Set<Uuid>();
    const visit = (table: string, uuid: Uuid): void => {
      const row = this.#rows(table).get(uuid);
      if (row === undefined || reached.has(uuid)) return;
      reached.add(uuid);
      const { columns } = tableOf(this.schema, table);
      for (const { refTable, uuids } of referencesOf(columns.values(), row))
        for (const each of uuids) visit(refTable, each);
    };
    for (const [table, { isRoot }] of this.schema.tables)
      if (isRoot) for (const uuid of this.#rows(table).keys()) visit(table, uuid);
    for (const [table, { isRoot }] of this.schema.tables) {
      if (isRoot) continue;
      for (const uuid of [...this.#rows(table).keys()])
        if (!reached.has(uuid)) this.#put(table, uuid, undefined);
    }
  }
}

/** The strong references in a row (RFC 7047, 3.2 <base-type>). */
function* referencesOf(
  columns: Iterable<ColumnSchema>,
  row: Row,
): Generator<{ readonly refTable: string; readonly uuids: readonly Uuid[] }> {
  for (const { name, type } of columns) {
    const { refTable, refType } = type.value ?? type.key;
    if (refTable === undefined || refType === 'weak') continue;
    yield { refTable, uuids: atomsOf(row[name]).map(String) };
  }
}

function atomsOf(value: Value | undefined): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (value instanceof Map) return [...value.values()];
  return Array.isArray(value) ? value : [value];
}

function isEqual(a: Value | undefined, b: Value | undefined): boolean {
  return a !== undefined && b !== undefined && equalValues(a, b);
}

function isSame(a: Row, b: Row): boolean {
  return a === b || Object.keys(a).every((name) => isEqual(a[name], b[name]));
}

/** The columns of a row that differ, by the schema. */
export function changedColumns(
  schema: DatabaseSchema,
  { table, before, after }: RowChange,
): readonly ColumnSchema[] {
  const names = Object.keys(after ?? before ?? {});
  return names
    .filter((name) => !isEqual(before?.[name], after?.[name]))
    .map((name) => columnOf(tableOf(schema, table), name));
}
