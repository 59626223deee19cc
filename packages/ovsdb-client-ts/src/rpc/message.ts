import { OvsdbError } from '../errors.ts';
import { isArray, isObject, type Json, member } from '../notation/json.ts';
import { parseRemoteError, type Reply } from '../notation/result.ts';

/** A JSON-RPC 1.0 message as OVSDB uses it (RFC 7047, 4). */
export type Message =
  | { readonly kind: 'request'; readonly id: Json; readonly method: string; readonly params: readonly Json[] }
  | { readonly kind: 'notification'; readonly method: string; readonly params: readonly Json[] }
  | { readonly kind: 'reply'; readonly id: Json; readonly reply: Reply<Json> };

/** Tells the three kinds of message apart. Throws OVSDB_PROTOCOL. */
export function parseMessage(json: Json): Message {
  if (!isObject(json)) throw new OvsdbError('OVSDB_PROTOCOL', { what: 'message' });
  const id = member(json, 'id') ?? null;
  const method = member(json, 'method');
  if (method !== undefined) {
    const params = member(json, 'params') ?? [];
    if (typeof method !== 'string' || !isArray(params)) {
      throw new OvsdbError('OVSDB_PROTOCOL', { what: 'method or params' });
    }
    return id === null ? { kind: 'notification', method, params } : { kind: 'request', id, method, params };
  }
  const error = member(json, 'error') ?? null;
  const result = member(json, 'result');
  if (id === null || (error === null && result === undefined)) {
    throw new OvsdbError('OVSDB_PROTOCOL', { what: 'message' });
  }
  return {
    kind: 'reply',
    id,
    reply:
      error === null ? { ok: true, result: result ?? null } : { ok: false, error: parseRemoteError(error) },
  };
}
