import type { FastifyInstance } from 'fastify';
import { addPath, ok } from './paths.ts';

/** `GET /`, with which every client begins, before it shows a token. */
export function addVersions(app: FastifyInstance): void {
  addPath(app, '/', {
    GET: async ({ url }) =>
      ok({
        versions: [{ id: 'v2.0', status: 'CURRENT', links: [{ rel: 'self', href: `${url.origin}/v2.0/` }] }],
      }),
  });
}
