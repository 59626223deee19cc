import { createHash } from 'node:crypto';
import { z } from 'zod';
import { BACKUP_FORMAT, type BackupHeader } from './backup.ts';
import { StoreError, type StoreErrorCode } from './errors.ts';
import { SCHEMA_VERSION } from './migrate.ts';

/** An object as a backup has it. The value is of the version that the header names. */
export type BackupObject = readonly [collection: string, id: string, value: object];

/** Takes what a backup holds, piece by piece. Nothing is known to be whole before `readBackup` resolves. */
export interface BackupSink {
  begin?(header: BackupHeader): Promise<void> | void;
  objects?(batch: readonly BackupObject[]): Promise<void> | void;
}

/** Bytes of one line: a value that the API has taken is far below. */
const LONGEST_LINE = 16 * 1024 * 1024;
const BATCH = 5_000;

/**
 * Reads a backup to its end and verifies it; holds a chunk and a batch at a time. Rejects with StoreError
 * BACKUP_FOREIGN, BACKUP_TOO_NEW, BACKUP_TRUNCATED or BACKUP_DAMAGED; then what the sink has taken is worth nothing.
 */
export async function readBackup(source: AsyncIterable<Uint8Array>, sink: BackupSink): Promise<BackupHeader> {
  const hash = createHash('sha256');
  let header: BackupHeader | undefined;
  let [number, count, ended] = [0, 0, false];
  let batch: BackupObject[] = [];
  for await (const line of linesOf(source)) {
    number++;
    const parsed = parse(line.bytes);
    if (ended) throw new StoreError('BACKUP_DAMAGED', { line: number, reason: 'goes on after its end' });
    if (header === undefined) {
      header = headerOf(parsed);
      await sink.begin?.(header);
    } else if (!line.isWhole) {
      throw new StoreError('BACKUP_TRUNCATED', { line: number, objects: count, of: header.count });
    } else if (parsed === undefined) {
      throw new StoreError('BACKUP_DAMAGED', { line: number, reason: 'not JSON' });
    } else if (Array.isArray(parsed)) {
      batch.push(check(objectSchema.safeParse(parsed), 'BACKUP_DAMAGED', { line: number }));
      count++;
      if (batch.length === BATCH) {
        await sink.objects?.(batch);
        batch = [];
      }
    } else {
      const { sha256 } = check(trailerSchema.safeParse(parsed), 'BACKUP_DAMAGED', { line: number });
      const found = hash.copy().digest('hex');
      if (found !== sha256) throw new StoreError('BACKUP_DAMAGED', { sha256, found });
      ended = true;
    }
    hash.update(line.bytes).update('\n');
  }
  if (header === undefined) throw new StoreError('BACKUP_FOREIGN', { reason: 'it is empty' });
  if (!ended) throw new StoreError('BACKUP_TRUNCATED', { line: number, objects: count, of: header.count });
  if (count !== header.count) throw new StoreError('BACKUP_DAMAGED', { objects: count, of: header.count });
  await sink.objects?.(batch);
  return header;
}

const versionsSchema = z.object({
  tenantflow: z.literal('backup'),
  format: z.int().positive(),
  schema: z.int().positive(),
});
const headerSchema = versionsSchema.extend({
  createdAt: z.string(),
  history: z.string(),
  revision: z.int().nonnegative(),
  counters: z.record(z.string(), z.int().nonnegative()),
  count: z.int().nonnegative(),
});
const trailerSchema = z.strictObject({ sha256: z.string() });
const objectSchema = z.tuple([
  z.string().min(1),
  z.string().min(1),
  z.custom<object>((value) => typeof value === 'object' && value !== null, 'must be an object'),
]);

/** Versions first: what a newer one means by the rest is not known. */
function headerOf(parsed: unknown): BackupHeader {
  const versions = check(versionsSchema.safeParse(parsed), 'BACKUP_FOREIGN', { line: 1 });
  for (const [what, supported] of [
    ['format', BACKUP_FORMAT],
    ['schema', SCHEMA_VERSION],
  ] as const) {
    const found = versions[what];
    if (found > supported) throw new StoreError('BACKUP_TOO_NEW', { what, found, supported });
  }
  return check(headerSchema.safeParse(parsed), 'BACKUP_DAMAGED', { line: 1 }) as BackupHeader;
}

function check<T>(result: z.ZodSafeParseResult<T>, code: StoreErrorCode, at: Record<string, unknown>): T {
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const field = issue?.path.join('.') ?? '';
  throw new StoreError(code, { ...at, ...(field === '' ? {} : { field }), reason: issue?.message });
}

/** Undefined for what is not JSON. */
function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}

/** Lines as they are, without their ends; the last one may lack its end. */
async function* linesOf(
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<{ bytes: Buffer; isWhole: boolean }> {
  let held: Buffer[] = [];
  let size = 0;
  for await (const chunk of source) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    let at = 0;
    for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, at)) {
      yield { bytes: Buffer.concat([...held, bytes.subarray(at, end)]), isWhole: true };
      held = [];
      size = 0;
      at = end + 1;
    }
    held.push(bytes.subarray(at));
    size += bytes.length - at;
    if (size > LONGEST_LINE) throw new StoreError('BACKUP_DAMAGED', { reason: 'a line is too long', size });
  }
  if (size > 0) yield { bytes: Buffer.concat(held), isWhole: false };
}
