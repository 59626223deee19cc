import type { PortRecord, TrunkRecord } from '#controller/store/records';
import type { StoreView, Transaction } from '#controller/store/store';
import { boundTo, isBoundType, vifType } from './vif.ts';

/** device_owner of a port that a trunk carries. */
const SUBPORT_OWNER = 'trunk:subport';

/** Columns of a port that say where it is bound and for what. */
type Binding = Pick<PortRecord, 'deviceOwner' | 'hostId'>;

/** Binds a trunk's subports to where its parent is, or unbinds them when it is nowhere; `now` as for `updatedAt`. */
export function bindSubPorts(tx: Transaction, trunk: TrunkRecord, now: string): void {
  const binding = bindingFor(tx, trunk);
  for (const { portId } of trunk.subPorts) rebind(tx, portId, binding, now);
}

/** Takes from ports what a trunk gave them, because it carries them no more. */
export function unbindSubPorts(tx: Transaction, portIds: readonly string[], now: string): void {
  for (const portId of portIds) rebind(tx, portId, undefined, now);
}

/** Whether `bindSubPorts` would change anything. */
export function areSubPortsBound(store: StoreView, trunk: TrunkRecord): boolean {
  const binding = bindingFor(store, trunk);
  return trunk.subPorts.every(({ portId }) => {
    const port = store.get('ports', portId);
    return port === undefined || isBound(port, binding);
  });
}

/** What a trunk's subports take from its parent; nothing while that is neither bound nor plugged. */
function bindingFor(store: StoreView, trunk: TrunkRecord): Binding | undefined {
  const parent = store.get('ports', trunk.portId);
  if (parent === undefined) return undefined;
  const vif = vifType(parent, store);
  const isPlugged = vif === 'unbound' && store.count('vifs', 'port', parent.id) > 0;
  return isBoundType(vif) || isPlugged ? { deviceOwner: SUBPORT_OWNER, hostId: parent.hostId } : undefined;
}

function rebind(tx: Transaction, portId: string, binding: Binding | undefined, now: string): void {
  const port = tx.get('ports', portId);
  if (port === undefined || isBound(port, binding)) return;
  const { deviceOwner, hostId } = binding ?? { deviceOwner: '', hostId: '' };
  const revisionNumber = port.revisionNumber + 1;
  tx.put('ports', portId, {
    ...port,
    ...boundTo(tx, hostId, port),
    deviceOwner,
    updatedAt: now,
    revisionNumber,
  });
}

/** A port that somebody else bound keeps its binding when there is none to give. */
function isBound(port: PortRecord, binding: Binding | undefined): boolean {
  if (binding === undefined) return port.deviceOwner !== SUBPORT_OWNER;
  return port.deviceOwner === binding.deviceOwner && port.hostId === binding.hostId;
}
