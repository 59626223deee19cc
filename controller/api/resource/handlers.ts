import { randomUUID } from 'node:crypto';
import type { Collections, Store, StoreView } from '#controller/store/store';
import { timestamp } from '#controller/store/timestamp';
import type { Caller } from '../caller.ts';
import { fault } from '../faults.ts';
import type { NetworkSettings } from '../settings.ts';
import { type Attributes, type CreateInput, offeredAttributes, type UpdateInput } from './attribute.ts';
import { bulkIn, createInput, type JsonObject, parseBody, singleIn, updateInput } from './body.ts';
import { linksOf, pageOf } from './page.ts';
import { fieldsIn, type Query, readListQuery } from './query.ts';
import { type Context, type Random, type Resource, type ResourceCollection, viewOf } from './resource.ts';

/** What the handlers stand on. */
export interface Surroundings {
  readonly store: Store;
  readonly settings: NetworkSettings;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  readonly random: Random;
}

/** One request to a resource, free of HTTP. */
export interface ResourceRequest {
  readonly caller: Caller;
  /** Text of the body, '' if there is none. */
  readonly body: string;
  readonly query: Query;
  /** Absolute URL of the request as the client wrote it, for links. */
  readonly url: URL;
  readonly id: string;
  /** What the path names below the resource: a tag, say; '' if nothing. */
  readonly item: string;
  readonly ifMatch: string | undefined;
}

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
}

export type Handler = (request: ResourceRequest) => Promise<Answer>;

const NO_FIELDS: ReadonlySet<string> = new Set();

/** What a resource can do, derived from its definition: the five operations of all, and actions of its own. */
export interface ResourceHandlers
  extends Readonly<Record<'list' | 'create' | 'show' | 'update' | 'remove', Handler>> {
  readonly actions: Readonly<Record<string, Readonly<Partial<Record<'GET' | 'PUT', Handler>>>>>;
}

/** The operations of a resource. */
export function handlersOf<C extends ResourceCollection, A extends Attributes<Collections[C]>>(
  resource: Resource<C, A>,
  { store, settings, clock, random }: Surroundings,
): ResourceHandlers {
  const { singular, plural, collection } = resource;
  const attributes = offeredAttributes(resource.attributes, settings);
  const contextOf = ({ caller }: ResourceRequest): Context => ({
    caller,
    settings,
    random,
    now: timestamp(clock()),
  });
  const view = (from: StoreView, record: Collections[C], fields = NO_FIELDS) =>
    viewOf<Collections[C]>(attributes, record, from, fields, 'item');
  const get = (from: StoreView, id: string): Collections[C] => {
    const record = from.get(collection, id);
    if (record === undefined) throw resource.notFound(id);
    return record;
  };

  const actions = Object.entries(resource.actions ?? {}).map(([name, action]) => {
    if ('show' in action) {
      const GET: Handler = async ({ id }) => ({ status: 200, body: action.show(get(store, id)) });
      return [name, { GET }] as const;
    }
    const PUT: Handler = async (request) => {
      const body = parseBody(request.body);
      const changed = await store.transact((tx) => {
        const record = get(tx, request.id);
        checkRevision(record, request.ifMatch);
        return view(tx, action.change(tx, record, body, contextOf(request)));
      });
      return { status: 200, body: changed };
    };
    return [name, { PUT }] as const;
  });

  return {
    actions: Object.fromEntries(actions),

    async list({ query, url }) {
      const asked = readListQuery<Collections[C]>(attributes, resource.filters ?? {}, query);
      const marker = asked.limit > 0 && asked.marker !== undefined ? get(store, asked.marker) : undefined;
      const page = pageOf(candidates(resource, query, store), asked, marker, attributes, store);
      const items = page.items.map((record) =>
        viewOf<Collections[C]>(attributes, record, store, asked.fields, 'list'),
      );
      const links = linksOf(page, url);
      return {
        status: 200,
        body: links.length === 0 ? { [plural]: items } : { [plural]: items, [`${plural}_links`]: links },
      };
    },

    async create(request) {
      const sent = parseBody(request.body);
      const context = contextOf(request);
      if (resource.bulk === false && Object.hasOwn(sent, plural))
        throw fault('HTTPBadRequest', 'Bulk operation not supported');
      const bulk = bulkIn(sent, singular, plural);
      const inputs = (bulk ?? [singleIn(sent, singular)]).map((item) => createInput(attributes, item));
      const projects = inputs.map((input) => projectOf(input, request.caller));
      const created = await store.transact((tx) => {
        const records = inputs.map((input, at) =>
          resource.create(
            tx,
            { id: randomUUID(), projectId: projects[at] ?? request.caller.projectId },
            input as CreateInput<A>,
            context,
          ),
        );
        // A later item of the same request may have changed an earlier one.
        return records.map(({ id }) => view(tx, get(tx, id)));
      });
      return { status: 201, body: bulk === undefined ? { [singular]: created[0] } : { [plural]: created } };
    },

    async show({ id, query }) {
      return { status: 200, body: { [singular]: view(store, get(store, id), fieldsIn(query)) } };
    },

    async update(request) {
      const { id, body, ifMatch } = request;
      const sent = singleIn(parseBody(body), singular);
      const updated = await store.transact((tx) => {
        const record = get(tx, id);
        const input = updateInput(attributes, sent);
        checkRevision(record, ifMatch);
        return view(tx, resource.update(tx, record, input as UpdateInput<A>, contextOf(request)));
      });
      return { status: 200, body: { [singular]: updated } };
    },

    async remove(request) {
      const { id, ifMatch } = request;
      await store.transact((tx) => {
        const record = get(tx, id);
        checkRevision(record, ifMatch);
        resource.remove(tx, record, contextOf(request));
      });
      return { status: 204 };
    },
  };
}

/** Records that can match, in ascending order of id: found by an index if a filter has one, otherwise all. */
function candidates<C extends ResourceCollection, A extends Attributes<Collections[C]>>(
  { collection, lookups = {} }: Resource<C, A>,
  query: Query,
  store: Store,
): readonly Collections[C][] {
  const [id, ...otherIds] = query.get('id') ?? [];
  if (id !== undefined && otherIds.length === 0)
    return [store.get(collection, id)].filter((found) => found !== undefined);
  for (const [name, find] of Object.entries(lookups)) {
    const [value, ...others] = query.get(name) ?? [];
    if (value !== undefined && others.length === 0) return find(store, value);
  }
  return store.list(collection);
}

/** Either name of the project may be given; both have to agree. */
function projectOf(input: JsonObject, caller: Caller): string {
  const { project_id: project, tenant_id: tenant } = input;
  if (project !== undefined && tenant !== undefined && project !== tenant)
    throw fault('HTTPBadRequest', "'project_id' and 'tenant_id' do not match");
  return String(project ?? tenant ?? caller.projectId);
}

/** `If-Match: revision_number=N` makes a change conditional; any other value is ignored, as Neutron does. */
function checkRevision({ revisionNumber }: { revisionNumber: number }, ifMatch: string | undefined): void {
  const wanted = /^\s*revision_number=(\d{1,15})\s*$/.exec(ifMatch ?? '')?.[1];
  if (wanted !== undefined && Number(wanted) !== revisionNumber)
    throw fault('RevisionNumberConstraintFailed', Number(wanted), revisionNumber);
}
