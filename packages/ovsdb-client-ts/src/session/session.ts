import type { Duplex } from 'node:stream';
import type { TableCache } from '../cache/table-cache.ts';
import { OvsdbError } from '../errors.ts';
import {
  expectArray,
  expectObject,
  expectString,
  type Json,
  type JsonObject,
  member,
} from '../notation/json.ts';
import type { MonitorMethod, UpdateMethod } from '../notation/monitor.ts';
import type { Operation } from '../notation/operation.ts';
import { parseTransactReply, type Reply, type TransactReply } from '../notation/result.ts';
import { type DatabaseSchema, parseSchema } from '../notation/schema.ts';
import { type CallOptions, PEER_DEFAULTS, type PeerLimits, type PeerOptions, RpcPeer } from '../rpc/peer.ts';
import { type Endpoints, endpointsOf } from './endpoints.ts';

export type SessionOptions = PeerOptions;
export type SessionLimits = PeerLimits;
export type RequestOptions = Pick<CallOptions, 'timeout' | 'signal'>;

/** An update to a monitor; `params` are those after the monitor's id. */
export type UpdateHandler = (method: UpdateMethod, params: readonly Json[]) => void;

export interface MonitorOptions extends RequestOptions {
  /** Runs in the same turn as the reply, before any update. */
  readonly onReply?: (reply: Reply<Json>) => void;
}

/** What a lock does after the reply that granted or queued it (RFC 7047, 4.1.8 to 4.1.10). */
export type LockEvent = { readonly lock: string; readonly state: 'locked' | 'stolen' };

/**
 * One connection to a database server, whoever dialled. Methods resolve with the server's answer, a refusal
 * included, and reject with OvsdbError only when there is no answer (closed, timed out, too much waiting).
 */
export class Session {
  readonly endpoints: Endpoints;
  readonly #peer: RpcPeer;
  readonly #monitors = new Map<string, UpdateHandler>();
  readonly #closeListeners = new Set<(reason: OvsdbError) => void>();
  readonly #lockListeners = new Set<(event: LockEvent) => void>();
  #nextMonitor = 1;

  constructor(stream: Duplex, options: Partial<SessionOptions> = {}) {
    this.endpoints = endpointsOf(stream);
    this.#peer = new RpcPeer(
      stream,
      { ...PEER_DEFAULTS, ...options },
      {
        notification: (method, params) => this.#notified(method, params),
        closed: (reason) => {
          this.#monitors.clear();
          for (const listener of [...this.#closeListeners]) listener(reason);
        },
      },
    );
  }

  /** Why the session is closed; undefined while it is open. */
  get closedBecause(): OvsdbError | undefined {
    return this.#peer.closedBecause;
  }

  /** When anything was last heard of the server, or the session began: as of `performance.now()`. */
  get heardAt(): number {
    return this.#peer.heardAt;
  }

  /** RFC 7047, 4.1.1. */
  async listDatabases(options?: RequestOptions): Promise<Reply<readonly string[]>> {
    const reply = await this.#peer.call('list_dbs', [], options);
    return map(reply, (json) => expectArray(json, 'list_dbs').map((name) => expectString(name, 'database')));
  }

  /** RFC 7047, 4.1.2. Rejects with OVSDB_SCHEMA when the answer is no schema. */
  async getSchema(database: string, options?: RequestOptions): Promise<Reply<DatabaseSchema>> {
    const reply = await this.#peer.call('get_schema', [database], options);
    return map(reply, (json) => parseSchema(json));
  }

  /**
   * RFC 7047, 4.1.3. Aborting the signal cancels it (4.1.4): the reply is then the error "canceled". That is certain
   * for a transaction that waits; one that the server was just writing to disk may have happened.
   */
  async transact(
    database: string | DatabaseSchema<unknown>,
    operations: readonly Operation[],
    options?: RequestOptions,
  ): Promise<TransactReply> {
    const name = typeof database === 'string' ? database : database.name;
    return parseTransactReply(await this.#peer.call('transact', [name, ...operations], options));
  }

  /**
   * Begins to watch tables: the raw form, for which `replicate` is the comfortable one. `extra` are the parameters
   * after the requests (`monitor_cond_since`: the last transaction's id). The result is the server's dump.
   */
  async monitor(
    method: MonitorMethod,
    database: string,
    requests: JsonObject,
    onUpdate: UpdateHandler,
    extra: readonly Json[] = [],
    options: MonitorOptions = {},
  ): Promise<Reply<{ readonly id: string; readonly initial: Json }>> {
    const id = `monitor-${this.#nextMonitor}`;
    this.#nextMonitor += 1;
    this.#monitors.set(id, onUpdate);
    try {
      const reply = await this.#peer.call(method, [database, id, requests, ...extra], options);
      if (!reply.ok) this.#monitors.delete(id);
      return map(reply, (initial) => ({ id, initial }));
    } catch (error) {
      this.#monitors.delete(id);
      throw error;
    }
  }

  /** Ends a monitor (RFC 7047, 4.1.7). */
  async cancelMonitor(id: string, options?: RequestOptions): Promise<Reply<Json>> {
    this.#monitors.delete(id);
    return await this.#peer.call('monitor_cancel', [id], options);
  }

  /** Changes the conditions of a monitor_cond (ovsdb-server(7), 4.1.13); requests as there. */
  async changeMonitor(id: string, requests: JsonObject, options?: RequestOptions): Promise<Reply<Json>> {
    return await this.#peer.call('monitor_cond_change', [id, id, requests], options);
  }

  /**
   * Fills the cache from the server and keeps it up to date while the session lasts. A cache that was filled by an
   * earlier session continues from its last transaction where the server still knows it, and is otherwise
   * compared with a full dump: its listeners see the differences only. Falls back to `monitor_cond` and `monitor` on
   * servers that lack the newer methods. Resolves when the first dump is in; resolves with the refusal otherwise.
   */
  async replicate<T>(
    cache: TableCache<T>,
    options: RequestOptions = {},
  ): Promise<Reply<{ readonly id: string }>> {
    for (const method of ['monitor_cond_since', 'monitor_cond', 'monitor'] as const) {
      const reply = await this.monitor(
        method,
        cache.schema.name,
        cache.requests(method),
        (update, params) => cache.update(update, params),
        method === 'monitor_cond_since' ? [cache.lastTransaction] : [],
        { ...options, onReply: (answer) => answer.ok && cache.begin(method, answer.result) },
      );
      if (reply.ok) return { ok: true, result: { id: reply.result.id } };
      if (reply.error.name !== 'unknownMethod' || method === 'monitor') return reply;
    }
    throw new OvsdbError('OVSDB_PROTOCOL', { what: 'monitor' });
  }

  /** Asks the peer for a sign of life (RFC 7047, 4.1.11). */
  async echo(params: readonly Json[] = [], options?: RequestOptions): Promise<Reply<Json>> {
    return await this.#peer.call('echo', params, options);
  }

  /** Takes the lock or queues for it (RFC 7047, 4.1.8); the result says whether we own it already. */
  async lock(lock: string, options?: RequestOptions): Promise<Reply<boolean>> {
    return map(await this.#peer.call('lock', [lock], options), locked);
  }

  /** Takes the lock from whoever owns it (RFC 7047, 4.1.8). */
  async steal(lock: string, options?: RequestOptions): Promise<Reply<boolean>> {
    return map(await this.#peer.call('steal', [lock], options), locked);
  }

  /** Gives the lock back or leaves its queue (RFC 7047, 4.1.8). */
  async unlock(lock: string, options?: RequestOptions): Promise<Reply<Json>> {
    return await this.#peer.call('unlock', [lock], options);
  }

  /** Calls `listener` when a queued lock becomes ours or ours is stolen. Returns the function that ends it. */
  onLock(listener: (event: LockEvent) => void): () => void {
    this.#lockListeners.add(listener);
    return () => this.#lockListeners.delete(listener);
  }

  /** Calls `listener` once with the reason when the session closes, at once if it is closed. */
  onClose(listener: (reason: OvsdbError) => void): () => void {
    if (this.#peer.closedBecause !== undefined) listener(this.#peer.closedBecause);
    else this.#closeListeners.add(listener);
    return () => this.#closeListeners.delete(listener);
  }

  /** Bytes of messages that have come in part, or that the peer has not taken yet: what is kept besides caches. */
  get heldBytes(): number {
    return this.#peer.heldBytes;
  }

  /** Changes what the peer may make us keep: a stranger gets little, and more once it is known. */
  limit(limits: SessionLimits): void {
    this.#peer.limit(limits);
  }

  close(reason?: OvsdbError): void {
    this.#peer.close(reason);
  }

  #notified(method: string, params: readonly Json[]): void {
    switch (method) {
      case 'update':
      case 'update2':
      case 'update3':
        // Unknown ids are updates that crossed our monitor_cancel.
        this.#monitors.get(String(params[0]))?.(method, params.slice(1));
        break;
      case 'locked':
      case 'stolen':
        this.#lockChanged({ lock: expectString(params[0], 'lock'), state: method });
    }
  }

  #lockChanged(event: LockEvent): void {
    for (const listener of [...this.#lockListeners]) listener(event);
  }
}

function map<A, B>(reply: Reply<A>, convert: (result: A) => B): Reply<B> {
  return reply.ok ? { ok: true, result: convert(reply.result) } : reply;
}

function locked(json: Json): boolean {
  return member(expectObject(json, 'lock'), 'locked') === true;
}
