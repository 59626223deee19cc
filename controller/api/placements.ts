import type { FastifyInstance } from 'fastify';
import type { Placement } from '#controller/status/placement';
import type { PortRecord } from '#controller/store/records';
import type { Store } from '#controller/store/store';
import { fault } from './faults.ts';
import { addPath, ok } from './paths.ts';
import type { Query } from './resource/query.ts';
import { checkOwnsPort, portSeenBy } from './resources/port-access.ts';

/** What `/v1/ports` stands on. */
export interface PlacementsOptions {
  readonly store: Store;
  readonly placements: Placements;
  readonly connectionsOf: ConnectionsOf;
}

/** Connections of a port that its switch remembers, so many of them at most: plain JSON, read anew for each request. */
export type ConnectionsOf = (port: PortRecord, most: number) => Promise<object>;

/** Where a port is, read anew for each request; tenants are not told of hypervisors. */
export interface Placements {
  readonly forAdmin: (port: PortRecord) => Placement;
  readonly forTenant: (port: PortRecord) => Placement;
}

/**
 * `GET /v1/ports/ID`: where a port is plugged and why it does not work. `GET /v1/ports/ID/connections?limit=N`: the
 * connections that its switch remembers.
 */
export function addPlacements(
  app: FastifyInstance,
  { store, placements, connectionsOf }: PlacementsOptions,
): void {
  addPath(app, '/v1/ports/:id', {
    GET: async ({ id, caller }) => {
      const port = portSeenBy(caller, store, id);
      return ok(caller.role === 'admin' ? placements.forAdmin(port) : placements.forTenant(port));
    },
  });
  addPath(app, '/v1/ports/:id/connections', {
    GET: async ({ id, caller, query }) => {
      const port = portSeenBy(caller, store, id);
      // Whose network it is on sees the port, but not whom it talks to.
      checkOwnsPort(caller, port, 'get_port_connections');
      return ok(await connectionsOf(port, limitIn(query)));
    },
  });
}

/** Connections in one answer; each is looked at in full. */
const MOST_CONNECTIONS = 1000;

function limitIn(query: Query): number {
  const text = query.get('limit')?.at(-1) ?? `${MOST_CONNECTIONS}`;
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= MOST_CONNECTIONS) return limit;
  throw fault(
    'HTTPBadRequest',
    `Invalid input for limit. Reason: it is not a number from 1 to ${MOST_CONNECTIONS}.`,
  );
}
