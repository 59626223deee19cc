import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import {
  type Atom,
  type ColumnSchema,
  encodeRow,
  encodeValue,
  type Json,
  JsonFramer,
  type JsonObject,
  OvsdbError,
  type Row,
  type TableSchema,
  tableOf,
  type Value,
} from 'ovsdb-client-ts';
import { changedColumns, type Database, Refused, type RowChange } from './database.ts';
import { perform, resolveNames } from './operations.ts';

/** The server's side of an OVSDB session (RFC 7047, 4, and ovsdb-server(7)) over a socket that is connected. */
export class DatabaseSession {
  readonly #database: Database;
  readonly #socket: Socket;
  readonly #framer = new JsonFramer();
  /** Monitors by the text of their id: table → columns. */
  readonly #monitors = new Map<
    string,
    { readonly id: Json; readonly columns: ReadonlyMap<string, Set<string>> }
  >();
  readonly #unwatch: () => void;
  readonly #probe: NodeJS.Timeout;
  #isHeard = true;

  constructor(database: Database, socket: Socket) {
    this.#database = database;
    this.#socket = socket;
    this.#unwatch = database.watch((changes) => this.#tell(changes));
    socket.on('data', (chunk) => this.#receive(chunk));
    socket.on('error', () => undefined);
    this.#probe = setInterval(() => this.#checkAlive(), PROBE_INTERVAL);
  }

  /** The socket is closed: nothing is told any more. */
  end(): void {
    clearInterval(this.#probe);
    this.#unwatch();
  }

  /** As ovsdb-server does with a manager that is silent. */
  #checkAlive(): void {
    if (!this.#isHeard) this.#socket.destroy();
    this.#isHeard = false;
    this.#send({ id: 'echo', method: 'echo', params: [] });
  }

  #receive(chunk: Uint8Array): void {
    this.#isHeard = true;
    try {
      for (const message of this.#framer.push(chunk)) this.#answer(message);
    } catch (error) {
      if (!(error instanceof OvsdbError)) throw error;
      this.#socket.destroy();
    }
  }

  #answer(message: Json): void {
    if (!isObject(message) || typeof message.method !== 'string' || message.id === null) return;
    const params = Array.isArray(message.params) ? message.params : [];
    try {
      this.#send({ id: message.id ?? null, result: this.#call(message.method, params), error: null });
    } catch (error) {
      this.#send({ id: message.id ?? null, result: null, error: errorOf(error) });
    }
  }

  #call(method: string, params: readonly Json[]): Json {
    switch (method) {
      case 'echo':
        return params;
      case 'list_dbs':
        return [this.#database.schema.name];
      case 'transact':
        return this.#transact(params.slice(1).filter(isObject));
      case 'monitor_cond_since':
        return this.#monitor(params);
      case 'monitor_cancel':
        if (!this.#monitors.delete(JSON.stringify(params[0]))) throw new Refused('unknown monitor', '');
        return {};
      default:
        throw new Refused('unknown method', method);
    }
  }

  /** A refused transaction is no failure of the call: the error stands in the place of its operation's result. */
  #transact(operations: readonly JsonObject[]): Json {
    const results: Json[] = [];
    try {
      return this.#database.transact((draft) => {
        for (const operation of resolveNames(operations, randomUUID)) results.push(perform(draft, operation));
        return results;
      });
    } catch (error) {
      const { length } = results;
      const rest = operations.slice(length + 1).map(() => null);
      return [...results, errorOf(error), ...rest];
    }
  }

  #monitor([, id = null, requests]: readonly Json[]): Json {
    const { schema, transaction } = this.#database;
    const columns = new Map<string, Set<string>>();
    const dump: Record<string, JsonObject> = {};
    for (const [name, request] of Object.entries(isObject(requests) ? requests : {})) {
      const wanted = new Set(columnsOf(request, tableOf(schema, name)));
      columns.set(name, wanted);
      const rows = [...this.#database.rows(name)].map(([uuid, row]) => [
        uuid,
        { initial: encodeRow(tableOf(schema, name), pick(row, wanted)) },
      ]);
      if (rows.length > 0) dump[name] = Object.fromEntries(rows);
    }
    this.#monitors.set(JSON.stringify(id), { id, columns });
    return [false, transaction, dump];
  }

  #tell(changes: readonly RowChange[]): void {
    for (const { id, columns } of this.#monitors.values()) {
      const tables: Record<string, Record<string, Json>> = {};
      for (const change of changes) {
        const wanted = columns.get(change.table);
        const update = wanted && this.#updateOf(change, wanted);
        if (update === undefined) continue;
        const rows = tables[change.table] ?? {};
        rows[change.uuid] = update;
        tables[change.table] = rows;
      }
      if (Object.keys(tables).length > 0)
        this.#send({ method: 'update3', id: null, params: [id, this.#database.transaction, tables] });
    }
  }

  /** A <row-update2> (ovsdb-server(7), 4.1.14), if the columns that are watched have changed. */
  #updateOf(change: RowChange, wanted: ReadonlySet<string>): JsonObject | undefined {
    const { schema } = this.#database;
    const { before, after, table } = change;
    if (after === undefined) return { delete: null };
    if (before === undefined) return { insert: encodeRow(tableOf(schema, table), pick(after, wanted)) };
    const columns = changedColumns(schema, change).filter(({ name }) => wanted.has(name));
    if (columns.length === 0) return undefined;
    return {
      modify: Object.fromEntries(columns.map((column) => [column.name, diff(column, before, after)])),
    };
  }

  #send(message: JsonObject): void {
    if (this.#socket.writable) this.#socket.write(JSON.stringify(message));
  }
}

/** Milliseconds. */
const PROBE_INTERVAL = 5_000;

/** How a column's value changed (<diff>): sets and maps toggle elements, all others are replaced. */
function diff(column: ColumnSchema, { [column.name]: before }: Row, { [column.name]: after }: Row): Json {
  if (before === undefined || after === undefined) return null;
  return encodeValue(column, column.type.max === 1 ? after : toggled(before, after));
}

function toggled(before: Value, after: Value): Value {
  if (before instanceof Map && after instanceof Map) {
    const changed = new Map<Atom, Atom>();
    for (const [key, value] of before) if (!after.has(key)) changed.set(key, value);
    for (const [key, value] of after) if (before.get(key) !== value) changed.set(key, value);
    return changed;
  }
  const [old, now] = [atoms(before), atoms(after)];
  return [...[...old].filter((atom) => !now.has(atom)), ...[...now].filter((atom) => !old.has(atom))];
}

function atoms(value: Value): ReadonlySet<Atom> {
  return new Set(Array.isArray(value) ? value : []);
}

function columnsOf(request: Json, table: TableSchema): readonly string[] {
  const [first] = Array.isArray(request) ? request : [request];
  const columns = isObject(first) ? first.columns : undefined;
  return Array.isArray(columns) ? columns.map(String) : [...table.columns.keys()];
}

function pick(row: Row, columns: ReadonlySet<string>): Row {
  return Object.fromEntries(Object.entries(row).filter(([name]) => columns.has(name)));
}

function errorOf(error: unknown): JsonObject {
  if (error instanceof Refused) return { error: error.error, details: error.message };
  if (error instanceof OvsdbError) return { error: 'syntax error', details: error.message };
  throw error;
}

function isObject(json: Json | undefined): json is JsonObject {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}
