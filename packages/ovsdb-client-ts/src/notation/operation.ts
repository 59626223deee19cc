import type { JsonObject } from './json.ts';
import { encodeRow } from './row.ts';
import { columnOf, type DatabaseSchema, type TableSchema, tableOf } from './schema.ts';
import { encodePart, type Value } from './value.ts';

/** One operation of `transact` (RFC 7047, 5.2), ready for the wire. */
export type Operation = JsonObject & { readonly op: string };

/** RFC 7047, 5.1 <function>. */
export type ConditionFunction = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'includes' | 'excludes';
/** RFC 7047, 5.1 <mutator>. */
export type Mutator = '+=' | '-=' | '*=' | '/=' | '%=' | 'insert' | 'delete';

/** Column names of a row type. */
export type ColumnsOf<R> = keyof R & string;

/** RFC 7047, 5.1 <condition>; all conditions of a `where` must hold, and an empty one means every row. */
export type Condition<R> = {
  readonly [C in ColumnsOf<R>]: readonly [column: C, test: ConditionFunction, value: R[C]];
}[ColumnsOf<R>];

/** RFC 7047, 5.1 <mutation>. A map's `delete` takes a map of pairs or an array of keys. */
export type Mutation<R> = {
  readonly [C in ColumnsOf<R>]: readonly [
    column: C,
    mutator: Mutator,
    value: R[C] | (R[C] extends ReadonlyMap<infer K, unknown> ? readonly K[] : number),
  ];
}[ColumnsOf<R>];

/** What an insert or update may set: any columns but the implicit ones. `null` empties an optional column. */
export type NewRow<R> = { readonly [C in Exclude<ColumnsOf<R>, '_uuid' | '_version'>]?: R[C] | undefined };

/**
 * Builds operations for one database, checked against its schema: OVSDB_SCHEMA for unknown names, OVSDB_VALUE for
 * values that do not fit. Nothing is sent: hand the operations to `Session.transact`.
 */
export class Operations<T> {
  readonly #schema: DatabaseSchema<T>;

  constructor(schema: DatabaseSchema<T>) {
    this.#schema = schema;
  }

  /** RFC 7047, 5.2.1. `name` lets the other operations of the transaction refer to the new row. */
  insert<K extends keyof T & string>(table: K, row: NewRow<T[K]>, name?: string): Operation {
    const operation = { op: 'insert', table, row: encodeRow(this.#table(table), values(row)) };
    return name === undefined ? operation : { ...operation, 'uuid-name': name };
  }

  /** RFC 7047, 5.2.2; without `columns`, all of them. */
  select<K extends keyof T & string>(
    table: K,
    where: readonly Condition<T[K]>[],
    columns?: readonly ColumnsOf<T[K]>[],
  ): Operation {
    const operation = { op: 'select', table, where: this.#where(table, where) };
    return columns === undefined ? operation : { ...operation, columns: this.#columns(table, columns) };
  }

  /** RFC 7047, 5.2.3. */
  update<K extends keyof T & string>(
    table: K,
    where: readonly Condition<T[K]>[],
    row: NewRow<T[K]>,
  ): Operation {
    return {
      op: 'update',
      table,
      where: this.#where(table, where),
      row: encodeRow(this.#table(table), values(row)),
    };
  }

  /** RFC 7047, 5.2.4. */
  mutate<K extends keyof T & string>(
    table: K,
    where: readonly Condition<T[K]>[],
    mutations: readonly Mutation<T[K]>[],
  ): Operation {
    const schema = this.#table(table);
    return {
      op: 'mutate',
      table,
      where: this.#where(table, where),
      mutations: mutations.map(([column, mutator, value]) => [
        column,
        mutator,
        encodeOperand(schema, column, mutator, operand(value)),
      ]),
    };
  }

  /** RFC 7047, 5.2.5. */
  delete<K extends keyof T & string>(table: K, where: readonly Condition<T[K]>[]): Operation {
    return { op: 'delete', table, where: this.#where(table, where) };
  }

  /** RFC 7047, 5.2.6. `timeout` is in milliseconds; 0 tests once, without waiting. */
  wait<K extends keyof T & string>(
    table: K,
    where: readonly Condition<T[K]>[],
    until: '==' | '!=',
    rows: readonly NewRow<T[K]>[],
    options: { readonly columns: readonly ColumnsOf<T[K]>[]; readonly timeout?: number },
  ): Operation {
    const operation = {
      op: 'wait',
      table,
      where: this.#where(table, where),
      columns: this.#columns(table, options.columns),
      until,
      rows: rows.map((row) => encodeRow(this.#table(table), values(row))),
    };
    return options.timeout === undefined ? operation : { ...operation, timeout: options.timeout };
  }

  /** RFC 7047, 5.2.7: `durable` waits until the transaction is on disk. */
  commit(durable: boolean): Operation {
    return { op: 'commit', durable };
  }

  /** RFC 7047, 5.2.8: makes the transaction fail, after everything before it was tried. */
  abort(): Operation {
    return { op: 'abort' };
  }

  /** RFC 7047, 5.2.9: a note for the server's log. */
  comment(comment: string): Operation {
    return { op: 'comment', comment };
  }

  /** RFC 7047, 5.2.10: fails with "not owner" unless this session holds the lock. */
  assert(lock: string): Operation {
    return { op: 'assert', lock };
  }

  #table(name: string): TableSchema {
    return tableOf(this.#schema, name);
  }

  #columns(table: string, columns: readonly string[]): readonly string[] {
    return columns.map((column) => columnOf(this.#table(table), column).name);
  }

  #where<R>(table: string, where: readonly Condition<R>[]): JsonObject[string] {
    return encodeWhere(this.#table(table), where);
  }
}

/** Writes a `where` clause; also used by conditional monitors. */
export function encodeWhere<R>(table: TableSchema, where: readonly Condition<R>[]): JsonObject[string] {
  return where.map(([column, test, value]) => [
    column,
    test,
    encodePart(columnOf(table, column), operand(value)),
  ]);
}

function encodeOperand(table: TableSchema, name: string, mutator: Mutator, value: Value): JsonObject[string] {
  const column = columnOf(table, name);
  if (mutator !== 'insert' && mutator !== 'delete') {
    // Arithmetic takes one bare number, also on a set of numbers; the column's range is for the result only.
    const { type } = column.type.key;
    return encodePart({ ...column, shape: 'scalar', type: { key: { type }, min: 1, max: 1 } }, value);
  }
  if (mutator === 'delete' && column.shape === 'map' && Array.isArray(value)) {
    const { key, min, max } = column.type;
    return encodePart({ ...column, shape: 'set', type: { key, min, max } }, value);
  }
  return encodePart(column, value);
}

/** Row types are interfaces over `Value`s: the generator makes no others. */
function values(row: object): Readonly<Record<string, Value | undefined>> {
  return row as Readonly<Record<string, Value | undefined>>;
}

function operand(value: unknown): Value {
  return value as Value;
}
