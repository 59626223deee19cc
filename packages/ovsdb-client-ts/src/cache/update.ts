import { OvsdbError } from '../errors.ts';
import {
  expectArray,
  expectObject,
  expectString,
  type Json,
  type JsonObject,
  member,
} from '../notation/json.ts';
import { isUuid, type Uuid } from '../notation/value.ts';

/** One row's part of an update, in any of the three notations. `full` rows may leave out default values. */
export type RowUpdate =
  | { readonly table: string; readonly uuid: Uuid; readonly kind: 'full'; readonly row: JsonObject }
  | { readonly table: string; readonly uuid: Uuid; readonly kind: 'diff'; readonly row: JsonObject }
  | { readonly table: string; readonly uuid: Uuid; readonly kind: 'delete' };

/** Reads <table-updates> (RFC 7047, 4.1.6): `new` is the whole row as monitored. Throws OVSDB_PROTOCOL. */
export function parseUpdates(json: Json | undefined): readonly RowUpdate[] {
  return rowsOf(json, (table, uuid, update) => {
    const row = member(update, 'new');
    return row === undefined || row === null
      ? { table, uuid, kind: 'delete' }
      : { table, uuid, kind: 'full', row: expectObject(row, 'new') };
  });
}

/** Reads <table-updates2> (ovsdb-server(7), 4.1.14). Throws OVSDB_PROTOCOL. */
export function parseUpdates2(json: Json | undefined): readonly RowUpdate[] {
  return rowsOf(json, (table, uuid, update) => {
    for (const kind of ['initial', 'insert', 'modify'] as const) {
      const row = member(update, kind);
      if (row !== undefined) {
        return { table, uuid, kind: kind === 'modify' ? 'diff' : 'full', row: expectObject(row, kind) };
      }
    }
    if (member(update, 'delete') !== undefined) return { table, uuid, kind: 'delete' };
    throw new OvsdbError('OVSDB_PROTOCOL', { what: 'row update', table });
  });
}

/** What `monitor_cond_since` answers: whether it could continue, from which transaction, and the rows. */
export function parseSince(json: Json): {
  readonly found: boolean;
  readonly lastTransaction: string;
  readonly updates: readonly RowUpdate[];
} {
  const [found, lastTransaction, updates] = expectArray(json, 'monitor_cond_since');
  return {
    found: found === true,
    lastTransaction: expectString(lastTransaction, 'last transaction'),
    updates: parseUpdates2(updates),
  };
}

function rowsOf(
  json: Json | undefined,
  parse: (table: string, uuid: Uuid, update: JsonObject) => RowUpdate,
): readonly RowUpdate[] {
  const updates: RowUpdate[] = [];
  for (const [table, rows] of Object.entries(expectObject(json, 'table updates'))) {
    for (const [uuid, update] of Object.entries(expectObject(rows, table))) {
      if (!isUuid(uuid)) throw new OvsdbError('OVSDB_PROTOCOL', { what: 'row uuid', table });
      updates.push(parse(table, uuid, expectObject(update, 'row update')));
    }
  }
  return updates;
}
