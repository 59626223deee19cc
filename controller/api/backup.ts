import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { backupOf } from '#controller/store/backup';
import type { Store } from '#controller/store/store';
import { fault } from './faults.ts';
import { documented } from './openapi/openapi.ts';
import { callerOf } from './paths.ts';
import { checkAdmin } from './resource/policy.ts';

/** Milliseconds after which a client that reads nothing is given up: what it holds on to takes memory. */
const PATIENCE = 60_000;

/** `GET /v1/backup`: everything that the store holds at one revision, as `tenantflow restore` takes it; for admins. */
export function addBackup(app: FastifyInstance, store: Store, clock: () => number): void {
  let isBusy = false;
  app.get('/v1/backup', documented('/v1/backup'), async (request, reply) => {
    checkAdmin(callerOf(request), 'get_backup');
    if (isBusy) throw fault('BackupInProgress');
    isBusy = true;
    const snapshot = store.snapshot();
    const stream = Readable.from(backupOf(snapshot, clock())).once('close', () => {
      isBusy = false;
    });
    reply.raw.setTimeout(PATIENCE, () => reply.raw.destroy());
    return reply
      .header('content-type', 'application/x-ndjson')
      .header('content-disposition', `attachment; filename="tenantflow-${snapshot.revision}.backup"`)
      .send(stream);
  });
}
