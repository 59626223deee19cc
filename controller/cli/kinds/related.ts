import type { Api } from '../client/client.ts';
import { Refused } from '../client/failure.ts';
import { type ApiObject, type Collection, listObjects, type Query } from '../client/objects.ts';
import type { KindName } from './names.ts';

/** Where the kinds of Neutron's are. */
export const COLLECTIONS = {
  network: { path: '/v2.0/networks', plural: 'networks', singular: 'network' },
  subnet: { path: '/v2.0/subnets', plural: 'subnets', singular: 'subnet' },
  port: { path: '/v2.0/ports', plural: 'ports', singular: 'port' },
  trunk: { path: '/v2.0/trunks', plural: 'trunks', singular: 'trunk' },
  'security-group': {
    path: '/v2.0/security-groups',
    plural: 'security_groups',
    singular: 'security_group',
  },
  'security-group-rule': {
    path: '/v2.0/security-group-rules',
    plural: 'security_group_rules',
    singular: 'security_group_rule',
  },
} as const satisfies Partial<Record<KindName, Collection>>;
export type NeutronKindName = keyof typeof COLLECTIONS;

/** Names of objects that a table mentions by id. */
export class Related {
  readonly #objects: ReadonlyMap<string, ApiObject>;

  constructor(objects: readonly ApiObject[]) {
    this.#objects = new Map(objects.map((object) => [object.id, object]));
  }

  /** Asks for what these kinds are called. */
  static async of(api: Api, kinds: readonly KindName[]): Promise<Related> {
    const lists = await Promise.all(kinds.map((kind) => (kind in COLLECTIONS ? listed(api, kind) : [])));
    return new Related(lists.flat());
  }

  /** The name of an object; its id when it has none, or when it may not be seen. */
  name(id: string): string {
    const name = this.#objects.get(id)?.name;
    return typeof name === 'string' && name !== '' ? name : shortId(id);
  }

  /** A subnet's range of addresses. */
  cidr(id: string): string {
    const cidr = this.#objects.get(id)?.cidr;
    return typeof cidr === 'string' ? cidr : shortId(id);
  }
}

/** The objects of a kind that a query finds; none where the kind is not served or not for this caller. */
export async function listed(api: Api, kind: KindName, query: Query = NAMES): Promise<readonly ApiObject[]> {
  if (!isNeutrons(kind)) return [];
  try {
    return await listObjects(api, COLLECTIONS[kind], query);
  } catch (error) {
    if (error instanceof Refused && (error.status === 404 || error.status === 403)) return [];
    throw error;
  }
}

const NAMES: Query = [
  ['fields', 'id'],
  ['fields', 'name'],
  ['fields', 'cidr'],
];

function isNeutrons(kind: KindName): kind is NeutronKindName {
  return kind in COLLECTIONS;
}

/** What tables show of an id, and what commands accept for it: the first of its five groups. */
export function shortId(id: string): string {
  return /^[0-9a-f]{8}-/.test(id) ? id.slice(0, 8) : id;
}

/** An object as a sentence names it: `port vm1 (0123…)`, or `port 0123…` without a name. */
export function called(kind: string, object: ApiObject): string {
  return `${kind} ${identified(object)}`;
}

/** The same where its kind is clear. */
export function identified({ id, name }: ApiObject): string {
  return typeof name === 'string' && name !== '' ? `${name} (${id})` : id;
}
