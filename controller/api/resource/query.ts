import type { StoreView } from '#controller/store/store';
import { fault } from '../faults.ts';
import type { Attributes } from './attribute.ts';
import type { SpecialFilter } from './resource.ts';
import { Refusal, toBoolean } from './values.ts';

/** A request's query, decoded: every value of each key, in order. */
export type Query = ReadonlyMap<string, readonly string[]>;

export interface SortKey {
  readonly name: string;
  readonly descending: boolean;
}

/** What a list request asks for. */
export interface ListQuery<R> {
  readonly fields: ReadonlySet<string>;
  readonly matches: (record: R, store: StoreView) => boolean;
  readonly sort: readonly SortKey[];
  /** Items in a page; 0 is all. */
  readonly limit: number;
  readonly marker: string | undefined;
  readonly pageReverse: boolean;
}

/** Keys of a list's query that are no filters. */
const CONTROLS = new Set(['fields', 'sort_key', 'sort_dir', 'limit', 'marker', 'page_reverse']);
const TAG_FILTERS: Readonly<
  Record<string, (has: ReadonlySet<unknown>, asked: readonly string[]) => boolean>
> = {
  tags: (has, asked) => asked.every((tag) => has.has(tag)),
  'tags-any': (has, asked) => asked.some((tag) => has.has(tag)),
  'not-tags': (has, asked) => !asked.every((tag) => has.has(tag)),
  'not-tags-any': (has, asked) => !asked.some((tag) => has.has(tag)),
};

export function parseQuery(text: string): Query {
  const query = new Map<string, string[]>();
  for (const [key, value] of new URLSearchParams(text)) {
    const values = query.get(key);
    if (values === undefined) query.set(key, [value]);
    else values.push(value);
  }
  return query;
}

/** Names asked for by `fields`; empty means all. */
export function fieldsIn(query: Query): ReadonlySet<string> {
  return new Set(query.get('fields'));
}

/** Reads and checks a list's query. Neutron refuses unknown filters and sort keys, and ignores unknown fields. */
export function readListQuery<R>(
  attributes: Attributes<R>,
  special: Readonly<Record<string, SpecialFilter<R>>>,
  query: Query,
): ListQuery<R> {
  const filters = [...query].filter(([name]) => !CONTROLS.has(name));
  const unknown = filters.map(([name]) => name).filter((name) => !isFilter(attributes, special, name));
  if (unknown.length > 0) {
    const names = unknown.map((name) => `'${name}'`).join(', ');
    throw fault('HTTPBadRequest', `[${names.slice(0, 300)}] is invalid attribute for filtering`);
  }
  const tests = filters.map(([name, texts]) => testFor(attributes, special, name, texts));
  return {
    fields: fieldsIn(query),
    matches: (record, store) => tests.every((test) => test(record, store)),
    sort: readSort(attributes, query),
    limit: readLimit(query.get('limit')?.at(-1)),
    marker: query.get('marker')?.at(-1),
    pageReverse: refusing(() => toBoolean(query.get('page_reverse')?.at(-1) ?? false)),
  };
}

function isFilter<R>(attributes: Attributes<R>, special: object, name: string): boolean {
  if (Object.hasOwn(special, name)) return true;
  if (Object.hasOwn(TAG_FILTERS, name)) return attributes.tags !== undefined;
  return Object.hasOwn(attributes, name) && attributes[name]?.filter !== undefined;
}

function testFor<R>(
  attributes: Attributes<R>,
  special: Readonly<Record<string, SpecialFilter<R>>>,
  name: string,
  texts: readonly string[],
): (record: R, store: StoreView) => boolean {
  if (Object.hasOwn(special, name)) return special[name]?.(texts) ?? (() => false);
  const view = attributes[name]?.view;
  if (Object.hasOwn(TAG_FILTERS, name)) {
    const asked = texts.flatMap((each) => each.split(','));
    return (record, store) => {
      const tags: unknown = attributes.tags?.view?.(record, store);
      return TAG_FILTERS[name]?.(new Set(Array.isArray(tags) ? tags : []), asked) ?? false;
    };
  }
  const filter = attributes[name]?.filter;
  const wanted = new Set(texts.map((each) => refusing(() => filter?.(each))));
  return (record, store) => wanted.has(view?.(record, store));
}

function readSort<R>(attributes: Attributes<R>, query: Query): readonly SortKey[] {
  const keys = query.get('sort_key') ?? [];
  const directions = query.get('sort_dir') ?? [];
  if (directions.length > 0 && directions.length !== keys.length)
    throw fault('HTTPBadRequest', 'The number of sort_keys and sort_dirs must be same');
  const unknown = keys.filter(
    (name) => !Object.hasOwn(attributes, name) || attributes[name]?.sort === undefined,
  );
  if (unknown.length > 0) {
    const names = unknown.map((name) => `'${name}'`).join(', ');
    throw fault('HTTPBadRequest', `[${names.slice(0, 300)}] is invalid attribute for sort_keys`);
  }
  for (const direction of directions)
    if (direction !== 'asc' && direction !== 'desc')
      throw fault(
        'HTTPBadRequest',
        `['${direction.slice(0, 80)}'] is invalid value for sort_dirs, valid value is 'asc' and 'desc'`,
      );
  // A key that comes again decides nothing, and would be compared for every two records.
  const sort = keys.map((name, at) => ({ name, descending: directions[at] === 'desc' }));
  return sort.filter(({ name }, at) => keys.indexOf(name) === at);
}

function readLimit(text: string | undefined): number {
  if (text === undefined || /^[+]?\d{1,9}$/.test(text)) return Number(text ?? 0);
  throw fault('BadRequest', 'limit', `Limit must be an integer 0 or greater and not '${text.slice(0, 80)}'.`);
}

/** A refusal outside an attribute, in a query say, is worded as the conversion that failed. */
export function refusing<T>(convert: () => T): T {
  try {
    return convert();
  } catch (error) {
    throw error instanceof Refusal ? fault('InvalidInput', error.message) : error;
  }
}
