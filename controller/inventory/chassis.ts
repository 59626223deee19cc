import { isDeepStrictEqual } from 'node:util';
import type { ChassisRecord, TunnelType } from '#controller/store/records';
import type { Store } from '#controller/store/store';
import type { Hypervisor } from './hypervisor.ts';
import { tunnelName } from './plan-tunnels.ts';
import { type Bridge, bridgeNamed, rowsAt, type View } from './view.ts';
import { ofportOf, vifsOf } from './vif.ts';

/** A chassis record without the keys, which only the store can give. */
export type ChassisDescription = Omit<ChassisRecord, 'peerKeys'>;

/** The hypervisor as its database shows it now. Pure. */
export function describeChassis(view: View, hypervisor: Hypervisor): ChassisDescription {
  const { systemId: id, hostname, encapIp, encapTypes, bridge: name } = hypervisor;
  const bridge = bridgeNamed(view, name);
  const type = bridge === undefined ? hypervisor.datapathType : bridge.datapath_type;
  return {
    id,
    hostname,
    encapIp,
    encapTypes,
    bridge: name,
    datapathId: DATAPATH_ID.exec(bridge?.datapath_id ?? '')?.[0] ?? '',
    datapathType: type === 'netdev' ? 'netdev' : 'system',
    tunnelPorts: bridge === undefined ? {} : tunnelPorts(view, bridge, encapTypes),
    interfaces: bridge === undefined ? {} : interfaces(view, bridge),
  };
}

/** Stores the description if it says anything new; resolves with whether it did. Rejects as the store does. */
export async function storeChassis(store: Store, description: ChassisDescription): Promise<boolean> {
  const stored = store.get('chassis', description.id);
  if (stored !== undefined && isDeepStrictEqual(stored, { ...description, peerKeys: stored.peerKeys }))
    return false;
  await store.transact((transaction) => {
    const before = transaction.get('chassis', description.id)?.peerKeys ?? {};
    const peerKeys = Object.fromEntries(
      description.encapTypes.map((type) => [type, before[type] ?? transaction.allocate('port')]),
    );
    transaction.put('chassis', description.id, { ...description, peerKeys });
  });
  return true;
}

const DATAPATH_ID = /^[0-9a-f]{16}$/;

function tunnelPorts(view: View, bridge: Bridge, types: readonly TunnelType[]): ChassisRecord['tunnelPorts'] {
  const ports: Partial<Record<TunnelType, number>> = {};
  for (const port of rowsAt(view.table('Port'), bridge.ports)) {
    const type = types.find((each) => tunnelName(each) === port.name);
    const [row] = rowsAt(view.table('Interface'), port.interfaces);
    const ofport = row && ofportOf(row);
    if (type !== undefined && ofport !== undefined) ports[type] = ofport;
  }
  return ports;
}

/** Two plugged interfaces with one iface-id: the name that sorts first wins, whatever the order of events was. */
function interfaces(view: View, bridge: Bridge): ChassisRecord['interfaces'] {
  const found = new Map<string, { readonly name: string; readonly ofport: number }>();
  for (const [id, row] of vifsOf(view, bridge)) {
    const ofport = ofportOf(row);
    const other = found.get(id);
    if (ofport !== undefined && (other === undefined || row.name < other.name)) {
      found.set(id, { name: row.name, ofport });
    }
  }
  return Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}
