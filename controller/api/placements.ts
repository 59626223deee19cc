import type { FastifyInstance } from 'fastify';
import type { Placement } from '#controller/status/placement';
import type { PortRecord } from '#controller/store/records';
import type { Store } from '#controller/store/store';
import { fault } from './faults.ts';
import { addPath, ok } from './paths.ts';
import { checkAdmin } from './resource/policy.ts';

/** What `/v1/ports` stands on. */
export interface PlacementsOptions {
  readonly store: Store;
  /** Where a port is, read anew for each request. */
  readonly placementOf: (port: PortRecord) => Placement;
}

/** `GET /v1/ports/ID`: where a port is plugged and why it does not work. For admins, because it names hypervisors. */
export function addPlacements(app: FastifyInstance, { store, placementOf }: PlacementsOptions): void {
  addPath(app, '/v1/ports/:id', {
    GET: async ({ id, caller }) => {
      checkAdmin(caller, 'get_port_placement');
      const port = store.get('ports', id);
      if (port === undefined) throw fault('PortNotFound', id);
      return ok(placementOf(port));
    },
  });
}
