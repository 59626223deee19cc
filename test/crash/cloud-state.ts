import type { RestClient } from '#lab';

/** Attributes of an object that only its owner's requests change. */
export type Fields = Readonly<Record<string, unknown>>;

/** What is looked at, by collection of the API. */
const WATCHED = {
  networks: ['name', 'description', 'admin_state_up', 'provider:network_type', 'provider:segmentation_id'],
  subnets: ['name', 'network_id', 'cidr', 'gateway_ip'],
  ports: ['name', 'description', 'network_id', 'mac_address', 'fixed_ips', 'security_groups'],
  'security-groups': ['name', 'description'],
  'security-group-rules': ['security_group_id', 'direction', 'protocol', 'port_range_min', 'remote_group_id'],
  trunks: ['name', 'port_id'],
} as const;
export type Kind = keyof typeof WATCHED;
const KINDS = Object.keys(WATCHED) as readonly Kind[];

/** `collection/id`; a port in a trunk is `subports/trunk id/port id`. */
export type Key = string;

/** An object as the API shows it. */
export type View = Readonly<Record<string, unknown>> & { readonly id: string };

/** Everything that the API shows, whole. */
export type CloudViews = Readonly<Record<Kind, readonly View[]>>;

/** Name of a collection's objects in bodies: `security_group_rules`. */
export function bodyName(kind: Kind): string {
  return kind.replaceAll('-', '_');
}

export async function readCloud(rest: RestClient): Promise<CloudViews> {
  const lists = await Promise.all(
    KINDS.map(async (kind) => {
      const answer = (await rest.request('GET', `/v2.0/${kind}`)) as Record<string, View[]>;
      return [kind, answer[bodyName(kind)] ?? []] as const;
    }),
  );
  return Object.fromEntries(lists) as Record<Kind, View[]>;
}

/** The watched attributes of an object. */
export function fieldsOf(kind: Kind, view: View): Fields {
  return Object.fromEntries(WATCHED[kind].map((name) => [name, view[name]]));
}

export interface SubPortView {
  readonly port_id: string;
  readonly segmentation_id: number;
}

export function subPortsOf(trunk: View): readonly SubPortView[] {
  return trunk.sub_ports as readonly SubPortView[];
}

export function subPortKey(trunkId: string, portId: string): Key {
  return `subports/${trunkId}/${portId}`;
}

/** All objects by key. Default groups come and go with what else is asked for, so they are nobody's. */
export function stateOf(views: CloudViews): ReadonlyMap<Key, Fields> {
  const state = new Map<Key, Fields>();
  const defaults = new Set(
    views['security-groups'].filter(({ name }) => name === 'default').map(({ id }) => id),
  );
  for (const kind of KINDS)
    for (const view of views[kind])
      if (!defaults.has(view.id) && !defaults.has(String(view.security_group_id)))
        state.set(`${kind}/${view.id}`, fieldsOf(kind, view));
  for (const trunk of views.trunks)
    for (const { port_id, segmentation_id } of subPortsOf(trunk))
      state.set(subPortKey(trunk.id, port_id), { segmentation_id });
  return state;
}
