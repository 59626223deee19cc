import type { FastifyInstance } from 'fastify';
import type { Placement } from '#controller/status/placement';
import type { PortRecord } from '#controller/store/records';
import type { Store } from '#controller/store/store';
import { fault } from './faults.ts';
import { addPath, ok } from './paths.ts';
import { mayRead } from './resource/policy.ts';
import { portResource } from './resources/port.ts';

/** What `/v1/ports` stands on. */
export interface PlacementsOptions {
  readonly store: Store;
  readonly placements: Placements;
}

/** Where a port is, read anew for each request; tenants are not told of hypervisors. */
export interface Placements {
  readonly forAdmin: (port: PortRecord) => Placement;
  readonly forTenant: (port: PortRecord) => Placement;
}

/** `GET /v1/ports/ID`: where a port is plugged and why it does not work. */
export function addPlacements(app: FastifyInstance, { store, placements }: PlacementsOptions): void {
  addPath(app, '/v1/ports/:id', {
    GET: async ({ id, caller }) => {
      const port = store.get('ports', id);
      if (port === undefined || !mayRead(portResource.access ?? {}, port, caller, store))
        throw fault('PortNotFound', id);
      return ok(caller.role === 'admin' ? placements.forAdmin(port) : placements.forTenant(port));
    },
  });
}
