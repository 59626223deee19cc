/** Every way the store can fail, by code. The code is public contract and the label in logs and metrics. */
const CODES = {
  STORE_LOCKED: 'another process has this data directory open',
  STORE_TOO_NEW: 'the data directory was written by a newer version of tenantflow',
  STORE_UNREADABLE: 'the data directory cannot be used',
  STORE_DAMAGED:
    'the data directory is damaged and nothing of it was used: bring back a backup (tenantflow restore FILE --force), or move the directory away to begin anew',
  STORE_WRITE_FAILED: 'the disk refused a write; nothing of it was kept',
  STORE_CLOSED: 'the store is closed',
  STORE_COMPACTED: 'the change log no longer reaches back to this revision',
  STORE_AHEAD: 'this revision has not happened yet; it is from another history',
  STORE_BAD_KEY: 'an object id has 1 to 500 characters',
  STORE_BAD_VALUE: 'a value must be a JSON object',
  STORE_NOT_EMPTY: 'the data directory holds a store already, which a restore replaces only with --force',
  STORE_SHADOW_FULL: 'too much is changed to be tried out',
  BACKUP_FOREIGN: 'this is not a backup made by tenantflow',
  BACKUP_TOO_NEW: 'the backup was made by a newer version of tenantflow',
  BACKUP_TRUNCATED: 'the backup ends before its end',
  BACKUP_DAMAGED: 'the backup is not as it was written',
} as const;

export type StoreErrorCode = keyof typeof CODES;

/** What every engine of the store throws; `at` says where, in a form that programs can read. */
export class StoreError extends Error {
  readonly code: StoreErrorCode;
  readonly at: Readonly<Record<string, unknown>>;

  constructor(code: StoreErrorCode, at: Readonly<Record<string, unknown>> = {}, cause?: unknown) {
    super(`${code}: ${CODES[code]} ${JSON.stringify(at)}`, cause === undefined ? {} : { cause });
    this.name = 'StoreError';
    this.code = code;
    this.at = at;
  }
}

/** What keeps a data directory from being used: a StoreError as it is, anything else with the system's words. */
export function unreadable(directory: string, error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new StoreError('STORE_UNREADABLE', { directory, reason }, error);
}
