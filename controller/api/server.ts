import { randomBytes, randomUUID } from 'node:crypto';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import { StoreError } from '#controller/store/errors';
import type { Store } from '#controller/store/store';
import { boundConnections } from './access/connections.ts';
import { type ApiAccess, addAccess, addGuard, OPEN_ACCESS } from './access/guard.ts';
import { addAgents } from './agents.ts';
import { addBackup } from './backup.ts';
import { addVersions } from './discovery.ts';
import { addEvents } from './events/events.ts';
import { fault, NeutronFault } from './faults.ts';
import { addNeutron } from './neutron.ts';
import { addOpenApi, gatherPaths } from './openapi/openapi.ts';
import { addPlacements, type Placements } from './placements.ts';
import { addProjects } from './projects.ts';
import type { Random } from './resource/resource.ts';
import type { AgentLife } from './resources/agent.ts';
import type { NetworkSettings } from './settings.ts';
import { addSwitches, type SwitchRow } from './switches.ts';

/** Bytes of a request's body; a bulk request of thousands of ports stays below. */
const LARGEST_BODY = 4 * 1024 * 1024;

/** What the API stands on. */
export interface ApiOptions {
  readonly store: Store;
  /** A pino logger, or anything of its shape. */
  readonly logger: FastifyBaseLogger;
  /** What GET /v1/switches answers: plain JSON, read anew for each request. */
  readonly switches?: () => readonly SwitchRow[];
  /** What GET /v1/switches/ID/drops answers; undefined while the switch is not connected. */
  readonly drops?: (systemId: string) => Promise<readonly unknown[] | undefined>;
  /** What GET /v1/switches/ID answers as `peers`, read anew for each request. */
  readonly peersOf?: (systemId: string) => Promise<readonly unknown[]>;
  /** What it answers as `audit`. */
  readonly auditOf?: (systemId: string) => object | undefined;
  /** Whether a hypervisor's database is connected: such a one cannot be forgotten. */
  readonly isConnected?: (systemId: string) => boolean;
  /** How a hypervisor does; default: none was ever at work. */
  readonly lifeOf?: (systemId: string) => AgentLife;
  /** What GET /v1/ports/ID answers, read anew for each request. */
  readonly placements?: Placements;
  readonly settings: NetworkSettings;
  /** Certificate chain and private key, PEM. Default: plain HTTP. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Who is let in. Default: everybody, as an admin. */
  readonly access?: ApiAccess;
  /** Milliseconds since the epoch; tests put their own. */
  readonly clock?: () => number;
  /** What automatic MAC addresses are made of; tests put their own. */
  readonly random?: Random;
}

const UNKNOWN_PLACES: Placements = {
  forAdmin: ({ id }) => ({ id, switch: null, plugged: [], problem: null }),
  forTenant: ({ id }) => ({ id, switch: null, plugged: null, problem: null }),
};

/** The REST API: Neutron v2.0 and our own v1. The caller listens and closes. */
export function createApi(options: ApiOptions): FastifyInstance {
  const {
    store,
    logger,
    switches = () => [],
    drops = async () => undefined,
    peersOf = async () => [],
    auditOf = () => undefined,
    isConnected = () => false,
    placements = UNKNOWN_PLACES,
    lifeOf = () => ({ heartbeat: undefined, isSynced: false }),
    settings,
    access = OPEN_ACCESS,
    tls,
    clock = Date.now,
    random = (count) => BigInt(`0x${randomBytes(24).toString('hex')}`) % count,
  } = options;
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
  boundConnections(app.server);
  // Neutron takes any content type for JSON; the text is parsed where its faults can be worded.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-openstack-request-id', request.id);
  });
  app.addHook('onResponse', async (request, reply) => {
    request.log.debug(
      {
        caller: request.identity?.name,
        ...{ method: request.method, url: request.originalUrl, status: reply.statusCode },
        ms: reply.elapsedTime,
      },
      'request',
    );
  });
  app.setErrorHandler(sendError);
  addAccess(app, access);
  const served = gatherPaths(app);
  app.register(async (open) => {
    addVersions(open);
    addOpenApi(open, served);
  });
  app.register(async (guarded) => {
    addGuard(guarded);
    const shown = addNeutron(guarded, { store, settings, clock, random });
    addEvents(guarded, { store, shown, identify: access.identify });
    addProjects(guarded);
    addBackup(guarded, store, clock);
    addAgents(guarded, { store, lifeOf, isConnected });
    addSwitches(guarded, { store, switches, peersOf, auditOf, isConnected, drops });
    addPlacements(guarded, { store, placements });
  });
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
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  if (status === 413) return fault('HTTPRequestEntityTooLarge');
  if (status === 404) return fault('HTTPNotFound');
  if (typeof status === 'number' && status >= 400 && status < 500)
    return fault('HTTPBadRequest', 'The request could not be understood');
  return fault('HTTPInternalServerError');
}
