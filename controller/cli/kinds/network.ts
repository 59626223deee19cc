import { z } from 'zod';
import { type Kind, neutronKind } from './kind.ts';
import { COLLECTIONS, called, listed, shortId } from './related.ts';
import { beginning, common, counted, end, few, yesOrNo } from './words.ts';

const schema = z.looseObject({
  ...common,
  status: z.string().optional(),
  admin_state_up: z.boolean().optional(),
  shared: z.boolean().optional(),
  mtu: z.number().optional(),
  port_security_enabled: z.boolean().optional(),
  subnets: z.array(z.string()).default([]),
  'provider:network_type': z.string().nullish(),
  'provider:physical_network': z.string().nullish(),
  'provider:segmentation_id': z.number().nullish(),
});
type Network = z.infer<typeof schema>;

/** Networks. */
export const network: Kind = neutronKind<Network>({
  name: 'network',
  short: ['net', 'nets'],
  collection: COLLECTIONS.network,
  schema,
  mentions: ['subnet'],
  columns: [
    { head: 'NAME', cell: ({ id, name }) => name || shortId(id) },
    { head: 'ID', only: 'narrow', cell: ({ id }) => shortId(id) },
    { head: 'ID', only: 'wide', cell: ({ id }) => id },
    { head: 'STATUS', cell: (each) => (each.admin_state_up === false ? 'disabled' : (each.status ?? '?')) },
    { head: 'SEGMENT', cell: segmentOf },
    { head: 'SUBNETS', cell: ({ subnets }, related) => subnets.map((id) => related.cidr(id)).join(', ') },
    { head: 'MTU', only: 'wide', cell: ({ mtu }) => String(mtu ?? '?') },
    { head: 'SHARED', only: 'wide', cell: ({ shared }) => yesOrNo(shared) },
    { head: 'PROJECT', only: 'wide', cell: ({ project_id: project }) => project ?? '?' },
    { head: 'TAGS', only: 'wide', cell: ({ tags }) => tags?.join(', ') ?? '' },
  ],

  async describe(object, api) {
    const [subnets, ports] = await Promise.all([
      listed(api, 'subnet', [['network_id', object.id]]),
      listed(api, 'port', [['network_id', object.id]]),
    ]);
    const hosts = ports.map((port) => port['binding:host_id']).filter((host) => host);
    const isUp = ports.filter(({ status }) => status === 'ACTIVE');
    return [
      ...beginning('Network', object),
      [
        'Status',
        object.admin_state_up === false ? 'disabled: admin_state_up is false' : (object.status ?? '?'),
      ],
      ['Segment', segmentOf(object) || '(not shown to this caller)'],
      ['MTU', `${object.mtu ?? '?'} bytes`],
      ['Shared', yesOrNo(object.shared)],
      ['Port security', object.port_security_enabled === false ? 'off for new ports' : 'on for new ports'],
      [
        'Subnets',
        few(
          subnets.map((subnet) => {
            const gateway = subnet.gateway_ip ? `gateway ${subnet.gateway_ip}` : 'no gateway';
            return `${subnet.cidr}  ${gateway}  ${subnet.name || shortId(subnet.id)}`;
          }),
        ),
      ],
      ['Ports', `${counted(ports.length, 'port')}, ${isUp.length} ACTIVE`],
      ['Hosts', hosts.length === 0 ? 'no port names one' : [...new Set(hosts)].sort().join(', ')],
      ...end(object),
    ];
  },

  async inTheWay({ id }, api) {
    const ports = await listed(api, 'port', [['network_id', id]]);
    return ports.filter((port) => port.device_owner !== 'network:dhcp').map((port) => called('port', port));
  },
});

/** `vxlan 42`, `vlan 100 on physnet1`; '' where the caller may not know. */
export function segmentOf(network: Readonly<Record<string, unknown>>): string {
  const { 'provider:network_type': type, 'provider:segmentation_id': id } = network;
  const physical = network['provider:physical_network'];
  const parts = [type, id, physical && `on ${physical}`];
  return parts.filter((part) => part !== null && part !== undefined && part !== '').join(' ');
}
