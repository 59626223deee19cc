import {
  columnOf,
  type DatabaseSchema,
  defaultValue,
  encodeRow,
  equalValues,
  type Operation,
  type Row,
  tableOf,
  type Uuid,
} from 'ovsdb-client-ts';
import { changedColumns, type RowChange } from './database.ts';
import { addressOf, ManagedDatabase, uuidsOf } from './managed-database.ts';

/** The tables that say how a bridge is to be. */
const TABLES = ['Bridge', 'Port', 'Interface', 'Controller', 'Flow_Table'];
/** What ovs-vswitchd writes of them, as far as controllers look at it. */
export const WRITTEN = { Bridge: ['datapath_id'], Interface: ['ofport', 'error'] } as const;
const NEVER_SENT = new Set<string>(['_uuid', '_version', ...WRITTEN.Bridge, ...WRITTEN.Interface]);

/**
 * A hypervisor whose switch is one bridge of an Open vSwitch that it shares with others. Its controller sees a database of its
 * own, in which the bridge has the name that it gave; the rows of that are copied to the shared database, under the same uuids
 * and with names that differ from the others', and what ovs-vswitchd writes there is copied back.
 */
export class RealBridge {
  readonly managed: ManagedDatabase;
  readonly #send: (operations: readonly Operation[]) => void;

  /** `send` has a transaction done in the shared database. */
  constructor(number: number, send: (operations: readonly Operation[]) => void) {
    this.managed = new ManagedDatabase({ id: `real${number}`, encapIp: addressOf(10, number) });
    this.#send = send;
    this.managed.database.watch((changes) => this.#changed(changes));
  }

  /** The name of its bridge in the shared database, and of the hypervisor. */
  get name(): string {
    return this.managed.id;
  }

  /** The name that an interface has in the shared database. */
  nameOf(device: string): string {
    return `${this.name}.${device}`;
  }

  /** Takes in what ovs-vswitchd has written of one of the rows; of other rows it does nothing. */
  written(table: string, uuid: Uuid, columns: Row): void {
    const row = this.managed.database.rows(table).get(uuid);
    if (row === undefined || Object.entries(columns).every(([name, value]) => isEqual(row[name], value)))
      return;
    this.managed.database.transact((draft) => draft.update(table, uuid, columns));
  }

  #changed(changes: readonly RowChange[]): void {
    const { schema } = this.managed.database;
    const operations = changes.flatMap((change) => {
      if (change.table === 'Open_vSwitch') return this.#rootChanged(change);
      return TABLES.includes(change.table) ? this.#rowChanged(schema, change) : [];
    });
    if (operations.length > 0) this.#send(operations);
  }

  /** Which bridges there are, and that ovs-vswitchd is to look at them, is said in the one row that all share. */
  #rootChanged({ before, after }: RowChange): readonly Operation[] {
    const [old, now] = [uuidsOf(before?.bridges), uuidsOf(after?.bridges)];
    const mutations = [
      ...now.filter((uuid) => !old.includes(uuid)).map((uuid) => ['bridges', 'insert', ['uuid', uuid]]),
      ...old.filter((uuid) => !now.includes(uuid)).map((uuid) => ['bridges', 'delete', ['uuid', uuid]]),
      ...(before && before.next_cfg !== after?.next_cfg ? [['next_cfg', '+=', 1]] : []),
    ];
    return mutations.length > 0 ? [{ op: 'mutate', table: 'Open_vSwitch', where: [], mutations }] : [];
  }

  /** Rows that nothing refers to any more go by themselves. */
  #rowChanged(schema: DatabaseSchema, change: RowChange): readonly Operation[] {
    const { table, uuid, before, after } = change;
    if (after === undefined) return [];
    const layout = tableOf(schema, table);
    const isSent = (name: string) =>
      !NEVER_SENT.has(name) && (before ? true : !isEqual(after[name], defaultValue(columnOf(layout, name))));
    const names = before ? changedColumns(schema, change).map(({ name }) => name) : Object.keys(after);
    const columns = Object.fromEntries(names.filter(isSent).map((name) => [name, after[name]]));
    if (before && Object.keys(columns).length === 0) return [];
    const row = encodeRow(layout, this.#renamed(columns));
    return before
      ? [{ op: 'update', table, where: [['_uuid', '==', ['uuid', uuid]]], row }]
      : [{ op: 'insert', table, uuid, row }];
  }

  /** The names of all interfaces of an Open vSwitch differ; that of a bridge is its local interface's, too. */
  #renamed(columns: Readonly<Record<string, Row[string] | undefined>>): typeof columns {
    if (typeof columns.name !== 'string') return columns;
    const bridges = [...this.managed.database.rows('Bridge').values()];
    const isBridge = bridges.some(({ name }) => name === columns.name);
    return { ...columns, name: isBridge ? this.name : this.nameOf(columns.name) };
  }
}

function isEqual(a: Row[string] | undefined, b: Row[string] | undefined): boolean {
  return a !== undefined && b !== undefined && equalValues(a, b);
}
