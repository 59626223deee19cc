import type { FastifyBaseLogger, FastifyInstance, FastifyRequest } from 'fastify';
import { WaitingLine } from '#controller/base/waiting-line';
import { type Plan, Plans, type Preview } from '#controller/plans/plans';
import type { Shadow } from '#controller/store/shadow';
import type { Change, Store } from '#controller/store/store';
import { bareApp } from './app.ts';
import { fault } from './faults.ts';
import { addNeutron } from './neutron.ts';
import { documented } from './openapi/openapi.ts';
import { callerOf } from './paths.ts';
import type { Surroundings } from './resource/handlers.ts';
import { checkAdmin } from './resource/policy.ts';

/** What plans stand on. */
export interface PlansOptions extends Surroundings {
  readonly store: Store;
  readonly preview: Preview;
  readonly logger: FastifyBaseLogger;
}

/** Requests whose effect is worked out, one at a time, or waits to be: each holds what it tries out. */
const MOST_WAITING = 16;
/** `/v1/plans/ID` before a request that is tried out. */
const PLANNED = /^\/v1\/plans\/[^/]+/;

/**
 * `?dry_run=true` on a request that would write answers what it would have answered, and what would change on which switch.
 * `POST /v1/plans` begins to try out several: `/v1/plans/ID/v2.0/…` is the API as if they had been done, and
 * `GET /v1/plans/ID` tells what they change. For admins.
 */
export function addPlans(app: FastifyInstance, options: PlansOptions): void {
  const { store, preview } = options;
  const plans = new Plans(store);
  const line = new WaitingLine({ places: MOST_WAITING });
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = line.enter(work);
    if (done === undefined) throw fault('TooManyPlans', MOST_WAITING);
    return done;
  };
  const apis = new WeakMap<Plan, FastifyInstance>();
  const apiOf = (plan: Plan) => {
    const api = apis.get(plan) ?? tryingApi(plan, options);
    apis.set(plan, api);
    return api;
  };
  const find = (id: string, request: FastifyRequest) => {
    checkAdmin(callerOf(request), 'get_plan');
    const plan = plans.use(id, ownerOf(request));
    if (plan === undefined) throw fault('PlanNotFound', id);
    return plan;
  };
  const tell = async ({ shadow }: Plan) => {
    const changes = changesOf(shadow, store);
    const objects = changes().length;
    return { objects, switches: await preview(changes) };
  };

  app.addHook<{ Querystring: { dry_run?: string | string[] } }>('preHandler', async (request, reply) => {
    // By the route, not the text of the URL, which may be written in many ways.
    const { url: route = '' } = request.routeOptions;
    if (request.method === 'GET' || route.startsWith('/v1/plans') || !isDryRun(request.query.dry_run))
      return undefined;
    if (!route.startsWith('/v2.0')) throw fault('DryRunUnknown', request.method, route);
    checkAdmin(callerOf(request), 'create_plan');
    return inTurn(async () => {
      // It is no plan that anybody can come back to, and takes the place of none.
      const plan = { id: '', owner: ownerOf(request), shadow: store.shadow() };
      const { statusCode, body } = await pass(request, pathOf(request), tryingApi(plan, options));
      if (statusCode >= 400) return reply.code(statusCode).type('application/json').send(body);
      const answer = body === '' ? null : JSON.parse(body);
      return reply.send({ dry_run: { status: statusCode, answer, ...(await tell(plan)) } });
    });
  });
  app.post('/v1/plans', documented('/v1/plans'), async (request, reply) => {
    checkAdmin(callerOf(request), 'create_plan');
    return reply.code(201).send({ id: plans.open(ownerOf(request)).id });
  });
  app.get<Named>('/v1/plans/:id', documented('/v1/plans/:id'), async (request) => {
    const plan = find(request.params.id, request);
    return inTurn(() => tell(plan));
  });
  app.delete<Named>('/v1/plans/:id', async (request, reply) => {
    plans.close(find(request.params.id, request).id);
    return reply.code(204).send();
  });
  app.all<Named>('/v1/plans/:id/v2.0/*', async (request, reply) => {
    const api = apiOf(find(request.params.id, request));
    const { statusCode, body } = await pass(request, pathOf(request).replace(PLANNED, ''), api);
    return reply.code(statusCode).type('application/json').send(body);
  });
}

interface Named {
  readonly Params: { readonly id: string };
}

/** The API over what is tried out, in which every request is the plan's owner's. */
function tryingApi({ shadow }: Plan, { logger, ...surroundings }: PlansOptions): FastifyInstance {
  const app = bareApp(logger);
  app.decorateRequest('identity');
  app.addHook('onRequest', async (request) => {
    request.identity = { caller: JSON.parse(String(request.headers[CALLER])) };
  });
  addNeutron(app, { ...surroundings, store: shadow });
  return app;
}

/** Carries the caller of a request that is passed on. No client reaches the server that reads it. */
const CALLER = 'x-tenantflow-caller';

/** Path and query of a request, also of one whose target is a whole URL (RFC 9112, 3.2.2). */
function pathOf({ url }: FastifyRequest): string {
  const at = /^[a-z]+:\/\/[^/?]*/i.exec(url);
  return at ? url.slice(at[0].length) : url;
}

/** Has the same request answered by another server, without a network. */
async function pass(request: FastifyRequest, url: string, to: FastifyInstance) {
  const { 'if-match': ifMatch, host = 'localhost', accept } = request.headers;
  return to.inject({
    method: request.method as 'POST',
    url,
    ...(typeof request.body === 'string' ? { payload: request.body } : {}),
    headers: {
      host,
      [CALLER]: JSON.stringify(callerOf(request)),
      ...(accept === undefined ? {} : { accept }),
      ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
    },
  });
}

function ownerOf({ identity }: FastifyRequest): string {
  return identity?.name ?? '';
}

function isDryRun(value: string | readonly string[] | undefined): boolean {
  if (value === undefined || value === 'false') return false;
  if (value === '' || value === 'true') return true;
  throw fault('DryRunInvalid', String(value).slice(0, 40));
}

/** What a shadow changes, found out again only when something was committed. */
function changesOf(shadow: Shadow, store: Store): () => readonly Change[] {
  let known = shadow.changes();
  let { revision } = store;
  return () => {
    if (revision !== store.revision) [known, revision] = [shadow.changes(), store.revision];
    return known;
  };
}
