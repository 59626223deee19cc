import type { FastifyInstance } from 'fastify';
import { QUOTA_RESOURCES, type QuotaResource } from '#controller/store/records';
import type { StoreView } from '#controller/store/store';
import { fault } from './faults.ts';
import { addPath, ok } from './paths.ts';
import { type Attributes, LONGEST_PROJECT } from './resource/attribute.ts';
import { parseBody, singleIn, updateInput } from './resource/body.ts';
import type { ResourceRequest, Surroundings } from './resource/handlers.ts';
import { checkAdmin } from './resource/policy.ts';
import { type Amounts, limitsOf, usageOf } from './resource/quota.ts';
import { boolean, lenient, Refusal, toInteger } from './resource/values.ts';

/** Neutron keeps limits as 32-bit integers. */
const LARGEST_LIMIT = 2 ** 31 - 1;

const limit = lenient({ type: 'integer', minimum: -1, maximum: LARGEST_LIMIT }, (raw) => {
  const number = toInteger(raw);
  if (number < -1) throw new Refusal(`'${number}' is too small - must be at least '-1'`);
  if (number > LARGEST_LIMIT)
    throw new Refusal(`'${number}' is too large - must be no larger than '${LARGEST_LIMIT}'`);
  return number;
});

/** What a PUT may say: limits, and whether they may be below what is in use (`force` is how it is anyway). */
const attributes: Attributes<never> = {
  ...Object.fromEntries(QUOTA_RESOURCES.map((resource) => [resource, { value: limit, update: true }])),
  check_limit: { value: boolean, update: true },
  force: { value: boolean, update: true },
};

/** Adds `/v2.0/quotas`: how many resources projects may have, and how many they have. */
export function addQuotas(app: FastifyInstance, { store, settings }: Surroundings): void {
  const shown = (projectId: string) => ok({ quota: limitsOf(store, projectId, settings) });

  addForeignQuotas(app);
  addPath(app, '/v2.0/quotas', {
    GET: async (request) => {
      checkAdmin(request.caller, 'get_quota');
      const quotas = store.list('quotas').map(({ id }) => ({
        ...limitsOf(store, id, settings),
        project_id: id,
        tenant_id: id,
      }));
      return ok({ quotas });
    },
  });
  addPath(app, '/v2.0/quotas/tenant', {
    GET: async ({ caller }) => ok({ tenant: { tenant_id: caller.projectId } }),
  });
  addPath(app, '/v2.0/quotas/project', {
    GET: async ({ caller }) => ok({ project: { project_id: caller.projectId } }),
  });
  addPath(app, '/v2.0/quotas/:id', {
    GET: async (request) => {
      checkOwn(request);
      return shown(request.id);
    },
    PUT: async (request) => {
      checkAdmin(request.caller, 'update_quota');
      const { id } = request;
      if (id.length > LONGEST_PROJECT)
        throw fault('HTTPBadRequest', `The id of a project has at most ${LONGEST_PROJECT} characters`);
      const sent = updateInput(attributes, singleIn(parseBody(request.body), 'quota'));
      await store.transact((tx) => {
        const limits = Object.fromEntries(
          QUOTA_RESOURCES.flatMap((resource) => {
            const asked = sent[resource];
            return typeof asked === 'number' ? [[resource, asked] as const] : [];
          }),
        );
        if (sent.check_limit === true) checkUsage(tx, id, limits);
        if (Object.keys(limits).length > 0)
          tx.put('quotas', id, { id, limits: { ...tx.get('quotas', id)?.limits, ...limits } });
      });
      return shown(id);
    },
    DELETE: async (request) => {
      checkAdmin(request.caller, 'delete_quota');
      const { id } = request;
      await store.transact((tx) => {
        if (tx.get('quotas', id) === undefined) throw fault('TenantQuotaNotFound', id);
        tx.delete('quotas', id);
      });
      return { status: 204 };
    },
  });
  addPath(app, '/v2.0/quotas/:id/default', {
    GET: async (request) => {
      checkOwn(request);
      return ok({ quota: settings.quotas });
    },
  });
  addPath(app, '/v2.0/quotas/:id/details', {
    GET: async (request) => {
      checkOwn(request);
      const limits = limitsOf(store, request.id, settings);
      const detail = (resource: QuotaResource) => [
        resource,
        { limit: limits[resource], used: usageOf(store, request.id, resource), reserved: 0 },
      ];
      return ok({ quota: Object.fromEntries(QUOTA_RESOURCES.map(detail)) });
    },
  });
}

/**
 * What `openstack quota show` asks a Nova and a Cinder for, before it asks us: without a Keystone, their requests come
 * here. There are none, so they limit nothing.
 */
function addForeignQuotas(app: FastifyInstance): void {
  for (const path of ['/os-quota-sets/:id', '/os-quota-sets/:id/defaults'])
    addPath(app, path, { GET: async ({ id }) => ok({ quota_set: { id } }) });
}

/** Refuses limits below what the project has already. */
function checkUsage(store: StoreView, projectId: string, limits: Partial<Amounts>): void {
  for (const resource of QUOTA_RESOURCES) {
    const asked = limits[resource] ?? -1;
    const used = usageOf(store, projectId, resource);
    if (asked >= 0 && asked < used)
      throw fault(
        'HTTPBadRequest',
        `Quota limit ${asked} for ${resource} must be greater than or equal to already used ${used}`,
      );
  }
}

/** Everybody may see the limits of their own project. */
function checkOwn(request: ResourceRequest): void {
  if (request.id !== request.caller.projectId) checkAdmin(request.caller, 'get_quota');
}
