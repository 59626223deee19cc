import { z } from 'zod';
import { CliError } from '../error.ts';
import type { Api } from './client.ts';

/** One object of the API; what it has besides an id is up to its kind. */
export const objectSchema = z.looseObject({ id: z.string() });
export type ApiObject = z.infer<typeof objectSchema>;

/** Where the objects of one kind are, and under which keys they come. */
export interface Collection {
  /** `/v2.0/networks`. */
  readonly path: string;
  /** Key of many: `networks`. */
  readonly plural: string;
  /** Key of one: `network`. */
  readonly singular: string;
}

export type Query = readonly (readonly [key: string, value: string])[];

/** Objects of a page: small enough for an answer, large enough for few questions. */
const PAGE = 1000;

/** Every object of a Neutron collection, page by page. When `query` selects fields, `id` must be among them. */
export async function listObjects(
  api: Api,
  { path, plural }: Collection,
  query: Query = [],
): Promise<readonly ApiObject[]> {
  const schema = z.object({ [plural]: z.array(objectSchema) });
  const all: ApiObject[] = [];
  for (;;) {
    const asked = new URLSearchParams();
    for (const [key, value] of query) asked.append(key, value);
    asked.append('limit', String(PAGE));
    const last = all.at(-1);
    if (last !== undefined) asked.append('marker', last.id);
    const parsed = schema.safeParse(await api.request('GET', `${path}?${asked}`));
    const page = parsed.data?.[plural];
    if (page === undefined) throw new CliError(`${path} does not answer like this version of tenantflow`);
    all.push(...page);
    if (page.length < PAGE) return all;
  }
}

/** One object by its id. A Refused of status 404 says that there is none. */
export async function showObject(api: Api, collection: Collection, id: string): Promise<ApiObject> {
  const { path, singular } = collection;
  const answer = await api.request('GET', `${path}/${encodeURIComponent(id)}`);
  const found = z.object({ [singular]: objectSchema }).safeParse(answer).data?.[singular];
  if (found === undefined) throw new CliError(`${path} does not answer like this version of tenantflow`);
  return found;
}
