import { z } from 'zod';
import { type Kind, neutronKind } from './kind.ts';
import { segmentOf } from './network.ts';
import { placementFor, placesIn, whyDown } from './port-trouble.ts';
import { COLLECTIONS, called, identified, listed, shortId } from './related.ts';
import { beginning, common, end } from './words.ts';

const schema = z.looseObject({
  ...common,
  network_id: z.string(),
  mac_address: z.string(),
  status: z.string().optional(),
  admin_state_up: z.boolean().optional(),
  device_id: z.string().optional(),
  device_owner: z.string().optional(),
  fixed_ips: z.array(z.object({ subnet_id: z.string(), ip_address: z.string() })).default([]),
  allowed_address_pairs: z.array(z.object({ mac_address: z.string(), ip_address: z.string() })).default([]),
  security_groups: z.array(z.string()).default([]),
  port_security_enabled: z.boolean().optional(),
  'binding:host_id': z.string().nullish(),
  'binding:vif_type': z.string().nullish(),
  trunk_details: z.looseObject({ trunk_id: z.string(), sub_ports: z.array(z.unknown()) }).nullish(),
});
type Port = z.infer<typeof schema>;

/** Ports. */
export const port: Kind = neutronKind<Port>({
  name: 'port',
  short: [],
  collection: COLLECTIONS.port,
  schema,
  mentions: ['network', 'security-group'],
  columns: [
    { head: 'NAME', cell: ({ id, name }) => name || shortId(id) },
    { head: 'ID', only: 'narrow', cell: ({ id }) => shortId(id) },
    { head: 'ID', only: 'wide', cell: ({ id }) => id },
    { head: 'NETWORK', cell: (each, related) => related.name(each.network_id) },
    { head: 'STATUS', cell: (each) => (each.admin_state_up === false ? 'disabled' : (each.status ?? '?')) },
    { head: 'MAC', cell: (each) => each.mac_address },
    { head: 'ADDRESSES', cell: (each) => each.fixed_ips.map((ip) => ip.ip_address).join(', ') },
    { head: 'HOST', cell: (each) => each['binding:host_id'] ?? '' },
    { head: 'SECURITY', only: 'wide', cell: securityOf },
    {
      head: 'DEVICE',
      only: 'wide',
      cell: (each) => [each.device_owner, each.device_id].filter(Boolean).join(' '),
    },
    { head: 'PROJECT', only: 'wide', cell: (each) => each.project_id ?? '?' },
    { head: 'TAGS', only: 'wide', cell: ({ tags }) => tags?.join(', ') ?? '' },
  ],

  async describe(object, api) {
    const [[network], subnets, groups, trunk, placement] = await Promise.all([
      listed(api, 'network', [['id', object.network_id]]),
      listed(api, 'subnet', [['network_id', object.network_id]]),
      Promise.all(
        object.security_groups.map(
          async (id) => (await listed(api, 'security-group', [['id', id]]))[0] ?? { id },
        ),
      ),
      trunkOf(object, api),
      placementFor(object.id, api),
    ]);
    const cidrOf = (id: string) => subnets.find((subnet) => subnet.id === id)?.cidr ?? shortId(id);
    const segment = network === undefined ? '' : segmentOf(network);
    return [
      ...beginning('Port', object),
      ['Network', `${identified(network ?? { id: object.network_id })}${segment && `, ${segment}`}`],
      ['MAC', object.mac_address],
      ['Addresses', object.fixed_ips.map((ip) => `${ip.ip_address} of ${cidrOf(ip.subnet_id)}`)],
      ...(object.allowed_address_pairs.length > 0
        ? [
            [
              'Also allowed',
              object.allowed_address_pairs.map((pair) => `${pair.ip_address} with ${pair.mac_address}`),
            ] as const,
          ]
        : []),
      [
        'Security',
        object.port_security_enabled === false
          ? 'off: port_security_enabled is false, so nothing is filtered'
          : groups.length === 0
            ? 'on, without a security group'
            : groups.map((group) => identified(group)),
      ],
      ...(object.device_id || object.device_owner
        ? [['Device', `${object.device_owner} ${object.device_id}`.trim()] as const]
        : []),
      ...(trunk === undefined ? [] : [['Trunk', trunk] as const]),
      ['Host', object['binding:host_id'] || 'any that plugs it in'],
      ['Switch', placesIn(placement)],
      ['Status', [object.status ?? '?', ...whyDown(object, network, placement)]],
      ...end(object),
    ];
  },

  async inTheWay(object, api) {
    const trunk = await trunkOf(object, api);
    return trunk === undefined ? [] : [trunk];
  },
});

function securityOf(each: Port, related: { name(id: string): string }): string {
  return each.port_security_enabled === false
    ? 'off'
    : each.security_groups.map((id) => related.name(id)).join(', ');
}

/** What the port is in a trunk, in words. */
async function trunkOf({ id }: Port, api: Parameters<Kind['show']>[0]): Promise<string | undefined> {
  for (const trunk of await listed(api, 'trunk', [])) {
    if (trunk.port_id === id) return `parent of ${called('trunk', trunk)}`;
    const subs = subPorts.safeParse(trunk.sub_ports).data ?? [];
    const sub = subs.find(({ port_id: portId }) => portId === id);
    if (sub !== undefined) return `VLAN ${sub.segmentation_id} of ${called('trunk', trunk)}`;
  }
  return undefined;
}
const subPorts = z.array(z.object({ port_id: z.string(), segmentation_id: z.number() }));
