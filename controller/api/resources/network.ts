import { settlePolicies } from '#controller/store/policies';
import type { NetworkRecord } from '#controller/store/records';
import type { Transaction } from '#controller/store/store';
import { fault } from '../faults.ts';
import {
  type Attributes,
  asText,
  COMMON,
  type CreateInput,
  type UpdateInput,
} from '../resource/attribute.ts';
import type { Context, Resource } from '../resource/resource.ts';
import {
  boolean,
  integer,
  JSON_OF,
  lenient,
  objectsWith,
  Refusal,
  text,
  toBoolean,
  toInteger,
  toKnown,
  toList,
  toText,
} from '../resource/values.ts';
import { type NetworkSettings, overheadOf } from '../settings.ts';
import { changed, newRecord } from './changed.ts';
import { networkAccess } from './network-access.ts';
import { ensureDefaultGroup } from './project-groups.ts';
import { chooseSegment, moveSegment, type Segment, type SegmentRequest } from './segment.ts';
import { checkIsInNoTrunk } from './sub-ports.ts';

const attributes = {
  ...COMMON,
  admin_state_up: {
    value: boolean,
    initial: true,
    update: true,
    view: (network) => network.adminStateUp,
    filter: toBoolean,
    sort: true,
  },
  /** Bytes; 0 or absent: the most that the underlay carries. */
  mtu: {
    value: integer,
    initial: 0,
    update: true,
    view: (network) => network.mtu,
    filter: toInteger,
    sort: true,
  },
  status: { json: { enum: ['ACTIVE'] }, view: () => 'ACTIVE', filter: asText, sort: true },
  subnets: {
    json: { type: 'array', items: { type: 'string', format: 'uuid' } },
    view: (network, store) => store.find('subnets', 'network', network.id).map(({ id }) => id),
  },
  shared: {
    value: boolean,
    initial: false,
    update: true,
    write: 'admin',
    view: (network) => network.shared,
    filter: toBoolean,
    sort: true,
  },
  'router:external': {
    value: boolean,
    initial: false,
    update: true,
    write: 'admin',
    view: (network) => network.external,
    filter: toBoolean,
  },
  port_security_enabled: {
    value: boolean,
    initial: true,
    update: true,
    view: (network) => network.portSecurityEnabled,
    filter: toBoolean,
  },
  'provider:network_type': {
    value: text(32),
    update: true,
    read: 'admin',
    write: 'admin',
    view: (network) => network.type,
    filter: asText,
  },
  'provider:physical_network': {
    json: { type: ['string', 'null'] },
    value: text(64),
    update: true,
    read: 'admin',
    write: 'admin',
    view: (network) => network.physicalNetwork,
    filter: asText,
  },
  'provider:segmentation_id': {
    json: { type: ['integer', 'null'] },
    value: integer,
    update: true,
    read: 'admin',
    write: 'admin',
    view: (network) => network.segmentationId,
    filter: toInteger,
  },
  vlan_transparent: {
    value: boolean,
    view: (network) => network.vlanTransparent,
    filter: toBoolean,
    offered: ({ vlanTransparent }) => vlanTransparent,
  },
  qinq: {
    value: boolean,
    view: (network) => network.qinq,
    filter: toBoolean,
    offered: ({ qinq }) => qinq,
  },
  /** Only the form that leaves everything open is accepted: one segment a network. */
  segments: {
    value: lenient(
      objectsWith({
        'provider:network_type': JSON_OF.text,
        'provider:physical_network': JSON_OF.text,
        'provider:segmentation_id': { type: 'integer' },
      }),
      toOneSegment,
    ),
    write: 'admin',
    parts: ['provider:network_type', 'provider:physical_network', 'provider:segmentation_id'],
  },
  availability_zone_hints: { json: { type: 'array', maxItems: 0 }, view: () => [] },
  availability_zones: { json: { type: 'array', maxItems: 0 }, view: () => [] },
  ipv4_address_scope: { json: { type: 'null' }, view: () => null },
  ipv6_address_scope: { json: { type: 'null' }, view: () => null },
  l2_adjacency: { json: { type: 'boolean' }, view: () => true },
  qos_policy_id: { json: { type: 'null' }, view: () => null },
} as const satisfies Attributes<NetworkRecord>;

export const networkResource: Resource<'networks', typeof attributes> = {
  singular: 'network',
  plural: 'networks',
  collection: 'networks',
  attributes,
  access: networkAccess,
  notFound: (id) => fault('NetworkNotFound', id),

  create(tx, identity, input, context) {
    ensureDefaultGroup(tx, identity.projectId, context);
    const key = tx.allocate('network');
    const segment = chooseSegment(tx, requestedSegment(input), key, context);
    const tags = checkedTags(input, segment);
    const network: NetworkRecord = {
      ...newRecord(identity, input, context, 1),
      ...segment,
      key,
      adminStateUp: input.admin_state_up,
      shared: input.shared,
      external: input['router:external'],
      portSecurityEnabled: input.port_security_enabled,
      ...tags,
      mtu: checkedMtu(input.mtu, { ...segment, ...tags }, context.settings),
    };
    tx.put('networks', network.id, network);
    return network;
  },

  update(tx, network, input, context) {
    const { mtu } = input;
    if (network.shared && input.shared === false) checkUnshared(tx, network);
    const updated = changed(
      network,
      {
        ...movedSegment(tx, network, input, context),
        name: input.name,
        description: input.description,
        adminStateUp: input.admin_state_up,
        shared: input.shared,
        external: input['router:external'],
        portSecurityEnabled: input.port_security_enabled,
        mtu: mtu === undefined ? undefined : checkedMtu(mtu, network, context.settings),
      },
      context,
    );
    tx.put('networks', network.id, updated);
    return updated;
  },

  remove(tx, network) {
    const ports = tx.find('ports', 'network', network.id);
    const others = ports.filter(({ deviceOwner }) => deviceOwner !== 'network:dhcp');
    if (others.length > 0)
      throw fault(
        'NetworkInUse',
        network.id,
        others.map(({ id }) => id),
      );
    for (const port of ports) {
      checkIsInNoTrunk(tx, port.id);
      tx.delete('ports', port.id);
      settlePolicies(tx, port, undefined);
    }
    for (const { id } of tx.find('subnets', 'network', network.id)) tx.delete('subnets', id);
    tx.delete('networks', network.id);
  },
};

/** A network goes on being shared while others than its own project have ports on it. */
function checkUnshared(tx: Transaction, { id, projectId, name }: NetworkRecord): void {
  const others = tx
    .find('ports', 'network', id)
    .some((port) => port.projectId !== projectId && !port.deviceOwner.startsWith('network:'));
  if (others) throw fault('InvalidSharedSetting', name);
}

/** The provider attributes of a request, wherever they are given. */
function requestedSegment(input: CreateInput<typeof attributes>): SegmentRequest {
  const request = {
    type: input['provider:network_type'],
    physicalNetwork: input['provider:physical_network'],
    segmentationId: input['provider:segmentation_id'],
  };
  if (input.segments === undefined) return request;
  if (Object.values(request).some((value) => value !== undefined))
    throw fault('SegmentsSetInConjunctionWithProviders');
  return input.segments;
}

/** Of the provider attributes only the id of a VLAN network may change. */
function movedSegment(
  tx: Transaction,
  { type, physicalNetwork, segmentationId }: NetworkRecord,
  input: UpdateInput<typeof attributes>,
  context: Context,
): Segment {
  const segment = { type, physicalNetwork, segmentationId };
  const named: readonly (readonly [asked: string | undefined, is: string])[] = [
    [input['provider:network_type'], type],
    [input['provider:physical_network'], physicalNetwork ?? ''],
  ];
  if (named.some(([asked, is]) => asked !== undefined && asked !== is))
    throw fault(
      'InvalidInput',
      'Plugin does not support updating the following provider network attributes: provider:network_type, provider:physical_network',
    );
  const asked = input['provider:segmentation_id'];
  return asked === undefined ? segment : moveSegment(tx, segment, asked, context);
}

/** Which tags of guests are carried: on a flat network they could not be told from those of VLAN networks. */
function checkedTags(
  { vlan_transparent: vlanTransparent = false, qinq = false }: CreateInput<typeof attributes>,
  { type }: Segment,
): Pick<NetworkRecord, 'vlanTransparent' | 'qinq'> {
  if (vlanTransparent && qinq)
    throw fault('InvalidInput', 'vlan_transparent and qinq can not both be true for one network');
  if (vlanTransparent && type === 'flat') throw fault('VlanTransparencyDriverError');
  if (qinq && type !== 'vlan')
    throw fault('InvalidInput', `qinq needs a network of type vlan, and this one is of type ${type}`);
  return { vlanTransparent, qinq };
}

/** 0 stands for the most that the underlay carries. */
function checkedMtu(
  asked: number,
  network: Pick<NetworkRecord, 'type' | 'vlanTransparent' | 'qinq'>,
  { pathMtu, overlayIpVersion }: NetworkSettings,
): number {
  const most = pathMtu - overheadOf(network, overlayIpVersion);
  if (asked < 0)
    throw fault('HTTPBadRequest', `Invalid input for mtu. Reason: '${asked}' should be non-negative.`);
  if (asked > most) throw fault('InvalidInput', `Requested MTU is too big, maximum is ${most}`);
  return asked === 0 ? most : asked;
}

/** A network has one segment here; zeros and empty texts stand for what was left open. */
function toOneSegment(raw: unknown): SegmentRequest {
  const [first, ...others] = toList(raw, 64);
  if (others.length > 0) throw new Refusal('a network of several segments is not supported', 'sentence');
  const segment = first === undefined ? {} : toKnown(first, PROVIDER_KEYS);
  const textOf = (name: string) => toText(segment[name] ?? '', 64) || undefined;
  return {
    type: textOf('provider:network_type'),
    physicalNetwork: textOf('provider:physical_network'),
    segmentationId: toInteger(segment['provider:segmentation_id'] ?? 0) || undefined,
  };
}
const PROVIDER_KEYS = ['provider:network_type', 'provider:physical_network', 'provider:segmentation_id'];
