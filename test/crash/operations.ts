import type { Random } from '../hostile/random.ts';
import {
  bodyName,
  type Fields,
  fieldsOf,
  type Key,
  type Kind,
  type SubPortView,
  subPortKey,
  subPortsOf,
  type View,
} from './cloud-state.ts';
import type { Doubt, Effect } from './ledger.ts';

/** What all clients share, to get in each other's way there. */
export interface Arena {
  readonly networkId: string;
  readonly trunkId: string;
}

/** One request, what it does when it is answered, and how to tell whether it did when it is not. */
export interface Operation extends Doubt {
  readonly method: 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  effects(answer: unknown): readonly Effect[];
}

type State = ReadonlyMap<Key, Fields>;

/** A client's next request, from what it knows; undefined when it lacks what this one needs. */
export type Maker = (client: OperationSource) => Operation | undefined;

/** Where a client's requests come from: its own objects carry its name, which no other client touches. */
export class OperationSource {
  readonly random: Random;
  readonly arena: Arena;
  readonly #name: string;
  readonly #known: State;
  #serial = 0;

  constructor(name: string, random: Random, known: State, arena: Arena) {
    this.#name = name;
    this.random = random;
    this.#known = known;
    this.arena = arena;
  }

  next(): Operation {
    for (;;) {
      const operation = this.random.pick(MAKERS)(this);
      if (operation !== undefined) return operation;
    }
  }

  newName(): string {
    return `${this.#name}-${++this.#serial}`;
  }

  /** Id of one of its own objects. */
  own(kind: Kind, fits: (fields: Fields) => boolean = () => true): string | undefined {
    const ids = [...this.#known]
      .filter(([key, fields]) => key.startsWith(`${kind}/`) && this.#isOwn(fields) && fits(fields))
      .map(([key]) => key.slice(kind.length + 1));
    return ids.length === 0 ? undefined : this.random.pick(ids);
  }

  /** Keys of what is known below an object. */
  below(kind: Kind, attribute: string, id: string): readonly Key[] {
    return [...this.#known]
      .filter(([key, fields]) => key.startsWith(`${kind}/`) && fields[attribute] === id)
      .map(([key]) => key);
  }

  subPortsOf(trunkId: string): readonly Key[] {
    return [...this.#known.keys()].filter((key) => key.startsWith(`subports/${trunkId}/`));
  }

  isSubPort(portId: string): boolean {
    return [...this.#known.keys()].some((key) => key.startsWith('subports/') && key.endsWith(`/${portId}`));
  }

  owns(key: Key): boolean {
    return this.#isOwn(this.#known.get(key) ?? {});
  }

  #isOwn({ name }: Fields): boolean {
    return String(name).startsWith(`${this.#name}-`);
  }
}

const [MACS, HOSTS, VLANS] = [12, 12, 8];

const MAKERS: readonly Maker[] = [
  (client) => create(client, 'networks', {}),
  (client) => {
    const [a, b] = [client.random.below(250), client.random.below(250)];
    return inNetwork(client, 'subnets', { ip_version: 4, cidr: `10.${a}.${b}.0/24` });
  },
  (client) => inNetwork(client, 'ports', groupsOf(client)),
  (client) => inNetwork(client, 'ports', {}),
  // Many want the same few MAC and IP addresses.
  (client) =>
    create(client, 'ports', {
      network_id: client.arena.networkId,
      mac_address: `02:00:00:00:00:${(16 + client.random.below(MACS)).toString(16)}`,
      fixed_ips: [{ ip_address: `10.255.0.${10 + client.random.below(HOSTS)}` }],
    }),
  bulkPorts,
  bulkPorts,
  updatePort,
  (client) => create(client, 'security-groups', {}),
  createRules,
  createTrunk,
  (client) => addSubPorts(client, client.arena.trunkId),
  (client) => addSubPorts(client, client.own('trunks')),
  (client) => removeSubPorts(client, client.arena.trunkId),
  (client) => removeSubPorts(client, client.own('trunks')),
  (client) => remove('ports', client.own('ports'), () => []),
  (client) =>
    remove(
      'ports',
      client.own('ports', ({ network_id }) => network_id === client.arena.networkId),
      () => [],
    ),
  (client) => remove('networks', client.own('networks'), (id) => client.below('subnets', 'network_id', id)),
  (client) => remove('subnets', client.own('subnets'), () => []),
  (client) => remove('trunks', client.own('trunks'), (id) => client.subPortsOf(id)),
  (client) =>
    remove('security-groups', client.own('security-groups'), (id) =>
      client.below('security-group-rules', 'security_group_id', id),
    ),
];

function create(client: OperationSource, kind: Kind, attributes: object): Operation {
  return createMany(client, kind, [attributes], false);
}

function inNetwork(client: OperationSource, kind: Kind, attributes: object): Operation | undefined {
  const networkId = client.own('networks');
  return networkId === undefined ? undefined : create(client, kind, { network_id: networkId, ...attributes });
}

/** Also such as must fail as a whole, because one of them can't be made. */
function bulkPorts(client: OperationSource): Operation | undefined {
  const networkId = client.own('networks');
  if (networkId === undefined) return undefined;
  const ports: object[] = Array.from({ length: 2 + client.random.below(19) }, () => ({
    network_id: networkId,
  }));
  if (client.random.below(4) === 0) ports.push({ network_id: '00000000-0000-4000-8000-000000000000' });
  return createMany(client, 'ports', ports, true);
}

function createMany(
  client: OperationSource,
  kind: Kind,
  items: readonly object[],
  isBulk: boolean,
): Operation {
  const prefix = client.newName();
  const named = items.map((item, at) => ({ name: `${prefix}.${at}`, ...item }));
  const plural = bodyName(kind);
  const singular = plural.replace(/s$/, '');
  const found = (state: State) =>
    named.map(
      ({ name }) =>
        [...state].find(([key, fields]) => key.startsWith(`${kind}/`) && fields.name === name)?.[0],
    );
  return {
    what: `create ${kind} ${prefix}`,
    method: 'POST',
    path: `/v2.0/${kind}`,
    body: isBulk ? { [plural]: named } : { [singular]: named[0] },
    effects(answer) {
      const body = answer as Record<string, unknown>;
      const views = (isBulk ? body[plural] : [body[singular]]) as readonly View[];
      return views.flatMap((view) => [made(kind, view), ...partsOf(kind, view)]);
    },
    signs: (state) => found(state).map((key) => key !== undefined),
    keys: (state) =>
      found(state).flatMap((key) => (key === undefined ? [] : [key, ...partKeys(state, kind, key)])),
  };
}

/** What comes with an object: the rules of a new group, the subports of a trunk. */
function partsOf(kind: Kind, view: View): readonly Effect[] {
  if (kind === 'security-groups')
    return (view.security_group_rules as readonly View[]).map((rule) => made('security-group-rules', rule));
  if (kind !== 'trunks') return [];
  return subPortsOf(view).map((subPort) => entered(view.id, subPort));
}

function partKeys(state: State, kind: Kind, key: Key): readonly Key[] {
  const id = key.slice(kind.length + 1);
  return [...state].flatMap(([other, fields]) =>
    (kind === 'security-groups' && fields.security_group_id === id) ||
    (kind === 'trunks' && other.startsWith(`subports/${id}/`))
      ? [other]
      : [],
  );
}

function groupsOf(client: OperationSource): object {
  const group = client.own('security-groups');
  return group === undefined ? {} : { security_groups: [group] };
}

function updatePort(client: OperationSource): Operation | undefined {
  const id = client.own('ports');
  if (id === undefined) return undefined;
  const name = client.newName();
  const key = `ports/${id}`;
  return {
    what: `update port ${id} to ${name}`,
    method: 'PUT',
    path: `/v2.0/ports/${id}`,
    body: { port: { name, description: name, ...groupsOf(client) } },
    effects: (answer) => [made('ports', (answer as { port: View }).port)],
    signs: (state) => [state.get(key)?.name === name, state.get(key)?.description === name],
    keys: () => [key],
  };
}

function createRules(client: OperationSource): Operation | undefined {
  const group = client.own('security-groups');
  if (group === undefined) return undefined;
  const first = 1 + client.random.below(60_000);
  const rules = [0, 1, 2].map((at) => ({
    security_group_id: group,
    direction: 'ingress',
    protocol: 'tcp',
    port_range_min: first + at,
    port_range_max: first + at,
    ...(at === 0 ? {} : { remote_group_id: group }),
  }));
  const found = (state: State) =>
    rules.map(
      ({ port_range_min }) =>
        [...state].find(
          ([, fields]) => fields.security_group_id === group && fields.port_range_min === port_range_min,
        )?.[0],
    );
  return {
    what: `create rules of ${group} from port ${first}`,
    method: 'POST',
    path: '/v2.0/security-group-rules',
    body: { security_group_rules: rules },
    effects: (answer) =>
      (answer as { security_group_rules: readonly View[] }).security_group_rules.map((rule) =>
        made('security-group-rules', rule),
      ),
    signs: (state) => found(state).map((key) => key !== undefined),
    keys: (state) => found(state).flatMap((key) => key ?? []),
  };
}

function createTrunk(client: OperationSource): Operation | undefined {
  const [parent, sub] = [client.own('ports'), client.own('ports')];
  if (parent === undefined || sub === undefined || parent === sub) return undefined;
  return create(client, 'trunks', { port_id: parent, sub_ports: [subPort(client, sub)] });
}

/** Many want the same few VLANs. */
function addSubPorts(client: OperationSource, trunkId: string | undefined): Operation | undefined {
  // One that is a subport already would have all refused, and show as if its part alone had been done.
  const ports = [client.own('ports'), client.own('ports')].flatMap((id) =>
    id === undefined || client.isSubPort(id) ? [] : [id],
  );
  if (trunkId === undefined || ports.length === 0) return undefined;
  const subPorts = [...new Set(ports)].map((id) => subPort(client, id));
  const keys = subPorts.map(({ port_id }) => subPortKey(trunkId, port_id));
  return {
    what: `add ${keys}`,
    method: 'PUT',
    path: `/v2.0/trunks/${trunkId}/add_subports`,
    body: { sub_ports: subPorts },
    effects: () => subPorts.map((each) => entered(trunkId, each)),
    signs: (state) => keys.map((key) => state.has(key)),
    keys: () => keys,
  };
}

function removeSubPorts(client: OperationSource, trunkId: string | undefined): Operation | undefined {
  if (trunkId === undefined) return undefined;
  const all = client.subPortsOf(trunkId).map((key) => key.slice(`subports/${trunkId}/`.length));
  const ports = all.filter((id) => client.owns(`ports/${id}`)).slice(0, 2);
  if (ports.length === 0) return undefined;
  const keys = ports.map((id) => subPortKey(trunkId, id));
  return {
    what: `remove ${keys}`,
    method: 'PUT',
    path: `/v2.0/trunks/${trunkId}/remove_subports`,
    body: { sub_ports: ports.map((port_id) => ({ port_id })) },
    effects: () => keys.map(gone),
    signs: (state) => keys.map((key) => !state.has(key)),
    keys: () => keys,
  };
}

function remove(
  kind: Kind,
  id: string | undefined,
  below: (id: string) => readonly Key[],
): Operation | undefined {
  if (id === undefined) return undefined;
  const keys = [`${kind}/${id}`, ...below(id)];
  return {
    what: `delete ${keys}`,
    method: 'DELETE',
    path: `/v2.0/${kind}/${id}`,
    effects: () => keys.map(gone),
    signs: (state) => keys.map((key) => !state.has(key)),
    keys: () => keys,
  };
}

function subPort(
  client: OperationSource,
  port_id: string,
): SubPortView & { readonly segmentation_type: 'vlan' } {
  return { port_id, segmentation_type: 'vlan', segmentation_id: 1 + client.random.below(VLANS) };
}

function made(kind: Kind, view: View): Effect {
  return { key: `${kind}/${view.id}`, fields: fieldsOf(kind, view) };
}

function entered(trunkId: string, { port_id, segmentation_id }: SubPortView): Effect {
  return { key: subPortKey(trunkId, port_id), fields: { segmentation_id } };
}

function gone(key: Key): Effect {
  return { key, fields: undefined };
}
