import type { FastifyInstance, FastifyRequest, HTTPMethods } from 'fastify';
import type { Collections } from '#controller/store/store';
import { EXTENSIONS, extensionView } from './extensions.ts';
import { fault } from './faults.ts';
import type { Attributes } from './resource/attribute.ts';
import {
  type Answer,
  type Handler,
  handlersOf,
  type ResourceRequest,
  type Surroundings,
} from './resource/handlers.ts';
import { parseQuery } from './resource/query.ts';
import type { Resource, ResourceCollection } from './resource/resource.ts';
import { networkResource } from './resources/network.ts';
import { portResource } from './resources/port.ts';
import { subnetResource } from './resources/subnet.ts';

type MethodHandlers = Readonly<Partial<Record<HTTPMethods, Handler>>>;

const METHODS: HTTPMethods[] = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS'];

/** Adds discovery and every resource of Neutron v2.0. */
export function addNeutron(app: FastifyInstance, surroundings: Surroundings): void {
  const plurals: string[] = [];
  const add = <C extends ResourceCollection, A extends Attributes<Collections[C]>>(
    resource: Resource<C, A>,
  ) => {
    const { list, create, show, update, remove } = handlersOf(resource, surroundings);
    addPath(app, `/v2.0/${resource.plural}`, { GET: list, POST: create });
    addPath(app, `/v2.0/${resource.plural}/:id`, { GET: show, PUT: update, DELETE: remove });
    plurals.push(resource.plural);
  };
  add(networkResource);
  add(subnetResource);
  add(portResource);

  addPath(app, '/', { GET: async ({ url }) => ok({ versions: [versionView(url)] }) });
  addPath(app, '/v2.0', {
    GET: async ({ url }) => ok({ resources: plurals.map((name) => resourceView(name, url)) }),
  });
  addPath(app, '/v2.0/extensions', { GET: async () => ok({ extensions: EXTENSIONS.map(extensionView) }) });
  addPath(app, '/v2.0/extensions/:id', {
    GET: async ({ id }) => {
      const found = EXTENSIONS.find(({ alias }) => alias === id);
      if (found === undefined) throw fault('HTTPNotFound');
      return ok({ extension: extensionView(found) });
    },
  });
}

/** Serves a path; methods that it does not have answer 405, as Neutron does. */
function addPath(app: FastifyInstance, path: string, handlers: MethodHandlers): void {
  app.route<{ Params: { id?: string } }>({
    method: METHODS,
    url: path,
    handler: async (request, reply) => {
      checkAccept(request.headers.accept);
      const handler = handlers[request.method as HTTPMethods];
      if (handler === undefined) throw fault('HTTPMethodNotAllowed');
      const { status, body } = await handler(toResourceRequest(request, request.params.id ?? ''));
      return reply.code(status).send(body);
    },
  });
}

function toResourceRequest(request: FastifyRequest, id: string): ResourceRequest {
  const url = urlOf(request);
  return {
    body: typeof request.body === 'string' ? request.body : '',
    query: parseQuery(url.search),
    url,
    id,
    ifMatch: request.headers['if-match'],
  };
}

/** The URL as the client wrote it; a Host header that makes no URL is the client's mistake. */
function urlOf({ protocol, headers, originalUrl }: FastifyRequest): URL {
  const base = `${protocol}://${headers.host ?? 'localhost'}`;
  const url = URL.canParse(base) ? new URL(base) : undefined;
  if (url === undefined) throw fault('HTTPBadRequest', 'The Host header is not valid');
  const at = originalUrl.indexOf('?');
  url.pathname = at === -1 ? originalUrl : originalUrl.slice(0, at);
  url.search = at === -1 ? '' : originalUrl.slice(at);
  return url;
}

function checkAccept(accept: string | undefined): void {
  if (accept === undefined || /json|\*\/\*|application\/\*|text\/html/i.test(accept)) return;
  if (/xml/i.test(accept)) throw fault('HTTPNotAcceptable');
}

function ok(body: unknown): Answer {
  return { status: 200, body };
}

function versionView(url: URL) {
  return { id: 'v2.0', status: 'CURRENT', links: [{ rel: 'self', href: `${url.origin}/v2.0/` }] };
}

function resourceView(plural: string, url: URL) {
  return {
    name: plural.replace(/s$/, ''),
    collection: plural,
    links: [{ rel: 'self', href: `${url.origin}/v2.0/${plural}` }],
  };
}
