import type { ResourceRecord } from '#controller/store/records';
import type { CollectionName, Collections, StoreView } from '#controller/store/store';
import { timestamp } from '#controller/store/timestamp';
import type { Caller } from './caller.ts';
import { fault } from './faults.ts';
import type { MethodHandlers } from './paths.ts';
import { parseBody } from './resource/body.ts';
import type { ResourceRequest, Surroundings } from './resource/handlers.ts';
import { type Access, checkChange, mayRead } from './resource/policy.ts';
import { refusing } from './resource/query.ts';
import type { ResourceCollection } from './resource/resource.ts';
import { Refusal, show, toText } from './resource/values.ts';
import { changed } from './resources/changed.ts';

/** Neutron's bounds: the characters of a tag, and the tags of one resource. */
const LONGEST = 255;
const MOST = 50;

/** Collections whose resources have tags. */
export type TaggedCollection = {
  [C in CollectionName]: Collections[C] extends ResourceRecord ? C : never;
}[CollectionName];

/** Whether a resource has tags, which its attributes tell. */
export function isTagged(collection: ResourceCollection, attributes: object): collection is TaggedCollection {
  return Object.hasOwn(attributes, 'tags');
}

/** `…/ID/tags` and `…/ID/tags/TAG` of one collection; `plural` is what errors call it. */
export function tagHandlers(
  collection: TaggedCollection,
  plural: string,
  accessOfItsRecords: Access<never>,
  { store, clock }: Surroundings,
): { readonly all: MethodHandlers; readonly one: MethodHandlers } {
  const access = accessOfItsRecords as Access<ResourceRecord>;
  const get = (view: StoreView, { id, caller }: Target) => {
    const record = view.get(collection, id);
    if (record === undefined || !mayRead(access, record, caller, view))
      throw fault('TagResourceNotFound', plural, id);
    return record;
  };
  const change = (
    target: Target,
    verb: 'update' | 'delete',
    work: (tags: ReadonlySet<string>) => Iterable<string>,
  ) =>
    store.transact((tx) => {
      const record = get(tx, target);
      const rule = `${verb}_${plural}_tags`;
      checkChange(
        access,
        'update',
        { rule, singular: '', attributes: {}, sent: {}, input: {} },
        record,
        target.caller,
        tx,
      );
      const tags = [...new Set(work(new Set(record.tags)))].sort();
      if (tags.length > MOST)
        throw fault('BadRequest', plural, `The number of tags exceed the per-resource limit of ${MOST}.`);
      const context = { now: timestamp(clock()) };
      tx.put(collection, target.id, { ...record, ...changed<ResourceRecord>(record, { tags }, context) });
    });
  const has = (tags: { has(tag: string): boolean }, tag: string) => {
    if (!tags.has(tag)) throw fault('TagNotFound', tag);
  };
  return {
    all: {
      GET: async (request) => ({ status: 200, body: { tags: get(store, request).tags } }),
      PUT: async (request) => {
        const tags = readTags(parseBody(request.body).tags);
        await change(request, 'update', () => tags);
        return { status: 200, body: { tags } };
      },
      DELETE: async (request) => {
        await change(request, 'delete', () => []);
        return { status: 204 };
      },
    },
    one: {
      GET: async (request) => {
        const tag = tagIn(request);
        has(new Set(get(store, request).tags), tag);
        return { status: 204 };
      },
      PUT: async (request) => {
        const tag = tagIn(request);
        await change(request, 'update', (tags) => [...tags, tag]);
        return { status: 201, body: null };
      },
      DELETE: async (request) => {
        const tag = tagIn(request);
        await change(request, 'delete', (tags) => {
          has(tags, tag);
          return [...tags].filter((each) => each !== tag);
        });
        return { status: 204 };
      },
    },
  };
}

interface Target {
  readonly id: string;
  readonly caller: Caller;
}

function tagIn({ item }: ResourceRequest): string {
  return refusing(() => toText(item, LONGEST));
}

function readTags(raw: unknown): readonly string[] {
  if (raw === undefined) throw fault('InvalidInput', 'Invalid tags body');
  return refusing(() => {
    if (!Array.isArray(raw)) throw new Refusal(`'${show(raw)}' is not a list`);
    const seen = new Set<unknown>();
    for (const tag of raw) {
      if (seen.has(tag)) throw new Refusal(`Duplicate items in the list: '${show(tag)}'`);
      seen.add(tag);
    }
    return raw.map((tag) => toText(tag, LONGEST));
  });
}
