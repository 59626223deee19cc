import { formatCidr, parseCidr, parseMac } from '#controller/base/addresses';
import type { ApiObject } from '../client/objects.ts';
import type { NeutronKindName } from '../kinds/related.ts';
import { guess } from '../near.ts';
import { type Item, type Reference, substituted, type Topology } from './item.ts';
import { ORDER, rankOf } from './order.ts';
import { formatPlace, type Problem } from './problem.ts';
import type { Snapshot } from './snapshot.ts';

/** Which objects of a controller the items of a topology are, and what their names mean. */
export interface Matching {
  /** The object that an item is; undefined if it has to be made. */
  readonly objectOf: (item: Item) => ApiObject | undefined;
  /** The id for a token: of an object, or the token of the item that has to be made. */
  readonly idOf: (token: string) => string | undefined;
  readonly problems: readonly Problem[];
}

/** Something that a name can mean. */
interface Candidate {
  readonly id: string;
  readonly names: readonly string[];
  readonly project: unknown;
  readonly network: unknown;
}

/** Finds for each item the object that it is, and for each name what it means. */
export function matchTopology({ items }: Topology, snapshot: Snapshot): Matching {
  const objects = new Map<string, ApiObject>();
  const ids = new Map<string, string>();
  const problems: Problem[] = [];
  const candidates = new Map<NeutronKindName, Candidate[]>();
  const seen = new Map<string, Item>();
  const idOf = (token: string) => ids.get(token);

  for (const { name: kind } of ORDER) {
    const own = items.filter((item) => item.kind === kind);
    const twins = namesakes(own);
    for (const item of own) {
      // The network first: in it names of subnets mean something.
      for (const reference of [...item.references].sort((a, b) => rankOf(a.kind) - rankOf(b.kind))) {
        const network = substituted(item.attributes.network_id, idOf);
        const found = resolve(
          reference,
          item,
          candidates.get(reference.kind) ?? [],
          network,
          snapshot.project,
        );
        if (typeof found === 'string') ids.set(reference.token, found);
        else problems.push(found);
      }
      if (kind === 'security-group-rule') continue;
      const attributes = attributesOf(item, idOf);
      const found = find(item, attributes, snapshot, twins.has(item));
      const key = found.length === 1 ? `${found[0]?.id}` : keyOf(item, attributes, twins.has(item));
      const first = seen.get(key);
      if (first !== undefined)
        problems.push({
          place: item.placeOf(),
          message: `${item.label}: it is said already at ${formatPlace(first.placeOf())}`,
        });
      else if (found.length > 1)
        problems.push({
          place: item.placeOf(),
          message: `${item.label}: there are several of that name, and a topology goes by names: ${found.map(({ id }) => id).join(', ')}`,
        });
      seen.set(key, first ?? item);
      const [object] = found;
      if (object !== undefined) objects.set(item.token, object);
      ids.set(item.token, object?.id ?? item.token);
    }
    candidates.set(kind, candidatesOf(kind, own, objects, snapshot, idOf));
  }
  return { objectOf: ({ token }) => objects.get(token), idOf, problems };
}

/** Items that share their name and project, so that it does not tell them apart. */
function namesakes(items: readonly Item[]): ReadonlySet<Item> {
  const key = ({ name, project }: Item) => JSON.stringify([name, project ?? null]);
  const groups = new Map<string, Item[]>();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return new Set([...groups.values()].filter((group) => group.length > 1).flat());
}

/** An item's attributes with ids where names were; the tokens of what has to be made stay. */
export function attributesOf(
  item: Item,
  idOf: (token: string) => string | undefined,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(item.attributes).map(([name, value]) => [name, substituted(value, idOf)]),
  );
}

/** The objects that an item may be. */
function find(
  item: Item,
  attributes: Readonly<Record<string, unknown>>,
  snapshot: Snapshot,
  isNamesake: boolean,
): readonly ApiObject[] {
  const all = snapshot.objects[item.kind];
  switch (item.kind) {
    case 'subnet':
      return all.filter(
        (each) => each.network_id === attributes.network_id && each.cidr === canonical(attributes.cidr),
      );
    case 'trunk':
      return all.filter((each) => each.port_id === attributes.port_id);
    case 'port': {
      const byMac = (each: ApiObject) =>
        each.network_id === attributes.network_id && each.mac_address === macOf(attributes.mac_address);
      if (item.name === '' || isNamesake) return all.filter(byMac);
      const named = namedIn(all, item, snapshot.project);
      return named.length > 1 && named.some(byMac) ? named.filter(byMac) : named;
    }
    default:
      return namedIn(all, item, snapshot.project);
  }
}

function namedIn(all: readonly ApiObject[], item: Item, caller: string | undefined): readonly ApiObject[] {
  const project = item.project ?? caller;
  return all.filter(
    ({ name, project_id: owner }) => name === item.name && (project === undefined || owner === project),
  );
}

/** What two items that are one object have in common. */
function keyOf(item: Item, attributes: Readonly<Record<string, unknown>>, isNamesake: boolean): string {
  const { network_id: network, port_id: port } = attributes;
  switch (item.kind) {
    case 'subnet':
      return JSON.stringify(['subnet', network, canonical(attributes.cidr)]);
    case 'trunk':
      return JSON.stringify(['trunk', port]);
    case 'port':
      if ((item.name === '' || isNamesake) && attributes.mac_address !== undefined)
        return JSON.stringify(['port', network, macOf(attributes.mac_address)]);
  }
  return JSON.stringify([item.kind, item.project ?? null, item.name]);
}

/** All that names of a kind may mean: the items, and the objects that no item is. */
function candidatesOf(
  kind: NeutronKindName,
  items: readonly Item[],
  objects: ReadonlyMap<string, ApiObject>,
  snapshot: Snapshot,
  idOf: (token: string) => string | undefined,
): Candidate[] {
  const taken = new Set(items.flatMap(({ token }) => objects.get(token)?.id ?? []));
  const names = (...texts: readonly unknown[]) =>
    texts.filter((text): text is string => typeof text === 'string' && text !== '');
  return [
    ...items.map((item) => {
      const { cidr, network_id: network, mac_address: mac } = attributesOf(item, idOf);
      const object = objects.get(item.token);
      return {
        id: idOf(item.token) ?? item.token,
        names: names(item.name, canonical(cidr), macOf(mac) ?? object?.mac_address, object?.id),
        project: item.project ?? snapshot.project,
        network,
      };
    }),
    ...snapshot.objects[kind]
      .filter(({ id }) => !taken.has(id))
      .map(({ id, name, cidr, mac_address: mac, project_id: project, network_id: network }) => ({
        id,
        names: names(name, cidr, mac, id),
        project,
        network,
      })),
  ];
}

/** What a name means: the id of the only candidate, those of the same project first. */
function resolve(
  { kind, name, place }: Reference,
  item: Item,
  candidates: readonly Candidate[],
  network: unknown,
  caller: string | undefined,
): string | Problem {
  const reachable = kind === 'subnet' ? candidates.filter((each) => each.network === network) : candidates;
  const wanted = canonical(name) ?? macOf(name) ?? name;
  const named = reachable.filter(({ names }) => names.includes(name) || names.includes(wanted));
  const project = item.project ?? caller;
  const close = named.filter((each) => project === undefined || each.project === project);
  const [only, ...others] = close.length > 0 ? close : named;
  if (only === undefined) {
    const names = reachable.flatMap((each) => each.names);
    const where = kind === 'subnet' ? ' in its network' : '';
    const hint = guess(name, names, ', neither in the files nor on the controller');
    return { place, message: `${item.label}: there is no ${kind} '${name}'${where}${hint}` };
  }
  if (others.length === 0) return only.id;
  return {
    place,
    message: `${item.label}: '${name}' means ${others.length + 1} ${kind}s: say which by ${kind === 'port' ? 'its MAC address' : 'its id'}`,
  };
}

function canonical(cidr: unknown): string | undefined {
  const range = typeof cidr === 'string' && cidr.includes('/') ? parseCidr(cidr) : undefined;
  return range && formatCidr(range);
}

function macOf(mac: unknown): string | undefined {
  return typeof mac === 'string' ? parseMac(mac) : undefined;
}
