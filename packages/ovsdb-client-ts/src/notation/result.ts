import { expectArray, isObject, type Json, type JsonObject, member } from './json.ts';

/**
 * The error strings of RFC 7047 (3.1, 4.1, 5.2) and ovsdb-server(7), with short names to switch on.
 * A string that is not here gets the name 'other'.
 */
export const REMOTE_ERRORS = {
  'referential integrity violation': 'referentialIntegrityViolation',
  'constraint violation': 'constraintViolation',
  'resources exhausted': 'resourcesExhausted',
  'I/O error': 'ioError',
  'duplicate uuid-name': 'duplicateUuidName',
  'duplicate uuid': 'duplicateUuid',
  'domain error': 'domainError',
  'range error': 'rangeError',
  'timed out': 'timedOut',
  'not supported': 'notSupported',
  aborted: 'aborted',
  'not owner': 'notOwner',
  'not allowed': 'notAllowed',
  'permission error': 'permissionError',
  'unknown database': 'unknownDatabase',
  'unknown method': 'unknownMethod',
  'syntax error': 'syntaxError',
  canceled: 'canceled',
  'not leader': 'notLeader',
} as const;

export type RemoteErrorName = (typeof REMOTE_ERRORS)[keyof typeof REMOTE_ERRORS] | 'other';

/** What the server refused, in its own words. */
export interface RemoteError {
  readonly name: RemoteErrorName;
  /** The `error` string. */
  readonly error: string;
  /** The `details` string, '' when there is none. */
  readonly details: string;
}

/** The answer to a request: its result, or the server's refusal as a value. */
export type Reply<T> =
  | { readonly ok: true; readonly result: T }
  | { readonly ok: false; readonly error: RemoteError };

/** What one operation of a transaction answered (RFC 7047, 5.2). */
export type OperationResult = JsonObject;

/** The answer to `transact`. */
export type TransactReply =
  | { readonly ok: true; readonly results: readonly OperationResult[] }
  | {
      readonly ok: false;
      readonly error: RemoteError;
      /** Index of the operation that failed; as long as the list when the commit failed; -1 for the request. */
      readonly operation: number;
    };

/** Reads a JSON-RPC `error` member or an <error> object; both forms occur in ovsdb-server's answers. */
export function parseRemoteError(json: Json): RemoteError {
  const error = isObject(json) ? member(json, 'error') : json;
  const details = isObject(json) ? member(json, 'details') : '';
  const text = typeof error === 'string' ? error : JSON.stringify(error ?? json);
  return {
    name: Object.entries(REMOTE_ERRORS).find(([known]) => known === text)?.[1] ?? 'other',
    error: text,
    details: typeof details === 'string' ? details : '',
  };
}

/** Reads the answer to a transaction (RFC 7047, 4.1.3). Throws OVSDB_PROTOCOL. */
export function parseTransactReply(reply: Reply<Json>): TransactReply {
  if (!reply.ok) return { ok: false, error: reply.error, operation: -1 };
  const results: OperationResult[] = [];
  for (const [operation, item] of expectArray(reply.result, 'transact result').entries()) {
    if (isObject(item) && Object.hasOwn(item, 'error')) {
      return { ok: false, error: parseRemoteError(item), operation };
    }
    results.push(isObject(item) ? item : {});
  }
  return { ok: true, results };
}
