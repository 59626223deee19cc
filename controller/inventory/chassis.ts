import { isDeepStrictEqual } from 'node:util';
import {
  type ChassisRecord,
  type PhysicalNetwork,
  type TunnelType,
  type VifRecord,
  vifId,
} from '#controller/store/records';
import type { Store, StoreView, Transaction } from '#controller/store/store';
import { timestamp } from '#controller/store/timestamp';
import { rivalOf } from './admission/rivals.ts';
import type { Hypervisor } from './hypervisor.ts';
import { patchNames } from './plan/patches.ts';
import { tunnelName } from './plan/tunnels.ts';
import { type Bridge, bridgeNamed, rowsAt, type View } from './view.ts';
import { describeVifs, type Incumbent, ofportOf, type Vif } from './vif.ts';

/** A chassis without what the store knows of it and its database does not. */
type Described = Omit<
  ChassisRecord,
  'peerKeys' | 'physicalNetworks' | 'adminStateUp' | 'description' | 'createdAt'
> & {
  readonly physicalNetworks: readonly Omit<PhysicalNetwork, 'key'>[];
};

/** A hypervisor as its database shows it now: its record without what only the store can give, and its VIFs. */
export interface Description {
  readonly chassis: Described;
  /** By iface-id. */
  readonly vifs: ReadonlyMap<string, Vif>;
}

/** The hypervisor as its database shows it now. Pure. */
export function describeChassis(view: View, hypervisor: Hypervisor, incumbent: Incumbent): Description {
  const { systemId: id, hostname, encapIps, encapTypes, firewall, bridgeMappings, vhostUserDir } = hypervisor;
  const { bridge: name } = hypervisor;
  const bridge = bridgeNamed(view, name);
  const type = bridge === undefined ? hypervisor.datapathType : bridge.datapath_type;
  return {
    chassis: {
      id,
      hostname,
      encapIps,
      encapTypes,
      bridge: name,
      datapathId: DATAPATH_ID.exec(bridge?.datapath_id ?? '')?.[0] ?? '',
      datapathType: type === 'netdev' ? 'netdev' : 'system',
      firewall,
      ...(vhostUserDir === undefined ? {} : { vhostUserDir }),
      tunnelPorts: bridge === undefined ? {} : tunnelPorts(view, bridge, encapTypes),
      physicalNetworks: physicalNetworks(view, bridge, bridgeMappings),
    },
    vifs: describeVifs(view, name, incumbent),
  };
}

/**
 * Makes the store say what the description says, and writes what differs: the record, and single VIFs. Resolves with
 * `refused`, and has written nothing, when another chassis has taken one of the names meanwhile. Rejects as the store does.
 */
export async function storeChassis(
  store: Store,
  description: Description,
): Promise<'unchanged' | 'stored' | 'refused'> {
  const { chassis } = description;
  if (!chassisDiffers(store, chassis) && changedVifs(store, description).length === 0) return 'unchanged';
  return await store.transact((transaction) => {
    if (rivalOf(transaction, chassis) !== undefined) return 'refused';
    if (chassisDiffers(transaction, chassis)) putChassis(transaction, chassis);
    for (const { portId, vif } of changedVifs(transaction, description)) {
      putVif(transaction, vifId(chassis.id, portId), { chassisId: chassis.id, portId }, vif);
    }
    return 'stored';
  });
}

const DATAPATH_ID = /^[0-9a-f]{16}$/;

function chassisDiffers(view: StoreView, chassis: Description['chassis']): boolean {
  const stored = view.get('chassis', chassis.id);
  if (stored === undefined) return true;
  const { peerKeys, adminStateUp, description, createdAt, ...described } = stored;
  const physicalNetworks = stored.physicalNetworks.map(({ key, ...rest }) => rest);
  return !isDeepStrictEqual({ ...described, physicalNetworks }, chassis);
}

function putChassis(transaction: Transaction, chassis: Description['chassis']): void {
  const before = transaction.get('chassis', chassis.id);
  const createdAt = before === undefined ? timestamp(Date.now()) : before.createdAt;
  const newKey = () => transaction.allocate('port');
  const keys = new Map(before?.physicalNetworks.map(({ name, key }) => [name, key]));
  transaction.put('chassis', chassis.id, {
    ...chassis,
    peerKeys: Object.fromEntries(
      chassis.encapTypes.map((type) => [type, before?.peerKeys[type] ?? newKey()]),
    ),
    physicalNetworks: chassis.physicalNetworks.map((physical) => ({
      ...physical,
      key: keys.get(physical.name) ?? newKey(),
    })),
    adminStateUp: before?.adminStateUp ?? true,
    ...(before?.description === undefined ? {} : { description: before.description }),
    ...(createdAt === undefined ? {} : { createdAt }),
  });
}

interface ChangedVif {
  readonly portId: string;
  /** Undefined when it is gone. */
  readonly vif: Vif | undefined;
}

function changedVifs(view: StoreView, { chassis, vifs }: Description): readonly ChangedVif[] {
  const changed: ChangedVif[] = [];
  for (const { portId } of view.find('vifs', 'chassis', chassis.id)) {
    if (!vifs.has(portId)) changed.push({ portId, vif: undefined });
  }
  for (const [portId, vif] of vifs) {
    const stored = view.get('vifs', vifId(chassis.id, portId));
    if (stored === undefined || !isSame(stored, vif)) changed.push({ portId, vif });
  }
  return changed;
}

function putVif(
  transaction: Transaction,
  id: string,
  of: Pick<VifRecord, 'chassisId' | 'portId'>,
  vif: Vif | undefined,
): void {
  if (vif === undefined) transaction.delete('vifs', id);
  else {
    const before = transaction.get('vifs', id);
    const claim = before && !isAnother(before, vif) ? before.claim : transaction.allocate('claim');
    transaction.put('vifs', id, { id, ...of, ...vif, claim });
  }
}

function isSame({ name, ofport, rows }: VifRecord, vif: Vif): boolean {
  return name === vif.name && ofport === vif.ofport && isDeepStrictEqual(rows, vif.rows);
}

/** Whether the interface was deleted and made again since, maybe for another guest. */
function isAnother({ rows }: VifRecord, vif: Vif): boolean {
  return rows?.bridge === vif.rows.bridge && rows.interface !== vif.rows.interface;
}

function tunnelPorts(view: View, bridge: Bridge, types: readonly TunnelType[]): ChassisRecord['tunnelPorts'] {
  const ofports = ofportsByName(view, bridge);
  const ports: Partial<Record<TunnelType, number>> = {};
  for (const type of types) {
    const ofport = ofports.get(tunnelName(type));
    if (ofport !== undefined) ports[type] = ofport;
  }
  return ports;
}

function physicalNetworks(
  view: View,
  bridge: Bridge | undefined,
  mappings: ReadonlyMap<string, string>,
): Described['physicalNetworks'] {
  const ofports = bridge === undefined ? new Map<string, number>() : ofportsByName(view, bridge);
  return [...mappings].map(([name, provider]) => ({
    name,
    bridge: provider,
    ofport: ofports.get(patchNames(provider).ours) ?? null,
  }));
}

/** OpenFlow port numbers of a bridge's ports that have one. */
function ofportsByName(view: View, bridge: Bridge): ReadonlyMap<string, number> {
  const ofports = new Map<string, number>();
  for (const port of rowsAt(view.table('Port'), bridge.ports)) {
    const [row] = rowsAt(view.table('Interface'), port.interfaces);
    const ofport = row && ofportOf(row);
    if (ofport !== undefined) ofports.set(port.name, ofport);
  }
  return ofports;
}
