import { randomUUID } from 'node:crypto';
import type { JsonObject } from '#controller/base/json-object';
import type { Collections, StoreView, WritableView } from '#controller/store/store';
import { timestamp } from '#controller/store/timestamp';
import type { Caller } from '../caller.ts';
import { fault } from '../faults.ts';
import type { NetworkSettings } from '../settings.ts';
import {
  type Attributes,
  type CreateInput,
  LONGEST_PROJECT,
  offeredAttributes,
  type UpdateInput,
} from './attribute.ts';
import { bulkIn, createInput, parseBody, singleIn, updateInput } from './body.ts';
import { linksOf, pageOf } from './page.ts';
import { checkChange, checkCreate, mayRead, readableAttributes, type Write } from './policy.ts';
import { fieldsIn, type Query, readListQuery } from './query.ts';
import { checkQuota } from './quota.ts';
import { type Context, type Random, type Resource, type ResourceCollection, viewOf } from './resource.ts';

/** What the handlers stand on. */
export interface Surroundings {
  readonly store: WritableView;
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
  const { singular, plural, collection, access = {} } = resource;
  const attributes = offeredAttributes(resource.attributes, settings);
  const readableBy = readableAttributes(attributes);
  const contextOf = ({ caller }: ResourceRequest): Context => ({
    caller,
    settings,
    random,
    now: timestamp(clock()),
  });
  const view = (
    from: StoreView,
    record: Collections[C],
    caller: Caller,
    fields = NO_FIELDS,
    place: 'item' | 'list' = 'item',
  ) => viewOf<Collections[C]>(readableBy(caller, record), record, from, fields, place);
  /** A record that the caller is shown; any other does not exist for it. */
  const get = (from: StoreView, id: string, caller: Caller): Collections[C] => {
    const record = from.get(collection, id);
    if (record === undefined || !mayRead(access, record, caller, from)) throw resource.notFound(id);
    return record;
  };
  const writeOf = (sent: JsonObject, input: JsonObject): Write => ({ singular, attributes, sent, input });

  const actions = Object.entries(resource.actions ?? {}).map(([name, action]) => {
    if ('show' in action) {
      const GET: Handler = async ({ id, caller }) => ({
        status: 200,
        body: action.show(get(store, id, caller)),
      });
      return [name, { GET }] as const;
    }
    const PUT: Handler = async (request) => {
      const body = parseBody(request.body);
      const changed = await store.transact((tx) => {
        const { caller } = request;
        const record = get(tx, request.id, caller);
        checkChange(access, 'update', { ...writeOf({}, {}), rule: name }, record, caller, tx);
        checkRevision(record, request.ifMatch);
        return view(tx, action.change(tx, record, body, contextOf(request)), caller);
      });
      return { status: 200, body: changed };
    };
    return [name, { PUT }] as const;
  });

  /** Makes what the listed project has to have; nobody makes it for others than themselves, except admins. */
  const prepare = async (request: ResourceRequest): Promise<void> => {
    const { query, caller } = request;
    const asked = query.get('project_id')?.[0] || query.get('tenant_id')?.[0] || caller.projectId;
    const { beforeList } = resource;
    if (
      asked === '' ||
      asked.length > LONGEST_PROJECT ||
      (asked !== caller.projectId && caller.role !== 'admin')
    )
      return;
    if (beforeList?.isMissing(store, asked))
      await store.transact((tx) => beforeList.add(tx, asked, contextOf(request)));
  };

  return {
    actions: Object.fromEntries(actions),

    async list(request) {
      const { query, url, caller } = request;
      await prepare(request);
      const readable = readableBy(caller);
      const asked = readListQuery<Collections[C]>(readable, resource.filters ?? {}, query);
      const marker =
        asked.limit > 0 && asked.marker !== undefined ? get(store, asked.marker, caller) : undefined;
      const found = candidates(resource, query, store);
      const visible =
        caller.role === 'admin' ? found : found.filter((record) => mayRead(access, record, caller, store));
      const page = pageOf(visible, asked, marker, readable, store);
      const items = page.items.map((record) => view(store, record, caller, asked.fields, 'list'));
      const links = linksOf(page, url);
      return {
        status: 200,
        body: links.length === 0 ? { [plural]: items } : { [plural]: items, [`${plural}_links`]: links },
      };
    },

    async create(request) {
      const { caller } = request;
      const body = parseBody(request.body);
      const context = contextOf(request);
      if (resource.bulk === false && Object.hasOwn(body, plural))
        throw fault('HTTPBadRequest', 'Bulk operation not supported');
      const bulk = bulkIn(body, singular, plural);
      const items = (bulk ?? [singleIn(body, singular)]).map((sent) => {
        const input = createInput(attributes, sent);
        return { sent, input, projectId: projectOf(input, caller) };
      });
      const created = await store.transact((tx) => {
        for (const { sent, input, projectId } of items)
          checkCreate(access, writeOf(sent, input), projectId, caller, tx);
        for (const [project, count] of occurrences(items.map(({ projectId }) => projectId)))
          checkQuota(tx, project, { [singular]: count }, settings);
        const wanted = items.map(({ input, projectId }) => ({
          identity: { id: randomUUID(), projectId },
          input: input as CreateInput<A>,
        }));
        const records =
          bulk !== undefined && resource.createMany !== undefined
            ? resource.createMany(tx, wanted, context)
            : wanted.map(({ identity, input }) => resource.create(tx, identity, input, context));
        // A later item of the same request may have changed an earlier one.
        return records.map(({ id }) => view(tx, get(tx, id, caller), caller));
      });
      return { status: 201, body: bulk === undefined ? { [singular]: created[0] } : { [plural]: created } };
    },

    async show({ id, query, caller }) {
      return {
        status: 200,
        body: { [singular]: view(store, get(store, id, caller), caller, fieldsIn(query)) },
      };
    },

    async update(request) {
      const { id, body, ifMatch, caller } = request;
      const sent = singleIn(parseBody(body), singular);
      const updated = await store.transact((tx) => {
        const record = get(tx, id, caller);
        const input = updateInput(attributes, sent);
        checkChange(access, 'update', writeOf(sent, input), record, caller, tx);
        checkRevision(record, ifMatch);
        return view(tx, resource.update(tx, record, input as UpdateInput<A>, contextOf(request)), caller);
      });
      return { status: 200, body: { [singular]: updated } };
    },

    async remove(request) {
      const { id, ifMatch, caller } = request;
      await store.transact((tx) => {
        const record = get(tx, id, caller);
        checkChange(access, 'delete', writeOf({}, {}), record, caller, tx);
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
  store: StoreView,
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

/** How often each text occurs. */
function occurrences(texts: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const each of texts) counts.set(each, (counts.get(each) ?? 0) + 1);
  return counts;
}

/** Either name of the project may be given; both have to agree. Only admins create for others. */
function projectOf(input: JsonObject, caller: Caller): string {
  const { project_id: project, tenant_id: tenant } = input;
  if (project !== undefined && tenant !== undefined && project !== tenant)
    throw fault('HTTPBadRequest', "'project_id' and 'tenant_id' do not match");
  const asked = String(project ?? tenant ?? caller.projectId);
  if (asked !== caller.projectId && caller.role !== 'admin')
    throw fault(
      'HTTPBadRequest',
      "Specifying 'project_id' or 'tenant_id' other than the authenticated project in request requires admin or advsvc privileges",
    );
  if (asked === '')
    throw fault('HTTPBadRequest', 'Running without keystone AuthN requires that tenant_id is specified');
  return asked;
}

/** `If-Match: revision_number=N` makes a change conditional; any other value is ignored, as Neutron does. */
function checkRevision({ revisionNumber }: { revisionNumber: number }, ifMatch: string | undefined): void {
  const wanted = /^\s*revision_number=(\d{1,15})\s*$/.exec(ifMatch ?? '')?.[1];
  if (wanted !== undefined && Number(wanted) !== revisionNumber)
    throw fault('RevisionNumberConstraintFailed', Number(wanted), revisionNumber);
}
