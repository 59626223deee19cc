import { LARGEST_ID } from '#controller/api/settings';
import { isObject } from '#controller/base/json-object';
import { eachItem, type Field, reference, renamed, sameItems } from './field.ts';

/** What every kind with a name has. */
const COMMON: Readonly<Record<'name' | 'description' | 'project_id' | 'tags', Field>> = {
  name: {
    doc: 'What it is called; other items refer to it by this name.',
    json: { type: 'string', minLength: 1, maxLength: 255 },
  },
  description: { doc: 'Free text.' },
  project_id: {
    doc: 'The project that owns it; that of the file, or the caller’s, if nothing is said.',
    isFixed: true,
  },
  tags: {
    doc: 'Tags; those of tenantflow itself are kept, whatever is said here.',
    json: {
      type: 'array',
      items: { type: 'string', minLength: 1, maxLength: 255 },
      maxItems: 49,
      uniqueItems: true,
    },
  },
};

/** The same of kinds that are only found again by their name. */
const NAMED: Readonly<Record<string, Field>> = { ...COMMON, name: { ...COMMON.name, isRequired: true } };

export const NETWORK_FIELDS: Readonly<Record<string, Field>> = {
  ...NAMED,
  admin_state_up: { doc: 'false takes the whole network down.' },
  mtu: { doc: 'Bytes of the largest packet; 0 or nothing said: the most that the underlay carries.' },
  shared: { doc: 'Whether all projects may use it.' },
  'router:external': { doc: 'Whether it is a network to the outside.' },
  port_security_enabled: { doc: 'Whether its new ports are guarded, if they do not say themselves.' },
  vlan_transparent: { doc: 'Whether VLAN tags of guests are carried unchanged.' },
  qinq: {
    doc: 'Whether the tag on the provider’s network is a service tag (802.1ad), above those of guests.',
  },
  'provider:network_type': {
    doc: 'local, flat, vlan, vxlan, gre or geneve; nothing said: as the controller chooses.',
  },
  'provider:physical_network': { doc: 'The provider’s network that flat and vlan networks are on.' },
  'provider:segmentation_id': { doc: 'VLAN id, VNI or GRE key; nothing said: as the controller chooses.' },
};

export const SUBNET_FIELDS: Readonly<Record<string, Field>> = {
  ...COMMON,
  network: reference('network', 'network_id', 'The network that it is part of, by name.'),
  cidr: {
    doc: 'Its range of addresses, such as 10.0.0.0/24; by this it is found again.',
    isRequired: true,
    isFixed: true,
  },
  ip_version: { doc: '4 or 6; as its cidr, if nothing is said.' },
  gateway_ip: { doc: 'Address of the gateway; null is none; nothing said: the first address.' },
  enable_dhcp: { doc: 'Whether DHCP serves it.' },
  allocation_pools: {
    doc: 'Ranges that addresses are given out from; nothing said: all but the gateway.',
    same: sameItems,
    json: listOf({ start: { type: 'string' }, end: { type: 'string' } }, ['start', 'end']),
  },
  dns_nameservers: {
    doc: 'Addresses of name servers, in order.',
    json: { type: 'array', items: { type: 'string' } },
  },
  host_routes: {
    doc: 'Routes that DHCP announces.',
    same: sameItems,
    json: listOf({ destination: { type: 'string' }, nexthop: { type: 'string' } }, [
      'destination',
      'nexthop',
    ]),
  },
  ipv6_ra_mode: { doc: 'Who announces routers and prefixes: slaac, dhcpv6-stateful or dhcpv6-stateless.' },
  ipv6_address_mode: { doc: 'How ports get IPv6 addresses: slaac, dhcpv6-stateful or dhcpv6-stateless.' },
};

export const PORT_FIELDS: Readonly<Record<string, Field>> = {
  ...COMMON,
  network: reference('network', 'network_id', 'The network that it is plugged into, by name.'),
  mac_address: { doc: 'MAC address of the guest; nothing said: as the controller chooses.' },
  fixed_ips: {
    doc: 'Its addresses, each by subnet (name or CIDR), address, or both; nothing said: one of each IP version.',
    refersTo: ['subnet'],
    json: listOf({ subnet: { type: 'string' }, ip_address: { type: 'string' } }, []),
    toRest: (raw, refer) =>
      eachItem(raw, (item, at) =>
        renamed(item, 'subnet', 'subnet_id', (name) => refer('subnet', name, [at, 'subnet'])),
      ),
    fromRest: (value, nameOf) =>
      eachItem(value, (item) => renamed(item, 'subnet_id', 'subnet', (id) => nameOf('subnet', String(id)))),
    same: sameAddresses,
  },
  admin_state_up: { doc: 'false takes the port down.' },
  port_security_enabled: { doc: 'false lets the guest use any address, without security groups.' },
  security_groups: {
    doc: 'Names of its security groups; nothing said: the project’s default one.',
    refersTo: ['security-group'],
    json: { type: 'array', items: { type: 'string', minLength: 1 } },
    toRest: (raw, refer) =>
      Array.isArray(raw) ? raw.map((name, at) => refer('security-group', name, [at])) : raw,
    fromRest: (value, nameOf) =>
      Array.isArray(value) ? value.map((id) => nameOf('security-group', String(id))).sort() : value,
    same: sameItems,
  },
  allowed_address_pairs: {
    doc: 'Further addresses that the guest may use; without mac_address with its own.',
    same: samePairs,
    json: listOf({ ip_address: { type: 'string' }, mac_address: { type: 'string' } }, ['ip_address']),
  },
  extra_dhcp_opts: {
    doc: 'Further DHCP options.',
    same: sameItems,
    change: changedOptions,
    json: listOf(
      { opt_name: { type: 'string' }, opt_value: { type: 'string' }, ip_version: { enum: [4, 6] } },
      ['opt_name', 'opt_value'],
    ),
  },
  device_id: { doc: 'What it belongs to, such as the id of a VM.' },
  device_owner: { doc: 'The kind of what it belongs to, such as compute:nova.' },
  'binding:host_id': { doc: 'The hypervisor that may plug it in; nothing said: any.' },
  'binding:vnic_type': { doc: 'The kind of interface that the guest gets.' },
  'binding:profile': { doc: 'What a compute service keeps about its place.', json: { type: 'object' } },
};

export const TRUNK_FIELDS: Readonly<Record<string, Field>> = {
  ...COMMON,
  port: reference(
    'port',
    'port_id',
    'The parent port, by name or MAC address; by this the trunk is found again.',
  ),
  admin_state_up: { doc: 'false takes its subports down.' },
  sub_ports: {
    refersTo: ['port'],
    doc: 'All its subports: the port, by name or MAC address, and the VLAN that its packets carry on the parent.',
    json: listOf(
      {
        port: { type: 'string', minLength: 1 },
        segmentation_id: { type: 'integer', minimum: 1, maximum: LARGEST_ID.vlan },
        segmentation_type: { enum: ['vlan', 'inherit'] },
      },
      ['port'],
    ),
    toRest: (raw, refer) =>
      eachItem(raw, (item, at) => ({
        segmentation_type: 'vlan',
        ...renamed(item, 'port', 'port_id', (name) => refer('port', name, [at, 'port'])),
      })),
    fromRest: (value, nameOf) =>
      eachItem(value, ({ port_id: id, segmentation_id: vlan }) => ({
        port: nameOf('port', String(id)),
        segmentation_id: vlan,
      })),
    // A trunk's own steps add and remove them.
    isFixed: true,
  },
};

export const SECURITY_GROUP_FIELDS: Readonly<Record<string, Field>> = {
  ...NAMED,
  stateful: { doc: 'Whether replies to what is admitted are admitted as well.' },
};

export const RULE_FIELDS: Readonly<Record<string, Field>> = {
  direction: { doc: 'ingress: what ports of the group receive; egress: what they send.' },
  ethertype: { doc: 'IPv4 or IPv6; nothing said: IPv4.' },
  protocol: { doc: 'Name or number of the protocol; nothing said: any.' },
  port_range_min: { doc: 'First port, or the type of ICMP.' },
  port_range_max: { doc: 'Last port, or the code of ICMP.' },
  remote_ip_prefix: { doc: 'Who may send to it, or be sent to: a CIDR; nothing said: anybody.' },
  remote_group: {
    doc: 'The same as the name of a security group: its members.',
    attribute: 'remote_group_id',
    refersTo: ['security-group'],
    json: { type: 'string', minLength: 1 },
    toRest: (raw, refer) => refer('security-group', raw, []),
    fromRest: (value, nameOf) => (typeof value === 'string' ? nameOf('security-group', value) : value),
  },
  description: { doc: 'Free text; where nothing is said, that of the rule that is there stays.' },
};

function listOf(properties: Readonly<Record<string, unknown>>, required: readonly string[]) {
  return { type: 'array', items: { type: 'object', properties, required, additionalProperties: false } };
}

/**
 * Each wanted address is there, one for each; what is there besides, ports give themselves. The values are as
 * fixed-ips.ts reads them.
 */
function sameAddresses(
  wanted: unknown,
  current: unknown,
  { isAutoAddressed }: Parameters<NonNullable<Field['same']>>[2],
): boolean {
  if (!Array.isArray(wanted) || !Array.isArray(current)) return false;
  const rest = current.filter(isObject);
  // The most particular wishes choose first.
  const wishes = wanted.filter(isObject).sort((a, b) => Number(!a.ipAddress) - Number(!b.ipAddress));
  for (const { subnetId, ipAddress } of wishes) {
    const at = rest.findIndex(
      (each) =>
        (subnetId === undefined || each.subnetId === subnetId) &&
        (ipAddress === undefined || each.ipAddress === ipAddress),
    );
    if (at < 0) return false;
    rest.splice(at, 1);
  }
  return rest.every(({ subnetId }) => isAutoAddressed(String(subnetId)));
}

/** A pair without a MAC address has the port's. */
function samePairs(
  wanted: unknown,
  current: unknown,
  { current: port }: Parameters<NonNullable<Field['same']>>[2],
): boolean {
  const withMac = (pairs: unknown) =>
    eachItem(pairs, (pair) => ({ ...pair, macAddress: pair.macAddress ?? port.mac_address }));
  return sameItems(withMac(wanted), withMac(current));
}

/** An option goes away only when it is set to null. */
function changedOptions(wanted: unknown, current: unknown): unknown {
  const [sent, there] = [wanted, current].map((options) =>
    Array.isArray(options) ? options.filter(isObject) : [],
  );
  const key = ({ opt_name: name, ip_version: version = 4 }: Readonly<Record<string, unknown>>) =>
    `${name} ${version}`;
  const kept = new Set(sent?.map(key));
  const gone = there?.filter((option) => !kept.has(key(option))) ?? [];
  return [...(sent ?? []), ...gone.map((option) => ({ ...option, opt_value: null }))];
}
