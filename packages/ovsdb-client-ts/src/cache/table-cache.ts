import { OvsdbError } from '../errors.ts';
import { expectString, type Json, type JsonObject } from '../notation/json.ts';
import type { MonitorMethod, UpdateMethod } from '../notation/monitor.ts';
import { type ColumnsOf, type Condition, encodeWhere } from '../notation/operation.ts';
import { decodeFullRow, equalRows, patchRow, type Row } from '../notation/row.ts';
import { columnOf, type DatabaseSchema, tableOf } from '../notation/schema.ts';
import { type Uuid, valueBytes, ZERO_UUID } from '../notation/value.ts';
import { parseSince, parseUpdates, parseUpdates2, type RowUpdate } from './update.ts';

/** Which columns of which tables to watch. */
export type Selection<T> = { readonly [K in keyof T]?: readonly ColumnsOf<T[K]>[] };

/** A row as the cache holds it: the selected columns and `_uuid`. */
export type SelectedRow<T, S extends Selection<T>, K extends keyof T> = S[K] extends readonly (infer C)[]
  ? Pick<T[K], Extract<C | '_uuid', keyof T[K]>>
  : never;

/** One row's change; `before` is absent for a new row, `after` for one that is gone. */
export interface RowChange {
  readonly table: string;
  readonly uuid: Uuid;
  readonly before?: Row;
  readonly after?: Row;
}

export interface CacheOptions<T> {
  /** Rows that every condition of their table's list accepts; servers without monitor_cond send all rows. */
  readonly where?: { readonly [K in keyof T]?: readonly Condition<T[K]>[] };
  /** Rows over all tables. Default 200 000. */
  readonly maxRows?: number;
  /** Rough memory use of all rows, in bytes. Default 256 MiB. */
  readonly maxBytes?: number;
}

/**
 * A copy of some columns of some tables of one database, kept up to date by `Session.replicate`. It outlives
 * sessions: after a reconnect its listeners see only what really changed meanwhile. What a server sends is checked;
 * the session closes with OVSDB_CACHE_FULL, OVSDB_PROTOCOL, OVSDB_SCHEMA or OVSDB_VALUE when it does not fit.
 */
export class TableCache<T, const S extends Selection<T> = Selection<T>> {
  readonly schema: DatabaseSchema<T>;
  readonly #selection: ReadonlyMap<string, readonly string[]>;
  readonly #options: CacheOptions<T>;
  readonly #tables = new Map<string, Map<Uuid, Row>>();
  readonly #listeners = new Set<(changes: readonly RowChange[]) => void>();
  #lastTransaction: Uuid = ZERO_UUID;
  #rows = 0;
  #bytes = 0;

  /** Throws OVSDB_SCHEMA when the selection names what the schema lacks. */
  constructor(schema: DatabaseSchema<T>, selection: S, options: CacheOptions<T> = {}) {
    this.schema = schema;
    this.#options = options;
    const entries = Object.entries<readonly string[] | undefined>(selection);
    this.#selection = new Map(entries.map(([table, columns]) => [table, columns ?? []]));
    for (const [table, columns] of this.#selection) {
      for (const column of columns) columnOf(tableOf(schema, table), column);
      this.#tables.set(table, new Map());
    }
  }

  /** The id of the last transaction seen, zeros when unknown: where `monitor_cond_since` continues. */
  get lastTransaction(): Uuid {
    return this.#lastTransaction;
  }

  /** Rough memory use of all rows, in bytes: what `maxBytes` bounds. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The rows of a selected table by uuid. The map is live. Throws OVSDB_SCHEMA for other tables. */
  table<K extends keyof S & keyof T & string>(name: K): ReadonlyMap<Uuid, SelectedRow<T, S, K>> {
    // Every row in it was decoded with this table's schema, from which the row types were generated.
    return this.#rowsOf(name) as unknown as ReadonlyMap<Uuid, SelectedRow<T, S, K>>;
  }

  /** Calls `listener` after each update with all its changes, one per row. Returns the function that ends it. */
  onChange(listener: (changes: readonly RowChange[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The <monitor-requests> of this cache. For `Session.replicate`. */
  requests(method: MonitorMethod): JsonObject {
    const requests: Record<string, Json> = {};
    for (const [name, columns] of this.#selection) {
      const where = this.#options.where?.[name as keyof T & string];
      const request = { columns: columns.filter((column) => column !== '_uuid') };
      requests[name] = [
        method === 'monitor' || where === undefined
          ? request
          : { ...request, where: encodeWhere(tableOf(this.schema, name), where) },
      ];
    }
    return requests;
  }

  /** Takes a monitor's first dump. For `Session.replicate`. */
  begin(method: MonitorMethod, json: Json): void {
    if (method === 'monitor_cond_since') {
      const { found, lastTransaction, updates } = parseSince(json);
      this.#apply(updates, !found);
      this.#lastTransaction = lastTransaction;
    } else {
      this.#apply(method === 'monitor' ? parseUpdates(json) : parseUpdates2(json), true);
      this.#lastTransaction = ZERO_UUID;
    }
  }

  /** Takes an update notification's parameters after the id. For `Session.replicate`. */
  update(method: UpdateMethod, params: readonly Json[]): void {
    const json = method === 'update3' ? params[1] : params[0];
    this.#apply(method === 'update' ? parseUpdates(json) : parseUpdates2(json), false);
    if (method === 'update3') this.#lastTransaction = expectString(params[0], 'last transaction');
  }

  /** `replace`: rows that the updates do not mention are gone. */
  #apply(updates: readonly RowUpdate[], replace: boolean): void {
    // Should anything below fail, then the cache is not what that transaction left: ask for everything next time.
    const { lastTransaction } = this;
    this.#lastTransaction = ZERO_UUID;
    const changes: RowChange[] = [];
    if (replace) changes.push(...this.#unmentioned(updates));
    for (const update of updates) {
      const change = this.#applyOne(update);
      if (change !== undefined) changes.push(change);
    }
    if (changes.length > 0) for (const listener of [...this.#listeners]) listener(changes);
    this.#lastTransaction = lastTransaction;
  }

  #unmentioned(updates: readonly RowUpdate[]): readonly RowChange[] {
    const mentioned = new Set(updates.map((update) => update.uuid));
    const gone: RowChange[] = [];
    for (const [table, rows] of this.#tables) {
      for (const [uuid, before] of [...rows]) {
        if (mentioned.has(uuid)) continue;
        this.#set(rows, uuid, before, undefined);
        gone.push({ table, uuid, before });
      }
    }
    return gone;
  }

  #applyOne(update: RowUpdate): RowChange | undefined {
    const { table, uuid } = update;
    const rows = this.#rowsOf(table);
    const before = rows.get(uuid);
    if (update.kind === 'delete') {
      if (before === undefined) return undefined;
      this.#set(rows, uuid, before, undefined);
      return { table, uuid, before };
    }
    const after = this.#newRow(update, before);
    if (before === undefined) {
      this.#set(rows, uuid, undefined, after);
      return { table, uuid, after };
    }
    if (equalRows(before, after)) return undefined;
    this.#set(rows, uuid, before, after);
    return { table, uuid, before, after };
  }

  #newRow(update: RowUpdate & { readonly row: JsonObject }, before: Row | undefined): Row {
    const schema = tableOf(this.schema, update.table);
    if (update.kind === 'full') {
      const columns = this.#selection.get(update.table) ?? [];
      return { ...decodeFullRow(schema, columns, update.row), _uuid: update.uuid };
    }
    if (before === undefined) throw new OvsdbError('OVSDB_PROTOCOL', { what: 'modify', table: update.table });
    return patchRow(schema, before, update.row);
  }

  #set(rows: Map<Uuid, Row>, uuid: Uuid, before: Row | undefined, after: Row | undefined): void {
    if (after === undefined) rows.delete(uuid);
    else rows.set(uuid, after);
    this.#rows += (after === undefined ? 0 : 1) - (before === undefined ? 0 : 1);
    this.#bytes += rowBytes(after) - rowBytes(before);
    const { maxRows = 200_000, maxBytes = 256 * 1024 * 1024 } = this.#options;
    if (this.#rows > maxRows || this.#bytes > maxBytes) {
      throw new OvsdbError('OVSDB_CACHE_FULL', { rows: this.#rows, bytes: this.#bytes });
    }
  }

  #rowsOf(table: string): Map<Uuid, Row> {
    const rows = this.#tables.get(table);
    if (rows === undefined) throw new OvsdbError('OVSDB_SCHEMA', { table, what: 'not selected' });
    return rows;
  }
}

function rowBytes(row: Row | undefined): number {
  if (row === undefined) return 0;
  return Object.values(row).reduce<number>((bytes, value) => bytes + valueBytes(value), 128);
}
