import { createHash } from 'node:crypto';
import { SCHEMA_VERSION } from './migrate.ts';
import type { Snapshot } from './store.ts';

/** Version of the form below; counts up when older software would misread it. */
export const BACKUP_FORMAT = 1;

/**
 * First line of a backup. A backup is lines of JSON: this, then `[collection, id, value]` for each object, then a
 * `BackupTrailer`. It depends on no engine.
 */
export interface BackupHeader {
  readonly tenantflow: 'backup';
  readonly format: number;
  /** Version of the records; older ones are brought up to date when the restored store is opened. */
  readonly schema: number;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly history: string;
  readonly revision: number;
  readonly counters: Snapshot['counters'];
  /** Objects that follow. */
  readonly count: number;
}

/** Last line of a backup: SHA-256, in hex, of all bytes before it. */
export interface BackupTrailer {
  readonly sha256: string;
}

/** Characters that are handed on at once; bounds how long the event loop is busy with them. */
const CHUNK = 128 * 1024;

/**
 * The bytes of a backup. The snapshot makes it one revision's, however long the reader takes. `now` is in
 * milliseconds since the epoch.
 */
export async function* backupOf(snapshot: Snapshot, now: number): AsyncGenerator<Buffer> {
  const { history, revision, counters, count, objects } = snapshot;
  const header: BackupHeader = {
    tenantflow: 'backup',
    format: BACKUP_FORMAT,
    schema: SCHEMA_VERSION,
    createdAt: new Date(now).toISOString(),
    history,
    revision,
    counters,
    count,
  };
  const hash = createHash('sha256');
  let text = `${JSON.stringify(header)}\n`;
  const flush = () => {
    const bytes = Buffer.from(text);
    text = '';
    hash.update(bytes);
    return bytes;
  };
  for (const object of objects) {
    text += `${JSON.stringify(object)}\n`;
    if (text.length < CHUNK) continue;
    yield flush();
    // A reader that is always ready would keep everybody else waiting.
    await new Promise(setImmediate);
  }
  yield flush();
  const trailer: BackupTrailer = { sha256: hash.digest('hex') };
  yield Buffer.from(`${JSON.stringify(trailer)}\n`);
}
