import { randomBytes } from 'node:crypto';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { Preview } from '#controller/plans/plans';
import type { Store } from '#controller/store/store';
import { boundBodies } from './access/bodies.ts';
import { boundConnections } from './access/connections.ts';
import { type ApiAccess, addAccess, addGuard, OPEN_ACCESS } from './access/guard.ts';
import { addAgents } from './agents.ts';
import { bareApp } from './app.ts';
import { addBackup } from './backup.ts';
import { addDenied, type DeniedOptions } from './denied.ts';
import { addVersions } from './discovery.ts';
import { addEvents } from './events/events.ts';
import { addNeutron } from './neutron.ts';
import { addOpenApi, gatherPaths } from './openapi/openapi.ts';
import { addPlacements, type ConnectionsOf, type Placements } from './placements.ts';
import { addPlans } from './plans.ts';
import { addProjects } from './projects.ts';
import type { Random } from './resource/resource.ts';
import type { AgentLife } from './resources/agent.ts';
import type { NetworkSettings } from './settings.ts';
import { addSwitches, type SwitchRow } from './switches.ts';

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
  /** What it answers as `interfaces`. */
  readonly idleInterfacesOf?: (systemId: string) => readonly unknown[];
  /** Whether a hypervisor's database is connected: such a one cannot be forgotten. */
  readonly isConnected?: (systemId: string) => boolean;
  /** How a hypervisor does; default: none was ever at work. */
  readonly lifeOf?: (systemId: string) => AgentLife;
  /** What GET /v1/ports/ID answers, read anew for each request. */
  readonly placements?: Placements;
  /** What changes of the store would change on switches. Default: nothing, because there are none. */
  readonly preview?: Preview;
  /** Hears of each answer, and how many seconds it took. */
  readonly answered?: (method: string, status: number, seconds: number) => void;
  /** What GET /v1/ports/ID/connections answers. */
  readonly connectionsOf?: ConnectionsOf;
  /** What GET /v1/denied tells. Default: there is no such path. */
  readonly denied?: DeniedOptions;
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
    idleInterfacesOf = () => [],
    isConnected = () => false,
    placements = UNKNOWN_PLACES,
    preview = async () => [],
    answered = () => undefined,
    connectionsOf = async () => ({}),
    denied,
    lifeOf = () => ({ heartbeat: undefined, isSynced: false }),
    settings,
    access = OPEN_ACCESS,
    tls,
    clock = Date.now,
    random = (count) => BigInt(`0x${randomBytes(24).toString('hex')}`) % count,
  } = options;
  const app = bareApp(logger, tls);
  boundConnections(app.server);
  app.addHook('onResponse', async (request, reply) => {
    answered(request.method, reply.statusCode, reply.elapsedTime / 1_000);
    request.log.debug(
      {
        caller: request.identity?.name,
        ...{ method: request.method, url: request.originalUrl, status: reply.statusCode },
        ms: reply.elapsedTime,
      },
      'request',
    );
  });
  addAccess(app, access);
  const served = gatherPaths(app);
  app.register(async (open) => {
    addVersions(open);
    addOpenApi(open, served);
  });
  app.register(async (guarded) => {
    addGuard(guarded);
    boundBodies(guarded);
    addPlans(guarded, { store, settings, clock, random, preview, logger });
    const shown = addNeutron(guarded, { store, settings, clock, random });
    addEvents(guarded, { store, shown, identify: access.identify });
    addProjects(guarded);
    addBackup(guarded, store, clock);
    addAgents(guarded, { store, lifeOf, isConnected });
    addSwitches(guarded, { store, switches, peersOf, auditOf, idleInterfacesOf, isConnected, drops });
    if (denied) addDenied(guarded, { store, identify: access.identify, denied });
    addPlacements(guarded, { store, placements, connectionsOf });
  });
  return app;
}
