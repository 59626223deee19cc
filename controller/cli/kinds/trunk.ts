import { z } from 'zod';
import type { ApiObject } from '../client/objects.ts';
import { type Kind, neutronKind } from './kind.ts';
import { COLLECTIONS, identified, listed, shortId } from './related.ts';
import { beginning, common, end } from './words.ts';

const schema = z.looseObject({
  ...common,
  port_id: z.string(),
  status: z.string().optional(),
  admin_state_up: z.boolean().optional(),
  sub_ports: z
    .array(z.object({ port_id: z.string(), segmentation_type: z.string(), segmentation_id: z.number() }))
    .default([]),
  problems: z.array(z.object({ port_id: z.string(), reason: z.string() })).optional(),
});
type Trunk = z.infer<typeof schema>;

/** Trunks: VLAN-aware ports. */
export const trunk: Kind = neutronKind<Trunk>({
  name: 'trunk',
  short: [],
  collection: COLLECTIONS.trunk,
  schema,
  mentions: ['port'],
  columns: [
    { head: 'NAME', cell: ({ id, name }) => name || shortId(id) },
    { head: 'ID', only: 'narrow', cell: ({ id }) => shortId(id) },
    { head: 'ID', only: 'wide', cell: ({ id }) => id },
    { head: 'STATUS', cell: (each) => (each.admin_state_up === false ? 'disabled' : (each.status ?? '?')) },
    { head: 'PARENT', cell: (each, related) => related.name(each.port_id) },
    { head: 'SUBPORTS', only: 'narrow', cell: (each) => String(each.sub_ports.length) },
    {
      head: 'SUBPORTS',
      only: 'wide',
      cell: (each, related) =>
        each.sub_ports.map((sub) => `${sub.segmentation_id}=${related.name(sub.port_id)}`).join(', '),
    },
    { head: 'PROJECT', only: 'wide', cell: (each) => each.project_id ?? '?' },
    { head: 'TAGS', only: 'wide', cell: ({ tags }) => tags?.join(', ') ?? '' },
  ],

  async describe(object, api) {
    const ids = [object.port_id, ...object.sub_ports.map((sub) => sub.port_id)];
    const ports = new Map(
      (
        await Promise.all(
          chunks(ids, 50).map((some) =>
            listed(
              api,
              'port',
              some.map((id) => ['id', id]),
            ),
          ),
        )
      )
        .flat()
        .map((port) => [port.id, port]),
    );
    const line = (id: string) => {
      const port = ports.get(id);
      return `${identified(port ?? { id })}  ${port?.status ?? '(not shown to this caller)'}`;
    };
    return [
      ...beginning('Trunk', object),
      [
        'Status',
        object.admin_state_up === false
          ? 'disabled: admin_state_up is false'
          : [object.status ?? '?', ...reasons(object, ports)],
      ],
      ['Parent', line(object.port_id)],
      [
        'Subports',
        [...object.sub_ports]
          .sort((a, b) => a.segmentation_id - b.segmentation_id)
          .map((sub) => `VLAN ${sub.segmentation_id}  ${line(sub.port_id)}`),
      ],
      ...end(object),
    ];
  },
});

/** Why a trunk is not ACTIVE, a line for each port concerned. */
function reasons(trunk: Trunk, ports: ReadonlyMap<string, ApiObject>): readonly string[] {
  const { problems = [], status, port_id: parent } = trunk;
  if (status === 'DOWN' && problems.length === 0)
    return [`its parent port is not plugged in: \`tenantflow describe port ${parent}\` says more`];
  return problems.map(({ port_id: id, reason }) => `port ${identified(ports.get(id) ?? { id })}: ${reason}`);
}

function chunks<T>(list: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, at) =>
    list.slice(at * size, (at + 1) * size),
  );
}
