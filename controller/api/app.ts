import { randomUUID } from 'node:crypto';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import { StoreError } from '#controller/store/errors';
import { fault, NeutronFault } from './faults.ts';

/** Bytes of a request's body; a bulk request of thousands of ports stays below. */
const LARGEST_BODY = 4 * 1024 * 1024;

/** A server without a path yet, that reads requests and words failures as Neutron does. Plain HTTP without `tls`. */
export function bareApp(
  logger: FastifyBaseLogger,
  tls?: { readonly cert: string; readonly key: string },
): FastifyInstance {
  const app: FastifyInstance = Fastify({
    https: tls ?? null,
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: LARGEST_BODY,
    // A slow client may not hold a connection for ever.
    requestTimeout: 30_000,
    // Nor the end of the process: what is idle, or half sent, is cut.
    forceCloseConnections: true,
    exposeHeadRoutes: false,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 300 },
    genReqId: () => `req-${randomUUID()}`,
    rewriteUrl: ({ url = '/' }) => plainUrl(url),
    frameworkErrors: (error, request, reply) => sendError(error, request, reply),
  });
  // Neutron takes any content type for JSON; the text is parsed where its faults can be worded.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-openstack-request-id', request.id);
  });
  app.setErrorHandler(sendError);
  return app;
}

/** Old clients add `.json` to every path, and some name the version twice. */
function plainUrl(url: string): string {
  const [path = '', ...query] = url.split('?');
  const plain = path.replace(/^(\/v2\.0){2}(?=\/|$)/, '/v2.0').replace(/^(\/v2\.0\/.*)\.json$/, '$1');
  return [plain, ...query].join('?');
}

/** Every failure in Neutron's form; what is not the client's fault is logged and not told. */
function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const told = toFault(error);
  if (told.status >= 500)
    request.log.error({ err: error, method: request.method, url: request.originalUrl }, 'request failed');
  return reply.code(told.status).send(told.body);
}

function toFault(error: unknown): NeutronFault {
  if (error instanceof NeutronFault) return error;
  if (error instanceof StoreError && error.code === 'STORE_WRITE_FAILED') return fault('StoreNotWritable');
  if (error instanceof StoreError && error.code === 'STORE_SHADOW_FULL') return fault('PlanTooLarge');
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  if (status === 413) return fault('HTTPRequestEntityTooLarge');
  if (status === 404) return fault('HTTPNotFound');
  if (typeof status === 'number' && status >= 400 && status < 500)
    return fault('HTTPBadRequest', 'The request could not be understood');
  return fault('HTTPInternalServerError');
}
