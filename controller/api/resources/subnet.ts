import {
  type Cidr,
  contains,
  formatCidr,
  formatIp,
  type Ip,
  overlap,
  parseCidr,
  parseIp,
} from '#controller/base/addresses';
import type { SubnetRecord } from '#controller/store/records';
import type { Transaction } from '#controller/store/store';
import { fault } from '../faults.ts';
import {
  type Attributes,
  asText,
  COMMON,
  type CreateInput,
  type UpdateInput,
} from '../resource/attribute.ts';
import type { Resource } from '../resource/resource.ts';
import {
  boolean,
  cidr,
  JSON_OF,
  lenient,
  nullable,
  objectsWith,
  oneOf,
  toBoolean,
  toInteger,
  toIpText,
  uuid,
} from '../resource/values.ts';
import { addAutoAddresses, dropAddressesOf, isAutoAddressed } from './auto-addresses.ts';
import { bumped, changed, newRecord } from './changed.ts';
import { subnetAccess } from './network-access.ts';
import { checkedPools, checkGateway, defaultPools, formatPool, parsePool } from './pools.ts';
import { toHostRoutes, toNameservers, toPools } from './subnet-values.ts';

const IPV6_MODES = ['slaac', 'dhcpv6-stateful', 'dhcpv6-stateless'] as const;

const attributes = {
  ...COMMON,
  network_id: { value: uuid, required: true, view: (subnet) => subnet.networkId, filter: asText, sort: true },
  ip_version: {
    value: oneOf([4, 6], toInteger),
    required: true,
    view: (subnet) => subnet.ipVersion,
    filter: toInteger,
    sort: true,
  },
  cidr: { value: cidr, view: (subnet) => subnet.cidr, filter: asText, sort: true },
  /** null: no gateway. */
  gateway_ip: {
    value: nullable({ type: ['string', 'null'], format: 'ip' }, toIpText),
    update: true,
    view: (subnet) => subnet.gatewayIp,
    filter: asText,
    sort: true,
  },
  enable_dhcp: {
    value: boolean,
    initial: true,
    update: true,
    view: (subnet) => subnet.enableDhcp,
    filter: toBoolean,
    sort: true,
  },
  allocation_pools: {
    value: lenient(objectsWith({ start: JSON_OF.ip, end: JSON_OF.ip }), toPools),
    update: true,
    view: (subnet) => subnet.allocationPools,
  },
  dns_nameservers: {
    value: lenient({ type: 'array', items: JSON_OF.ip }, toNameservers),
    initial: [],
    update: true,
    view: (subnet) => subnet.dnsNameservers,
  },
  host_routes: {
    value: lenient(objectsWith({ destination: JSON_OF.cidr, nexthop: JSON_OF.ip }), toHostRoutes),
    initial: [],
    update: true,
    view: (subnet) => subnet.hostRoutes,
  },
  ipv6_ra_mode: {
    json: { enum: [...IPV6_MODES, null] },
    value: oneOf(IPV6_MODES),
    view: (subnet) => subnet.ipv6RaMode,
    filter: asText,
    sort: true,
  },
  ipv6_address_mode: {
    json: { enum: [...IPV6_MODES, null] },
    value: oneOf(IPV6_MODES),
    view: (subnet) => subnet.ipv6AddressMode,
    filter: asText,
    sort: true,
  },
  subnetpool_id: { json: { type: 'null' }, view: () => null, filter: asText },
  service_types: { json: { type: 'array', maxItems: 0 }, view: () => [] },
  segment_id: { json: { type: 'null' }, read: 'admin', view: () => null, filter: asText },
} as const satisfies Attributes<SubnetRecord>;

export const subnetResource: Resource<'subnets', typeof attributes> = {
  singular: 'subnet',
  plural: 'subnets',
  collection: 'subnets',
  attributes,
  access: subnetAccess,
  lookups: { network_id: (store, id) => store.find('subnets', 'network', id) },
  notFound: (id) => fault('SubnetNotFound', id),

  create(tx, identity, input, context) {
    const network = tx.get('networks', input.network_id);
    if (network === undefined) throw fault('NetworkNotFound', input.network_id);
    const range = checkedRange(input);
    const modes = checkedModes(input, range);
    const gateway = gatewayOf(input.gateway_ip, range);
    const pools =
      input.allocation_pools === undefined
        ? defaultPools(range, gateway)
        : checkedPools(input.allocation_pools, range, gateway);
    checkApart(tx, network.id, range);
    const subnet: SubnetRecord = {
      ...newRecord(identity, input, context, 0),
      ...modes,
      networkId: network.id,
      ipVersion: input.ip_version,
      cidr: formatCidr(range),
      gatewayIp: gateway === undefined ? null : formatIp(gateway.version, gateway.bits),
      enableDhcp: input.enable_dhcp,
      allocationPools: pools.map((pool) => formatPool(pool, range.version)),
      dnsNameservers: input.dns_nameservers,
      hostRoutes: input.host_routes,
    };
    tx.put('subnets', subnet.id, subnet);
    tx.put('networks', network.id, bumped(network, context));
    if (isAutoAddressed(subnet)) addAutoAddresses(tx, subnet, context);
    return subnet;
  },

  update(tx, subnet, input, context) {
    const updated = changed(
      subnet,
      {
        name: input.name,
        description: input.description,
        enableDhcp: input.enable_dhcp,
        dnsNameservers: input.dns_nameservers,
        hostRoutes: input.host_routes,
        ...changedRange(subnet, input),
      },
      context,
    );
    if (updated.ipv6RaMode !== null || updated.ipv6AddressMode !== null)
      checkModesNeedDhcp(updated.enableDhcp);
    tx.put('subnets', subnet.id, updated);
    return updated;
  },

  remove(tx, subnet, context) {
    const users = tx.find('ports', 'subnet', subnet.id);
    if (!isAutoAddressed(subnet) && users.some(({ deviceOwner }) => deviceOwner !== 'network:dhcp'))
      throw fault('SubnetInUse', subnet.id);
    dropAddressesOf(tx, subnet, context);
    tx.delete('subnets', subnet.id);
    const network = tx.get('networks', subnet.networkId);
    if (network !== undefined) tx.put('networks', network.id, bumped(network, context));
  },
};

function checkedRange(input: CreateInput<typeof attributes>): Cidr {
  const { ip_version: ipVersion, enable_dhcp: enableDhcp, cidr: text } = input;
  if (text === undefined)
    throw fault('BadRequest', 'subnets', 'a subnetpool must be specified in the absence of a cidr.');
  const range = parseCidr(text);
  if (range?.version !== ipVersion)
    throw fault('InvalidInput', `cidr '${text}' does not match the ip_version '${ipVersion}'`);
  if (enableDhcp) {
    if (range.prefix > (range.version === 4 ? 30 : 126))
      throw fault(
        'InvalidInput',
        'Subnet has a prefix length that is incompatible with DHCP service enabled',
      );
    if (range.version === 4 && range.first === 0n)
      throw fault('InvalidInput', "First IP '0.0.0.0' of network is not supported if enable_dhcp is True.");
    const special = SPECIAL.find(({ within }) => overlap(within, range));
    if (special !== undefined)
      throw fault('InvalidInput', `${special.name} IP subnet is not supported if enable_dhcp is True`);
  }
  return range;
}
const SPECIAL = [
  { name: 'Loopback', text: '127.0.0.0/8' },
  { name: 'Loopback', text: '::1/128' },
  { name: 'Multicast', text: '224.0.0.0/4' },
  { name: 'Multicast', text: 'ff00::/8' },
].flatMap(({ name, text }) => {
  const within = parseCidr(text);
  return within === undefined ? [] : [{ name, within }];
});

/** A network's subnets are apart from each other. */
function checkApart(tx: Transaction, networkId: string, range: Cidr): void {
  for (const other of tx.find('subnets', 'network', networkId)) {
    const taken = parseCidr(other.cidr);
    if (taken !== undefined && overlap(taken, range))
      throw fault(
        'InvalidInput',
        `Requested subnet with cidr: ${formatCidr(range)} for network: ${networkId} overlaps with another subnet`,
      );
  }
}

type Modes = Pick<SubnetRecord, 'ipv6RaMode' | 'ipv6AddressMode'>;

function checkedModes(input: CreateInput<typeof attributes>, range: Cidr): Modes {
  const { ipv6_ra_mode: ra, ipv6_address_mode: address } = input;
  for (const [name, mode] of [
    ['ipv6_ra_mode', ra],
    ['ipv6_address_mode', address],
  ] as const) {
    if (mode === undefined) continue;
    if (range.version === 4) throw fault('InvalidInput', `${name} is not valid when ip_version is 4`);
    checkModesNeedDhcp(input.enable_dhcp);
    if (mode !== 'dhcpv6-stateful' && range.prefix !== 64)
      throw fault(
        'InvalidInput',
        `Invalid CIDR ${input.cidr ?? ''} for IPv6 address mode. OpenStack uses the EUI-64 address format, which requires the prefix to be /64`,
      );
  }
  if (ra !== undefined && address !== undefined && ra !== address)
    throw fault(
      'InvalidInput',
      `ipv6_ra_mode set to '${ra}' with ipv6_address_mode set to '${address}' is not valid. If both attributes are set, they must be the same value`,
    );
  return { ipv6RaMode: ra ?? null, ipv6AddressMode: address ?? null };
}

function checkModesNeedDhcp(enableDhcp: boolean): void {
  if (!enableDhcp)
    throw fault(
      'InvalidInput',
      'ipv6_ra_mode or ipv6_address_mode cannot be set when enable_dhcp is set to False',
    );
}

/** The gateway asked for; unless one is, the first address, which for automatic addressing is the routers' anycast. */
function gatewayOf(asked: string | null | undefined, range: Cidr): Ip | undefined {
  if (asked === null) return undefined;
  if (asked === undefined) {
    if (range.first === range.last) return undefined;
    // For IPv6 it is the anycast address of all routers of the subnet (RFC 4291, 2.6.1).
    return { version: range.version, bits: range.version === 6 ? range.first : range.first + 1n };
  }
  const gateway = parseIp(asked);
  if (gateway?.version !== range.version)
    throw fault('InvalidInput', `gateway_ip '${asked}' does not match the ip_version '${range.version}'`);
  const isReserved =
    range.version === 4 && range.prefix < 31 && (gateway.bits === range.first || gateway.bits === range.last);
  if (contains(range, gateway) && isReserved) throw fault('InvalidInput', 'Gateway is not valid on subnet');
  return gateway;
}

/** New gateway and pools of a subnet, checked against each other and against those that stay. */
function changedRange(
  subnet: SubnetRecord,
  input: UpdateInput<typeof attributes>,
): Pick<Partial<SubnetRecord>, 'gatewayIp' | 'allocationPools'> {
  const { gateway_ip: asked, allocation_pools: pools } = input;
  const range = parseCidr(subnet.cidr);
  if (range === undefined || (asked === undefined && pools === undefined)) return {};
  const gateway = gatewayOf(asked === undefined ? subnet.gatewayIp : asked, range);
  const gatewayIp = gateway === undefined ? null : formatIp(gateway.version, gateway.bits);
  if (pools === undefined) {
    const kept = subnet.allocationPools.map((pool) => parsePool(pool, range));
    checkGateway(kept, range, gateway);
    return { gatewayIp };
  }
  const checked = checkedPools(pools, range, gateway);
  return { gatewayIp, allocationPools: checked.map((pool) => formatPool(pool, range.version)) };
}
