import type { Operation } from 'ovsdb-client-ts';
import { shown } from '../quote.ts';
import { type Bridge, db, type Port, rowsAt, type View } from '../view.ts';
import type { Repair } from './repair.ts';

/** Marks what we made, in external_ids: only such ports are ever removed. */
const OWNED = ['tenantflow-owned', 'true'] as const;
export const OWNED_IDS: ReadonlyMap<string, string> = new Map([OWNED]);

/** A port that the plan wants on a bridge, with its one interface. */
export interface WantedPort {
  readonly name: string;
  /** Interface type of Open vSwitch: `vxlan`, `patch`… */
  readonly type: string;
  /** Options that must be so; others that someone sets are left alone. */
  readonly options: ReadonlyMap<string, string>;
  /** OpenFlow port number to ask for; should it be taken, OVS picks another and the flows follow. */
  readonly ofport?: number;
}

/** Makes a port of ours, or mends the one of that name. */
export function planOwnedPort(view: View, bridge: Bridge, wanted: WantedPort): readonly Repair[] {
  const port = rowsAt(view.table('Port'), bridge.ports).find((each) => each.name === wanted.name);
  return port === undefined ? [newPort(bridge, wanted)] : repairPort(view, bridge, port, wanted);
}

/** Removes ports of ours, from any bridge, that are not among the wanted ones of it. */
export function removeUnwanted(
  view: View,
  wanted: ReadonlyMap<Bridge, readonly WantedPort[]>,
): readonly Repair[] {
  const repairs: Repair[] = [];
  for (const owner of view.table('Bridge').values()) {
    const names = new Set(wanted.get(owner)?.map(({ name }) => name));
    for (const port of rowsAt(view.table('Port'), owner.ports)) {
      if (!isOwned(port) || names.has(port.name)) continue;
      repairs.push(removePort(owner, port, `port ${shown(port.name)} on ${shown(owner.name)}`));
    }
  }
  return repairs;
}

function newPort(bridge: Bridge, { name, type, options, ofport }: WantedPort): Repair {
  // Named uuids may not have other characters; two ports of one name can't be wanted.
  const label = name.replaceAll(/[^a-zA-Z0-9]/g, (other) => `_${other.charCodeAt(0)}`);
  return {
    what: `port ${name}`,
    operations: [
      db.insert(
        'Interface',
        { name, type, options, ofport_request: ofport ?? null, external_ids: OWNED_IDS },
        `interface_${label}`,
      ),
      db.insert(
        'Port',
        { name, interfaces: [`interface_${label}`], external_ids: OWNED_IDS },
        `port_${label}`,
      ),
      db.mutate('Bridge', [['_uuid', '==', bridge._uuid]], [['ports', 'insert', [`port_${label}`]]]),
    ],
  };
}

function repairPort(
  view: View,
  bridge: Bridge,
  port: Port,
  { type, options }: WantedPort,
): readonly Repair[] {
  const operations: Operation[] = [];
  if (!isOwned(port)) {
    operations.push(
      db.mutate(
        'Port',
        [['_uuid', '==', port._uuid]],
        [
          ['external_ids', 'delete', [OWNED[0]]],
          ['external_ids', 'insert', OWNED_IDS],
        ],
      ),
    );
  }
  const [row] = rowsAt(view.table('Interface'), port.interfaces);
  if (row?.ofport === -1) return [removePort(bridge, port, `port ${port.name} that OVS could not make`)];
  if (row !== undefined) {
    const where = [['_uuid', '==', row._uuid]] as const;
    if (row.type !== type) operations.push(db.update('Interface', where, { type }));
    if ([...options].some(([key, value]) => row.options.get(key) !== value)) {
      operations.push(db.update('Interface', where, { options: new Map([...row.options, ...options]) }));
    }
  }
  return operations.length === 0 ? [] : [{ what: `port ${port.name} settings`, operations }];
}

function removePort(bridge: Bridge, port: Port, what: string): Repair {
  return {
    what,
    operations: [db.mutate('Bridge', [['_uuid', '==', bridge._uuid]], [['ports', 'delete', [port._uuid]]])],
  };
}

/** Whether we made it. */
export function isOwned(row: Pick<Port, 'external_ids'>): boolean {
  return row.external_ids.get(OWNED[0]) === OWNED[1];
}
