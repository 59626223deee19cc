import { z } from 'zod';
import { type Kind, neutronKind } from './kind.ts';
import { COLLECTIONS, called, identified, listed, shortId } from './related.ts';
import { beginning, common, end, yesOrNo } from './words.ts';

const schema = z.looseObject({
  ...common,
  network_id: z.string(),
  cidr: z.string(),
  ip_version: z.number(),
  gateway_ip: z.string().nullish(),
  enable_dhcp: z.boolean().optional(),
  allocation_pools: z.array(z.object({ start: z.string(), end: z.string() })).default([]),
  dns_nameservers: z.array(z.string()).default([]),
  host_routes: z.array(z.object({ destination: z.string(), nexthop: z.string() })).default([]),
  ipv6_address_mode: z.string().nullish(),
});
type Subnet = z.infer<typeof schema>;

/** Subnets. */
export const subnet: Kind = neutronKind<Subnet>({
  name: 'subnet',
  short: ['sub', 'subs'],
  collection: COLLECTIONS.subnet,
  schema,
  mentions: ['network'],
  columns: [
    { head: 'NAME', cell: ({ id, name }) => name || shortId(id) },
    { head: 'ID', only: 'narrow', cell: ({ id }) => shortId(id) },
    { head: 'ID', only: 'wide', cell: ({ id }) => id },
    { head: 'NETWORK', cell: (each, related) => related.name(each.network_id) },
    { head: 'CIDR', cell: ({ cidr }) => cidr },
    { head: 'GATEWAY', cell: (each) => each.gateway_ip ?? 'none' },
    { head: 'DHCP', cell: (each) => yesOrNo(each.enable_dhcp) },
    { head: 'POOLS', only: 'wide', cell: (each) => poolsOf(each).join(', ') },
    { head: 'DNS', only: 'wide', cell: (each) => each.dns_nameservers.join(', ') },
    { head: 'PROJECT', only: 'wide', cell: (each) => each.project_id ?? '?' },
    { head: 'TAGS', only: 'wide', cell: ({ tags }) => tags?.join(', ') ?? '' },
  ],

  async describe(object, api) {
    const [[network], ports] = await Promise.all([
      listed(api, 'network', [['id', object.network_id]]),
      portsOf(object.id, api),
    ]);
    return [
      ...beginning('Subnet', object),
      ['Network', identified(network ?? { id: object.network_id })],
      ['CIDR', object.cidr],
      ['Gateway', object.gateway_ip ?? 'none'],
      ['Pools', poolsOf(object)],
      ['DHCP', yesOrNo(object.enable_dhcp)],
      ...(object.ipv6_address_mode ? [['IPv6 addresses', object.ipv6_address_mode] as const] : []),
      ...(object.dns_nameservers.length > 0 ? [['DNS', object.dns_nameservers] as const] : []),
      ...(object.host_routes.length > 0
        ? [['Routes', object.host_routes.map((each) => `${each.destination} by ${each.nexthop}`)] as const]
        : []),
      ['In use by', ports.length === 1 ? '1 port' : `${ports.length} ports`],
      ...end(object),
    ];
  },

  async inTheWay({ id }, api) {
    return (await portsOf(id, api)).map((port) => called('port', port));
  },
});

function poolsOf({ allocation_pools: pools }: Subnet): readonly string[] {
  return pools.map(({ start, end: last }) => `${start} – ${last}`);
}

function portsOf(id: string, api: Parameters<Kind['show']>[0]) {
  return listed(api, 'port', [['fixed_ips', `subnet_id=${id}`]]);
}
