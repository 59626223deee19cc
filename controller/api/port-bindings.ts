import type { FastifyInstance } from 'fastify';
import type { JsonObject } from '#controller/base/json-object';
import type { PortRecord } from '#controller/store/records';
import type { StoreView, Transaction } from '#controller/store/store';
import { timestamp } from '#controller/store/timestamp';
import { fault } from './faults.ts';
import { addPath, ok } from './paths.ts';
import type { CreateInput, UpdateInput } from './resource/attribute.ts';
import { createInput, parseBody, singleIn, updateInput } from './resource/body.ts';
import type { ResourceRequest, Surroundings } from './resource/handlers.ts';
import { linksOf, pageOf } from './resource/page.ts';
import { checkAdmin } from './resource/policy.ts';
import { fieldsIn, readListQuery } from './resource/query.ts';
import { type Context, viewOf } from './resource/resource.ts';
import { portSeenBy } from './resources/port-access.ts';
import {
  activateBinding,
  addBinding,
  bindingAttributes as attributes,
  bindingsOf,
  bindingTo,
  changeBinding,
  type PortBinding,
  removeBinding,
} from './resources/port-binding.ts';

/** `/v2.0/ports/ID/bindings`, `…/HOST` and `…/HOST/activate`: what compute services migrate ports with. */
export function addPortBindings(
  app: FastifyInstance,
  { store, settings, clock, random }: Surroundings,
): void {
  /** The port of a request that changes its bindings, which only an admin may. */
  const getFor = (verb: string, from: StoreView, { id, caller }: ResourceRequest): PortRecord => {
    const port = portSeenBy(caller, from, id);
    checkAdmin(caller, `${verb}_port_binding`);
    return port;
  };
  const view = (binding: PortBinding, from: StoreView, fields: ReadonlySet<string> = new Set()) =>
    viewOf<PortBinding>(attributes, binding, from, fields, 'item');
  /** Changes a port; answers with its binding to that host. */
  const change = (
    verb: 'create' | 'update' | 'activate',
    request: ResourceRequest,
    host: string,
    work: (tx: Transaction, port: PortRecord, context: Context) => PortRecord,
  ) =>
    store.transact((tx) => {
      const context = { caller: request.caller, settings, random, now: timestamp(clock()) };
      return view(bindingTo(work(tx, getFor(verb, tx, request), context), host), tx);
    });

  addPath(app, '/v2.0/ports/:id/bindings', {
    GET: async (request) => {
      const asked = readListQuery<PortBinding>(attributes, {}, request.query);
      const port = portSeenBy(request.caller, store, request.id);
      const shown = request.caller.role === 'admin' ? bindingsOf(port) : [];
      const bindings = [...shown].sort((a, b) => (a.id < b.id ? -1 : 1));
      const marker = asked.marker === undefined ? undefined : bindings.find(({ id }) => id === asked.marker);
      const page = pageOf(bindings, asked, marker, attributes, store);
      const links = linksOf(page, request.url);
      const items = page.items.map((binding) => view(binding, store, asked.fields));
      return ok(links.length === 0 ? { bindings: items } : { bindings: items, bindings_links: links });
    },
    POST: async (request) => {
      const sent = createInput(attributes, bindingIn(request));
      const input = sent as CreateInput<typeof attributes>;
      const binding = await change('create', request, input.host, (tx, port, context) =>
        addBinding(tx, port, input, context),
      );
      return { status: 201, body: { binding } };
    },
  });
  addPath(app, '/v2.0/ports/:id/bindings/:item', {
    GET: async ({ caller, id, item, query }) => {
      const port = portSeenBy(caller, store, id);
      if (caller.role !== 'admin') throw fault('HTTPNotFound');
      return ok({ binding: view(bindingTo(port, item), store, fieldsIn(query)) });
    },
    PUT: async (request) => {
      const sent = updateInput(attributes, bindingIn(request));
      const input = sent as UpdateInput<typeof attributes>;
      const binding = await change('update', request, request.item, (tx, port, context) =>
        changeBinding(tx, port, request.item, input, context),
      );
      return ok({ binding });
    },
    DELETE: async (request) => {
      await store.transact((tx) => {
        const context = { caller: request.caller, settings, random, now: timestamp(clock()) };
        removeBinding(tx, getFor('delete', tx, request), request.item, context);
      });
      return { status: 204 };
    },
  });
  addPath(app, '/v2.0/ports/:id/bindings/:item/activate', {
    PUT: async (request) =>
      ok(
        await change('activate', request, request.item, (tx, port, context) =>
          activateBinding(tx, port, request.item, context),
        ),
      ),
  });
}

/** The one object of a body; of an empty one Neutron says here what it does not say elsewhere. */
function bindingIn({ body: text }: ResourceRequest): JsonObject {
  const body = parseBody(text);
  if (Object.keys(body).length === 0) throw fault('HTTPBadRequest', 'Resource body required');
  return singleIn(body, 'binding');
}
