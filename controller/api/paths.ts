import type { FastifyInstance, FastifyRequest, HTTPMethods } from 'fastify';
import { type Caller, NOBODY } from './caller.ts';
import { fault } from './faults.ts';
import type { PathDocs } from './openapi/operation.ts';
import { OTHER_DOCS } from './openapi/other-docs.ts';
import type { Answer, Handler, ResourceRequest } from './resource/handlers.ts';
import { parseQuery } from './resource/query.ts';

export type MethodHandlers = Readonly<Partial<Record<HTTPMethods, Handler>>>;

const METHODS: HTTPMethods[] = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS'];

/** Serves a path; methods that it does not have answer 405, as Neutron does. `docs` describe it for `/openapi.json`. */
export function addPath(
  app: FastifyInstance,
  path: string,
  handlers: MethodHandlers,
  docs: PathDocs = OTHER_DOCS[path] ?? {},
): void {
  const described = Object.keys(handlers).map((method) => [
    method,
    docs[method as HTTPMethods] ?? { summary: `${method} ${path}` },
  ]);
  app.route<{ Params: PathParams }>({
    method: METHODS,
    url: path,
    config: { docs: Object.fromEntries(described) },
    handler: async (request, reply) => {
      checkAccept(request.headers.accept);
      const handler = handlers[request.method as HTTPMethods];
      if (handler === undefined) throw fault('HTTPMethodNotAllowed');
      const { status, body } = await handler(toResourceRequest(request, request.params));
      return reply.code(status).send(body);
    },
  });
}

/** Names in a path: of a resource, and of something below it. */
interface PathParams {
  readonly id?: string;
  readonly item?: string;
}

/** Who sent a request. */
export function callerOf({ identity }: FastifyRequest): Caller {
  return identity?.caller ?? NOBODY;
}

function toResourceRequest(request: FastifyRequest, { id = '', item = '' }: PathParams): ResourceRequest {
  const url = urlOf(request);
  return {
    caller: callerOf(request),
    body: typeof request.body === 'string' ? request.body : '',
    query: parseQuery(url.search),
    url,
    id,
    item,
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

/** The answer 200 with a body. */
export function ok(body: unknown): Answer {
  return { status: 200, body };
}
