import { bindSubPorts } from '#controller/binding/subports';
import { boundTo, isBoundType, VNIC_TYPES, vifDetails, vifType } from '#controller/binding/vif';
import { settlePolicies } from '#controller/store/policies';
import type { PortRecord } from '#controller/store/records';
import type { Transaction } from '#controller/store/store';
import { fault } from '../faults.ts';
import { type Attributes, asText, COMMON, type UpdateInput } from '../resource/attribute.ts';
import type { Context, Resource } from '../resource/resource.ts';
import {
  boolean,
  JSON_OF,
  lenient,
  mac,
  objectsWith,
  oneOf,
  text,
  toBoolean,
  toText,
  uuid,
} from '../resource/values.ts';
import { changed, newRecord } from './changed.ts';
import { defaultFixedIps, type FixedIpRequest, readdressed, requestedFixedIps } from './fixed-ips.ts';
import { chosenMac } from './mac-addresses.ts';
import { portAccess } from './port-access.ts';
import { changedGuard, guardOfNew } from './port-guard.ts';
import {
  fixedIpsFilter,
  groupsFilter,
  mergedOptions,
  type PairRequest,
  toDhcpOptions,
  toFixedIps,
  toGroupIds,
  toNumaPolicy,
  toPairs,
  toProfile,
} from './port-values.ts';
import { checkIsInNoTrunk, trunkDetails } from './sub-ports.ts';

const attributes = {
  ...COMMON,
  network_id: { value: uuid, required: true, view: (port) => port.networkId, filter: asText, sort: true },
  mac_address: {
    value: mac,
    update: true,
    write: (_, action) => (action === 'create' ? 'parentOwner' : 'admin'),
    view: (port) => port.macAddress,
    filter: (value) => value.toLowerCase(),
    sort: true,
  },
  admin_state_up: {
    value: boolean,
    initial: true,
    update: true,
    view: (port) => port.adminStateUp,
    filter: toBoolean,
    sort: true,
  },
  status: {
    json: { enum: ['ACTIVE', 'DOWN', 'BUILD'] },
    view: (port) => port.status,
    filter: asText,
    sort: true,
  },
  device_id: {
    value: text(255),
    initial: '',
    update: true,
    view: (port) => port.deviceId,
    filter: asText,
    sort: true,
  },
  device_owner: {
    value: text(255),
    initial: '',
    update: true,
    write: (owner) => (isOfNetwork(owner) ? 'parentOwner' : 'owner'),
    view: (port) => port.deviceOwner,
    filter: asText,
    sort: true,
  },
  fixed_ips: {
    value: lenient(objectsWith({ subnet_id: JSON_OF.uuid, ip_address: JSON_OF.ip }), toFixedIps),
    update: true,
    // Who does not own the network may say on which subnet a new port is to be, and no more.
    write: (requests, action) => (action === 'update' || namesAddress(requests) ? 'parentOwner' : 'owner'),
    parts: ['ip_address', 'subnet_id'],
    view: (port) =>
      port.fixedIps.map(({ subnetId, ipAddress }) => ({ subnet_id: subnetId, ip_address: ipAddress })),
  },
  allowed_address_pairs: {
    value: lenient(objectsWith({ mac_address: JSON_OF.mac, ip_address: JSON_OF.cidr }), toPairs),
    initial: [],
    update: true,
    write: 'parentOwner',
    parts: ['mac_address', 'ip_address'],
    view: (port) =>
      port.allowedAddressPairs.map(({ macAddress, ipAddress }) => ({
        mac_address: macAddress,
        ip_address: ipAddress,
      })),
  },
  extra_dhcp_opts: {
    value: lenient(
      objectsWith({
        opt_name: JSON_OF.text,
        opt_value: { type: ['string', 'null'] },
        ip_version: { enum: [4, 6] },
      }),
      toDhcpOptions,
    ),
    initial: [],
    update: true,
    view: (port) =>
      port.extraDhcpOpts.map(({ name, value, ipVersion }) => ({
        opt_name: name,
        opt_value: value,
        ip_version: ipVersion,
      })),
  },
  port_security_enabled: {
    value: boolean,
    update: true,
    write: 'parentOwner',
    view: (port) => port.portSecurityEnabled,
    filter: toBoolean,
  },
  /** Without any given: the default group of the port's project. */
  security_groups: {
    value: lenient({ type: ['array', 'null'] }, toGroupIds),
    update: true,
    view: (port) => port.securityGroupIds,
  },
  'binding:host_id': {
    value: lenient({ type: ['string', 'null'] }, (raw) => (raw === null ? '' : toText(raw, 255))),
    initial: '',
    update: true,
    read: 'admin',
    write: 'admin',
    view: (port) => port.hostId,
    filter: asText,
  },
  'binding:vnic_type': {
    value: oneOf(VNIC_TYPES),
    initial: 'normal',
    update: true,
    view: (port) => port.vnicType,
    filter: asText,
  },
  'binding:profile': {
    value: lenient({ type: ['object', 'null'] }, toProfile),
    initial: {},
    update: true,
    read: 'admin',
    write: 'admin',
    view: (port) => port.bindingProfile,
  },
  'binding:vif_type': { json: { enum: ['unbound', 'binding_failed', 'ovs'] }, read: 'admin', view: vifType },
  'binding:vif_details': {
    json: { type: 'object' },
    read: 'admin',
    view: (port, store) => vifDetails(port.id, port, store),
  },
  /** A hint for compute services, which the reference server takes and does not keep. */
  numa_affinity_policy: { value: lenient({ type: ['string', 'null'] }, toNumaPolicy) },
  qos_policy_id: { json: { type: 'null' }, view: () => null },
  qos_network_policy_id: { json: { type: 'null' }, view: () => null },
  resource_request: { json: { type: 'null' }, read: 'admin', view: () => null },
  ip_allocation: { json: { enum: ['immediate', 'none'] }, view: (port) => port.ipAllocation },
  /** Absent unless the port is a trunk's parent. It names ports of other networks, which the owner of this one may not know of. */
  trunk_details: {
    json: { type: 'object' },
    read: 'owner',
    view: ({ id }, store) => trunkDetails(store, id, false),
    itemView: ({ id }, store) => trunkDetails(store, id, true),
  },
} as const satisfies Attributes<PortRecord>;

export const portResource: Resource<'ports', typeof attributes> = {
  singular: 'port',
  plural: 'ports',
  collection: 'ports',
  attributes,
  access: portAccess,
  filters: { fixed_ips: fixedIpsFilter, security_groups: groupsFilter },
  lookups: {
    device_id: (store, value) => store.find('ports', 'device', value),
    network_id: (store, value) => store.find('ports', 'network', value),
    'binding:host_id': (store, value) =>
      value === '' ? store.list('ports') : store.find('ports', 'host', value),
    security_groups: (store, value) => store.find('ports', 'securityGroup', value),
  },
  notFound: (id) => fault('PortNotFound', id),

  create(tx, identity, input, context) {
    const network = tx.get('networks', input.network_id);
    if (network === undefined) throw fault('NetworkNotFound', input.network_id);
    const guard = guardOfNew(tx, identity.projectId, network, input, context);
    checkPairs(guard.portSecurityEnabled, input.allowed_address_pairs.length);
    const macAddress = chosenMac(tx, network.id, input.mac_address, context.random);
    const key = tx.allocate('port');
    const addressee = { id: identity.id, key, networkId: network.id, macAddress, fixedIps: [] };
    const port: PortRecord = {
      ...newRecord(identity, input, context, 1),
      key,
      networkId: network.id,
      macAddress,
      fixedIps:
        input.fixed_ips === undefined
          ? defaultFixedIps(tx, addressee)
          : requestedFixedIps(tx, addressee, input.fixed_ips, context.caller),
      allowedAddressPairs: withMac(input.allowed_address_pairs, macAddress),
      ...asSent(input),
      status: 'DOWN',
      ...boundTo(tx, input['binding:host_id'], { hostId: '' }),
      inactiveBindings: [],
      ...guard,
      ipAllocation: input.fixed_ips?.length === 0 ? 'none' : 'immediate',
      extraDhcpOpts: mergedOptions([], input.extra_dhcp_opts),
    };
    tx.put('ports', port.id, port);
    settlePolicies(tx, undefined, port);
    return port;
  },

  update(tx, port, input, context) {
    const pairs = input.allowed_address_pairs;
    const isGuarded = input.port_security_enabled ?? port.portSecurityEnabled;
    checkPairs(isGuarded, (pairs ?? port.allowedAddressPairs).length);
    const guard = changedGuard(tx, port, input, context);
    const options = input.extra_dhcp_opts;
    const macAddress = changedMac(tx, port, input, context);
    const hostId = input['binding:host_id'];
    const updated = changed(
      port,
      {
        macAddress,
        fixedIps: changedFixedIps(tx, { ...port, macAddress }, input, context),
        name: input.name,
        description: input.description,
        ...asSent(input),
        ...(hostId === undefined ? {} : boundTo(tx, hostId, port)),
        ...guard,
        allowedAddressPairs: pairs === undefined ? undefined : withMac(pairs, macAddress),
        ipAllocation: input.fixed_ips !== undefined && input.fixed_ips.length > 0 ? 'immediate' : undefined,
        extraDhcpOpts: options === undefined ? undefined : mergedOptions(port.extraDhcpOpts, options),
      },
      context,
    );
    tx.put('ports', port.id, updated);
    settlePolicies(tx, port, updated);
    for (const trunk of tx.find('trunks', 'port', port.id)) bindSubPorts(tx, trunk, context.now);
    return updated;
  },

  remove(tx, port) {
    checkIsInNoTrunk(tx, port.id);
    tx.delete('ports', port.id);
    settlePolicies(tx, port, undefined);
  },
};

/** The columns that are what a client says, of a new port and of one that changes. */
const AS_SENT = {
  adminStateUp: 'admin_state_up',
  deviceId: 'device_id',
  deviceOwner: 'device_owner',
  vnicType: 'binding:vnic_type',
  bindingProfile: 'binding:profile',
} as const;
type Sent = (typeof AS_SENT)[keyof typeof AS_SENT];

function asSent<I extends { readonly [attribute in Sent]?: unknown }>(
  input: I,
): { readonly [C in keyof typeof AS_SENT]: I[(typeof AS_SENT)[C]] } {
  const columns = Object.entries(AS_SENT).map(([column, attribute]) => [column, input[attribute]]);
  return Object.fromEntries(columns) as ReturnType<typeof asSent<I>>;
}

/** Whether a device owner is a service of the network, such as `network:dhcp`. */
function isOfNetwork(owner: unknown): boolean {
  return String(owner).startsWith('network:');
}

/** Whether converted fixed_ips ask for addresses by number. */
function namesAddress(requests: unknown): boolean {
  return Array.isArray(requests) && requests.some(({ ipAddress }: FixedIpRequest) => ipAddress !== undefined);
}

/** Address pairs mean nothing on a port that is not guarded, so Neutron refuses them there. */
function checkPairs(isGuarded: boolean, pairCount: number): void {
  if (!isGuarded && pairCount > 0) throw fault('AddressPairAndPortSecurityRequired');
}

function changedMac(
  tx: Transaction,
  port: PortRecord,
  input: UpdateInput<typeof attributes>,
  { random }: Context,
): string {
  const asked = input.mac_address;
  if (asked === undefined || asked === port.macAddress) return port.macAddress;
  const vif = vifType({ ...port, hostId: input['binding:host_id'] ?? port.hostId }, tx);
  if (isBoundType(vif)) throw fault('PortBound', port.id, vif, port.macAddress, asked);
  return chosenMac(tx, port.networkId, asked, random);
}

function changedFixedIps(
  tx: Transaction,
  port: PortRecord,
  input: UpdateInput<typeof attributes>,
  { caller }: Context,
): PortRecord['fixedIps'] {
  const asked = input.fixed_ips;
  return asked === undefined ? readdressed(tx, port) : requestedFixedIps(tx, port, asked, caller);
}

function withMac(pairs: readonly PairRequest[], macAddress: string): PortRecord['allowedAddressPairs'] {
  return pairs.map((pair) => ({ ipAddress: pair.ipAddress, macAddress: pair.macAddress ?? macAddress }));
}
