import type { FastifyInstance } from 'fastify';
import { listOf, wrapped } from './openapi/operation.ts';
import { addPath, ok } from './paths.ts';

/** What Neutron may have, stock clients list, and is not here: by path, the key of the list. */
const EMPTY: Readonly<Record<string, string>> = {
  'address-groups': 'address_groups',
  'address-scopes': 'address_scopes',
  availability_zones: 'availability_zones',
  floatingips: 'floatingips',
  'qos/policies': 'policies',
  'qos/rule-types': 'rule_types',
  routers: 'routers',
  'service-providers': 'service_providers',
  subnetpools: 'subnetpools',
};

/** Lists that are empty for good: clients print nothing then, where a 404 would end their command. */
export function addEmptyLists(app: FastifyInstance): void {
  for (const [path, key] of Object.entries(EMPTY))
    addPath(
      app,
      `/v2.0/${path}`,
      { GET: async () => ok({ [key]: [] }) },
      {
        GET: {
          summary: `List ${key.replaceAll('_', ' ')}, of which there are none.`,
          answer: wrapped(key, listOf({ type: 'object' })),
        },
      },
    );
}
