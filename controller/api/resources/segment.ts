import { segmentKey } from '#controller/store/indexes';
import type { NetworkType } from '#controller/store/records';
import type { Transaction } from '#controller/store/store';
import { fault } from '../faults.ts';
import type { Context } from '../resource/resource.ts';
import { type IdRange, LARGEST_ID } from '../settings.ts';

/** Where a network's frames go: its type, and what that type needs. */
export interface Segment {
  readonly type: NetworkType;
  readonly physicalNetwork: string | null;
  readonly segmentationId: number | null;
}

/** The provider attributes of a request; undefined where none was sent. */
export interface SegmentRequest {
  readonly type: string | undefined;
  readonly physicalNetwork: string | undefined;
  readonly segmentationId: number | undefined;
}

/** The number of the network that is made: from where on ids are tried, so that they are not used again soon. */
type Turn = number;

/** Checks a requested segment, chooses what it leaves open, and makes sure that no other network has it. */
export function chooseSegment(
  tx: Transaction,
  request: SegmentRequest,
  turn: Turn,
  context: Context,
): Segment {
  const { type, physicalNetwork, segmentationId } = request;
  if (type === undefined) {
    if (physicalNetwork !== undefined || segmentationId !== undefined)
      throw fault('InvalidInput', 'network_type required');
    return tenantSegment(tx, turn, context);
  }
  switch (type) {
    case 'local':
      refuseForType(type, { physical_network: physicalNetwork, segmentation_id: segmentationId });
      return { type, physicalNetwork: null, segmentationId: null };
    case 'flat':
      refuseForType(type, { segmentation_id: segmentationId });
      return flatSegment(tx, physicalNetwork, context);
    case 'vlan':
      return vlanSegment(tx, physicalNetwork, segmentationId, turn, context);
    case 'vxlan':
    case 'gre':
    case 'geneve':
      if (physicalNetwork !== undefined)
        throw fault('InvalidInput', `provider:physical_network specified for ${type} network`);
      return tunnelSegment(tx, type, segmentationId, turn, context);
    default:
      throw fault('InvalidInput', `network_type value '${type.slice(0, 80)}' not supported`);
  }
}

/** The same VLAN network with another id; no other type can move. */
export function moveSegment(
  tx: Transaction,
  segment: Segment,
  segmentationId: number,
  context: Context,
): Segment {
  if (segment.segmentationId === segmentationId) return segment;
  if (segment.type !== 'vlan') throw fault('InvalidInput', 'Only VLAN type networks can be updated.');
  return vlanSegment(tx, segment.physicalNetwork ?? undefined, segmentationId, 1, context);
}

function tenantSegment(tx: Transaction, turn: Turn, context: Context): Segment {
  for (const type of context.settings.tenantTypes) {
    if (type === 'local') return { type, physicalNetwork: null, segmentationId: null };
    const candidates: readonly [physical: string | null, ranges: readonly IdRange[]][] =
      type === 'vlan'
        ? Object.entries(context.settings.vlans)
        : type === 'flat'
          ? []
          : [[null, context.settings.tunnelIds[type]]];
    for (const [physicalNetwork, ranges] of candidates) {
      const segmentationId = freeId(tx, type, physicalNetwork, ranges, turn);
      if (segmentationId !== undefined) return { type, physicalNetwork, segmentationId };
    }
  }
  throw fault('NoNetworkAvailable');
}

function flatSegment(
  tx: Transaction,
  physicalNetwork: string | undefined,
  { settings: { flat } }: Context,
): Segment {
  if (physicalNetwork === undefined || physicalNetwork === '')
    throw fault('InvalidInput', 'physical_network required for flat provider network');
  if (!flat.includes('*') && !flat.includes(physicalNetwork))
    throw fault('InvalidInput', `physical_network '${physicalNetwork}' unknown for flat provider network`);
  if (isTaken(tx, 'flat', physicalNetwork, null)) throw fault('FlatNetworkInUse', physicalNetwork);
  return { type: 'flat', physicalNetwork, segmentationId: null };
}

function vlanSegment(
  tx: Transaction,
  physicalNetwork: string | undefined,
  segmentationId: number | undefined,
  turn: Turn,
  { settings: { vlans } }: Context,
): Segment {
  if (physicalNetwork === undefined || physicalNetwork === '') {
    if (segmentationId !== undefined)
      throw fault('InvalidInput', 'segmentation_id requires physical_network for VLAN provider network');
    for (const [name, ranges] of Object.entries(vlans)) {
      const id = freeId(tx, 'vlan', name, ranges, turn);
      if (id !== undefined) return { type: 'vlan', physicalNetwork: name, segmentationId: id };
    }
    throw fault('NoNetworkAvailable');
  }
  if (!Object.hasOwn(vlans, physicalNetwork))
    throw fault('InvalidInput', `physical_network '${physicalNetwork}' unknown for VLAN provider network`);
  if (segmentationId === undefined) {
    // A physical network without ranges admits every id to those who name it.
    const configured = vlans[physicalNetwork] ?? [];
    const ranges: readonly IdRange[] = configured.length > 0 ? configured : [[1, LARGEST_ID.vlan]];
    const id = freeId(tx, 'vlan', physicalNetwork, ranges, turn);
    if (id === undefined) throw fault('NoNetworkAvailable');
    return { type: 'vlan', physicalNetwork, segmentationId: id };
  }
  checkRange(segmentationId, LARGEST_ID.vlan);
  if (isTaken(tx, 'vlan', physicalNetwork, segmentationId))
    throw fault('VlanIdInUse', segmentationId, physicalNetwork);
  return { type: 'vlan', physicalNetwork, segmentationId };
}

function tunnelSegment(
  tx: Transaction,
  type: 'vxlan' | 'gre' | 'geneve',
  segmentationId: number | undefined,
  turn: Turn,
  { settings: { tunnelIds } }: Context,
): Segment {
  const id = segmentationId ?? freeId(tx, type, null, tunnelIds[type], turn);
  if (id === undefined) throw fault('NoNetworkAvailable');
  checkRange(id, LARGEST_ID[type]);
  if (isTaken(tx, type, null, id)) throw fault('TunnelIdInUse', id);
  return { type, physicalNetwork: null, segmentationId: id };
}

/** A free id of the ranges: the one whose turn it is, or the next. */
function freeId(
  tx: Transaction,
  type: NetworkType,
  physicalNetwork: string | null,
  ranges: readonly IdRange[],
  turn: Turn,
): number | undefined {
  const count = ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);
  if (count === 0) return undefined;
  for (let step = 0; step < count; step++) {
    const id = idAt(ranges, (turn - 1 + step) % count);
    if (!isTaken(tx, type, physicalNetwork, id)) return id;
  }
  return undefined;
}

function idAt(ranges: readonly IdRange[], index: number): number {
  let rest = index;
  for (const [first, last] of ranges) {
    if (rest <= last - first) return first + rest;
    rest -= last - first + 1;
  }
  throw new RangeError('index beyond the ranges');
}

function isTaken(
  tx: Transaction,
  type: NetworkType,
  physicalNetwork: string | null,
  id: number | null,
): boolean {
  return tx.find('networks', 'segment', segmentKey(type, physicalNetwork, id)).length > 0;
}

function checkRange(id: number, largest: number): void {
  if (id < 1 || id > largest)
    throw fault('InvalidInput', `segmentation_id out of range (1 through ${largest})`);
}

function refuseForType(type: string, attributes: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(attributes))
    if (value !== undefined) throw fault('InvalidInput', `${name} prohibited for ${type} provider network`);
}
