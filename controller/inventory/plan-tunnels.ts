import type { Operation } from 'ovsdb-client-ts';
import { shown } from './quote.ts';
import type { Repair, Wanted } from './repair.ts';
import { type Bridge, db, type Port, rowsAt, type View } from './view.ts';

/** Marks what we made, in external_ids: only that is ever removed. */
const OWNED = ['tenantflow-owned', 'true'] as const;
const OWNED_IDS: ReadonlyMap<string, string> = new Map([OWNED]);

/**
 * The OpenFlow port numbers we ask for: far from those that OVS gives to VIFs, and the same again when the port has
 * to be made anew, so that no flow changes. Should a number be taken, OVS picks another and the flows follow.
 */
const OFPORT_REQUESTS: Readonly<Record<string, number>> = { vxlan: 65_001, gre: 65_002, geneve: 65_003 };

/** The name of a bridge's tunnel port of a type, and of its interface. */
export function tunnelName(type: string): string {
  return `tf-${type}`;
}

/** One tunnel port per type, on our bridge only, whose remote end and key each flow chooses. */
export function planTunnels(view: View, bridge: Bridge, wanted: Wanted): readonly Repair[] {
  const unwanted = removeUnwanted(view, bridge, wanted);
  // A tunnel port that is still on another bridge stands in the way of its successor: that follows when it is gone.
  if (unwanted.length > 0) return unwanted;
  return wanted.encapTypes.flatMap((type) => planTunnel(view, bridge, type, wanted));
}

function planTunnel(view: View, bridge: Bridge, type: string, wanted: Wanted): readonly Repair[] {
  const name = tunnelName(type);
  const options = new Map([
    ['remote_ip', 'flow'],
    ['key', 'flow'],
    ['local_ip', wanted.encapIp],
  ]);
  const port = rowsAt(view.table('Port'), bridge.ports).find((each) => each.name === name);
  if (port !== undefined) return repairTunnel(view, bridge, port, type, options);
  return [
    {
      what: `port ${name}`,
      operations: [
        db.insert(
          'Interface',
          { name, type, options, ofport_request: OFPORT_REQUESTS[type] ?? null, external_ids: OWNED_IDS },
          `interface_${type}`,
        ),
        db.insert(
          'Port',
          { name, interfaces: [`interface_${type}`], external_ids: OWNED_IDS },
          `port_${type}`,
        ),
        db.mutate('Bridge', [['_uuid', '==', bridge._uuid]], [['ports', 'insert', [`port_${type}`]]]),
      ],
    },
  ];
}

/** Other options that someone sets (`dst_port`, `tos`, `csum`…) are left alone. */
function repairTunnel(
  view: View,
  bridge: Bridge,
  port: Port,
  type: string,
  options: ReadonlyMap<string, string>,
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
  const [tunnel] = rowsAt(view.table('Interface'), port.interfaces);
  if (tunnel?.ofport === -1) return [removePort(bridge, port, `port ${port.name} that OVS could not make`)];
  if (tunnel !== undefined) {
    const where = [['_uuid', '==', tunnel._uuid]] as const;
    if (tunnel.type !== type) operations.push(db.update('Interface', where, { type }));
    if ([...options].some(([key, value]) => tunnel.options.get(key) !== value)) {
      operations.push(db.update('Interface', where, { options: new Map([...tunnel.options, ...options]) }));
    }
  }
  return operations.length === 0 ? [] : [{ what: `port ${port.name} settings`, operations }];
}

function removeUnwanted(view: View, bridge: Bridge, wanted: Wanted): readonly Repair[] {
  const names = new Set(wanted.encapTypes.map(tunnelName));
  const repairs: Repair[] = [];
  for (const owner of view.table('Bridge').values()) {
    for (const port of rowsAt(view.table('Port'), owner.ports)) {
      if (!isOwned(port) || (owner === bridge && names.has(port.name))) continue;
      repairs.push({
        what: `port ${shown(port.name)} on ${shown(owner.name)}`,
        operations: [
          db.mutate('Bridge', [['_uuid', '==', owner._uuid]], [['ports', 'delete', [port._uuid]]]),
        ],
      });
    }
  }
  return repairs;
}

function removePort(bridge: Bridge, port: Port, what: string): Repair {
  return {
    what,
    operations: [db.mutate('Bridge', [['_uuid', '==', bridge._uuid]], [['ports', 'delete', [port._uuid]]])],
  };
}

function isOwned(port: Port): boolean {
  return port.external_ids.get(OWNED[0]) === OWNED[1];
}
