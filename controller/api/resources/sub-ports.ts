import type { NetworkRecord, PortRecord, SubPort, TrunkRecord } from '#controller/store/records';
import type { StoreView, Transaction } from '#controller/store/store';
import type { Caller } from '../caller.ts';
import { fault } from '../faults.ts';
import { mayRead } from '../resource/policy.ts';
import { Refusal, show, toInteger, toUuid } from '../resource/values.ts';
import { LARGEST_ID } from '../settings.ts';
import { checkOwnsPort, portAccess, portSeenBy } from './port-access.ts';

/** A subport as a request names it. */
export interface SubPortRequest {
  readonly portId: string;
  /** What was sent, whatever it is; undefined or null where nothing was. */
  readonly segmentationType: unknown;
  readonly segmentationId: unknown;
  /** All of it, for messages. */
  readonly sent: object;
}

/** Reads a list of subports as Neutron does before it knows the trunk: each port once, each segment once. */
export function readSubPorts(raw: unknown): readonly SubPortRequest[] {
  if (!Array.isArray(raw))
    throw new Refusal(`Invalid data format for subports: '${show(raw)}' is not a list`);
  const ports = new Set<string>();
  const segments = new Set<string>();
  return raw.map((item: unknown) => {
    const request = readSubPort(item);
    const { portId, segmentationType: type, segmentationId: id } = request;
    if (ports.has(portId)) throw new Refusal(`Non unique UUID for subport: '${portId}'`);
    ports.add(portId);
    if (type === 'inherit') return request;
    if ((!type || id === null || id === undefined) && Object.keys(request.sent).length > 1)
      throw new Refusal(missingSegment(request));
    const segment = `${show(type)} ${show(id)}`;
    if (segments.has(segment))
      throw new Refusal(`Segmentation ID '${show(id)}' for '${portId}' is not unique`);
    if (id !== undefined) segments.add(segment);
    return request;
  });
}

function readSubPort(item: unknown): SubPortRequest {
  if (typeof item !== 'object' || item === null || Array.isArray(item))
    throw new Refusal(`Invalid data format for subport: '${show(item)}' is not a dict`);
  const sent: Readonly<Record<string, unknown>> = Object.fromEntries(Object.entries(item));
  if (sent.port_id === undefined) throw new Refusal('A valid port UUID must be specified');
  return {
    portId: readPortId(sent.port_id),
    segmentationType: sent.segmentation_type,
    segmentationId: sent.segmentation_id,
    sent,
  };
}

function readPortId(raw: unknown): string {
  try {
    return toUuid(raw);
  } catch {
    throw new Refusal(`Invalid UUID for subport: '${show(raw)}'`);
  }
}

function missingSegment({ sent }: SubPortRequest): string {
  return `Invalid subport details '${show(sent)}': missing segmentation information. Must specify both segmentation_id and segmentation_type`;
}

/** The subports that requests add to a trunk, which it has not yet; throws the fault of the first that it can't have. */
export function checkSubPorts(
  tx: Transaction,
  trunk: Pick<TrunkRecord, 'id' | 'portId' | 'subPorts'>,
  requests: readonly SubPortRequest[],
  caller: Caller,
): readonly SubPort[] {
  const trunkMtu = networkOf(tx, trunk.portId, caller)?.mtu;
  const added = requests.map((request) => checkSubPort(tx, trunk.portId, trunkMtu, request, caller));
  const taken = new Set(trunk.subPorts.map(({ segmentationId }) => segmentationId));
  for (const { segmentationType, segmentationId } of added) {
    if (taken.has(segmentationId))
      throw fault('DuplicateSubPort', segmentationType, segmentationId, trunk.id);
    taken.add(segmentationId);
  }
  return added;
}

function checkSubPort(
  tx: Transaction,
  parentId: string,
  trunkMtu: number | undefined,
  request: SubPortRequest,
  caller: Caller,
): SubPort {
  const { portId } = request;
  if (portId === parentId) throw fault('ParentPortInUse', portId);
  const network = networkOf(tx, portId, caller);
  if (network !== undefined && trunkMtu !== undefined && network.mtu > trunkMtu)
    throw fault('SubPortMtuGreaterThanTrunkPortMtu', network.mtu, portId, trunkMtu, parentId);
  const isInherited = request.segmentationType === 'inherit' && network !== undefined;
  const segmentationId = isInherited
    ? readSegmentationId({ ...request, segmentationId: network.segmentationId })
    : readSegmentationId(request);
  const type = isInherited ? network.type : request.segmentationType;
  if (type !== 'vlan') throw fault('InvalidInput', `Unknown segmentation_type '${show(type)}'`);
  if (segmentationId < 1 || segmentationId > LARGEST_ID.vlan)
    throw fault('InvalidInput', `Segmentation ID '${segmentationId}' is not in range`);
  const port = checkIsFree(tx, portId, caller);
  if (port.deviceId !== '') throw fault('PortInUse', portId, port.networkId, port.deviceId);
  return { portId, segmentationType: type, segmentationId };
}

function readSegmentationId(request: SubPortRequest): number {
  const { segmentationType: type, segmentationId: id } = request;
  if (type === undefined || id === undefined) throw fault('InvalidInput', missingSegment(request));
  try {
    return toInteger(id);
  } catch {
    throw fault('InvalidInput', `Invalid subport details: segmentation_id '${show(id)}' is not an integer`);
  }
}

/** The port, if it is the caller's own and no trunk has it yet: whose network it is on sees it, and carries it nowhere. */
export function checkIsFree(store: StoreView, portId: string, caller: Caller): PortRecord {
  const port = portSeenBy(caller, store, portId);
  checkOwnsPort(caller, port, 'update_port');
  if (store.count('trunks', 'subPort', portId) > 0) throw fault('TrunkPortInUse', portId);
  if (store.count('trunks', 'port', portId) > 0) throw fault('ParentPortInUse', portId);
  return port;
}

/** Throws while a trunk has the port, which may then not be deleted. */
export function checkIsInNoTrunk(store: StoreView, portId: string): void {
  const [carrier] = store.find('trunks', 'subPort', portId);
  if (carrier !== undefined) throw fault('PortInUseAsSubPort', portId, carrier.id);
  const [own] = store.find('trunks', 'port', portId);
  if (own !== undefined) throw fault('PortInUseAsTrunkParent', portId, own.id);
}

/** `trunk_details` of a parent port, undefined for any other; MAC addresses only where they are asked for. */
export function trunkDetails(store: StoreView, portId: string, withMac: boolean) {
  const [trunk] = store.find('trunks', 'port', portId);
  if (trunk === undefined) return undefined;
  const subPorts = subPortsView(trunk).map((view) =>
    withMac ? { ...view, mac_address: store.get('ports', view.port_id)?.macAddress } : view,
  );
  return { trunk_id: trunk.id, sub_ports: subPorts };
}

export function subPortsView({ subPorts }: Pick<TrunkRecord, 'subPorts'>) {
  return subPorts.map(({ portId, segmentationType, segmentationId }) => ({
    port_id: portId,
    segmentation_type: segmentationType,
    segmentation_id: segmentationId,
  }));
}

/** The network of a port that the caller sees. */
function networkOf(store: StoreView, portId: string, caller: Caller): NetworkRecord | undefined {
  const port = store.get('ports', portId);
  if (port === undefined || !mayRead(portAccess, port, caller, store)) return undefined;
  return store.get('networks', port.networkId);
}
