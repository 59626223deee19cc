import type { Duplex } from 'node:stream';
import { OvsdbError } from '../errors.ts';
import type { Json } from '../notation/json.ts';
import type { Reply } from '../notation/result.ts';
import { FRAME_LIMITS, type FrameLimits, JsonFramer } from './framing.ts';
import { type Message, parseMessage } from './message.ts';

/** Bounds and timers of one connection; times in milliseconds. */
export interface PeerOptions extends FrameLimits {
  /** How long a request waits for its reply, unless the call says otherwise. */
  readonly requestTimeout: number;
  /** Silence after which we send an echo; after as much again the connection is closed. 0 never probes. */
  readonly probeInterval: number;
  /** Requests that may wait for a reply at a time. */
  readonly maxPendingRequests: number;
  /** Bytes that may wait to be sent. A peer that makes us write more without reading is cut off. */
  readonly maxSendBytes: number;
}

/** What a peer may make us keep; `limit` changes it while the connection is open. */
export type PeerLimits = FrameLimits & Pick<PeerOptions, 'maxSendBytes'>;

export const PEER_DEFAULTS: PeerOptions = {
  ...FRAME_LIMITS,
  requestTimeout: 30_000,
  probeInterval: 5_000,
  maxPendingRequests: 256,
  maxSendBytes: 64 * 1024 * 1024,
};

export interface PeerHandlers {
  /** A notification. What it throws closes the connection with that error. */
  notification(method: string, params: readonly Json[]): void;
  /** Called once; `reason` says why. */
  closed(reason: OvsdbError): void;
}

export interface CallOptions {
  /** Milliseconds; Infinity never times out. */
  readonly timeout?: number;
  /** Runs in the same turn as the reply arrives, before anything that follows it in the stream. */
  readonly onReply?: (reply: Reply<Json>) => void;
  /** Aborting it sends `cancel` for this request (RFC 7047, 4.1.4). */
  readonly signal?: AbortSignal;
}

/** A timer that comes after so many times what it should was held up. */
const LATE = 1.2;
const CANCELED = { name: 'canceled', error: 'canceled', details: '' } as const;

interface Pending {
  readonly settle: (reply: Reply<Json>) => void;
  readonly fail: (error: OvsdbError) => void;
}

/** JSON-RPC 1.0 over a byte stream, in both directions: requests with timeouts, notifications, echo. */
export class RpcPeer {
  readonly #stream: Duplex;
  #options: PeerOptions;
  readonly #handlers: PeerHandlers;
  readonly #framer: JsonFramer;
  readonly #pending = new Map<number, Pending>();
  readonly #probe: NodeJS.Timeout | undefined;
  #nextId = 1;
  #heard = true;
  #heardAt = performance.now();
  #checkedAt = performance.now();
  #probing = false;
  #closed: OvsdbError | undefined;

  constructor(stream: Duplex, options: PeerOptions, handlers: PeerHandlers) {
    this.#stream = stream;
    this.#options = options;
    this.#handlers = handlers;
    this.#framer = new JsonFramer(options);
    stream.on('data', (chunk: Uint8Array) => this.#receive(chunk));
    stream.on('error', (cause) =>
      this.close(new OvsdbError('OVSDB_CLOSED', { reason: cause.message }, cause)),
    );
    stream.on('end', () => this.close(new OvsdbError('OVSDB_CLOSED', { reason: 'closed by the peer' })));
    stream.on('close', () => this.close(new OvsdbError('OVSDB_CLOSED')));
    if (options.probeInterval > 0) {
      this.#probe = setInterval(() => this.#checkAlive(), options.probeInterval).unref();
    }
  }

  /** Why the connection is closed, or undefined while it is open. */
  get closedBecause(): OvsdbError | undefined {
    return this.#closed;
  }

  /** When the last byte came, as of `performance.now()`. */
  get heardAt(): number {
    return this.#heardAt;
  }

  /**
   * Sends a request and resolves with its reply. Rejects with OVSDB_CLOSED, OVSDB_TIMEOUT or OVSDB_BACKLOG.
   * An aborted signal sends `cancel` (RFC 7047, 4.1.4): the server then replies "canceled".
   */
  call(method: string, params: readonly Json[], options: CallOptions = {}): Promise<Reply<Json>> {
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise((resolve, reject) => {
      if (this.#closed !== undefined) return reject(this.#closed);
      if (this.#pending.size >= this.#options.maxPendingRequests) {
        return reject(new OvsdbError('OVSDB_BACKLOG', { method, requests: this.#pending.size }));
      }
      const timeout = options.timeout ?? this.#options.requestTimeout;
      const cancel = (): void => this.#cancel(id);
      const timer = Number.isFinite(timeout)
        ? setTimeout(
            () => this.#pending.get(id)?.fail(new OvsdbError('OVSDB_TIMEOUT', { method, timeout })),
            timeout,
          )
        : undefined;
      const done = (): void => {
        this.#pending.delete(id);
        clearTimeout(timer);
        options.signal?.removeEventListener('abort', cancel);
      };
      this.#pending.set(id, {
        settle: (reply) => {
          done();
          try {
            options.onReply?.(reply);
          } catch (error) {
            // The rest of the stream makes no sense without this reply, so the connection ends here as well.
            reject(error);
            throw error;
          }
          resolve(reply);
        },
        fail: (error) => {
          done();
          reject(error);
        },
      });
      this.#send({ method, params, id });
      if (options.signal?.aborted === true) cancel();
      else options.signal?.addEventListener('abort', cancel, { once: true });
    });
  }

  /** Bytes of messages that have come in part, or that the peer has not taken yet. */
  get heldBytes(): number {
    return this.#framer.pendingBytes + this.#stream.writableLength;
  }

  /** Changes the limits, from the next byte on. */
  limit(limits: PeerLimits): void {
    this.#options = { ...this.#options, ...limits };
    this.#framer.limit(this.#options);
  }

  /** Sends a notification; nothing happens on a closed connection. */
  notify(method: string, params: readonly Json[]): void {
    this.#send({ method, params, id: null });
  }

  /** Closes the connection; every waiting request fails with the reason. */
  close(reason = new OvsdbError('OVSDB_CLOSED', { reason: 'closed by us' })): void {
    if (this.#closed !== undefined) return;
    this.#closed = reason;
    clearInterval(this.#probe);
    this.#stream.destroy();
    for (const pending of [...this.#pending.values()]) pending.fail(reason);
    this.#handlers.closed(reason);
  }

  /**
   * ovsdb-server forgets a canceled request and answers nothing, against RFC 7047, 4.1.4. It handles messages in
   * order, so the answer to an echo sent after the cancel tells that no reply can come any more.
   */
  #cancel(id: number): void {
    this.notify('cancel', [id]);
    const onReply = (): void => this.#pending.get(id)?.settle({ ok: false, error: CANCELED });
    // Should the echo get no answer, the request itself fails by its own timeout or with the connection.
    this.call('echo', [], { onReply }).catch(() => {});
  }

  #receive(chunk: Uint8Array): void {
    this.#heard = true;
    this.#heardAt = performance.now();
    this.#probing = false;
    try {
      for (const json of this.#framer.push(chunk)) {
        this.#handle(parseMessage(json));
        if (this.#closed !== undefined) return;
      }
    } catch (error) {
      this.close(error instanceof OvsdbError ? error : new OvsdbError('OVSDB_PROTOCOL', {}, error));
    }
  }

  #handle(message: Message): void {
    if (message.kind === 'notification') this.#handlers.notification(message.method, message.params);
    else if (message.kind === 'request') this.#answer(message.id, message.method, message.params);
    // A reply that nobody waits for came after its timeout: not an error.
    else if (typeof message.id === 'number') this.#pending.get(message.id)?.settle(message.reply);
  }

  #answer(id: Json, method: string, params: readonly Json[]): void {
    if (method === 'echo') this.#send({ result: params, error: null, id });
    else this.#send({ result: null, error: { error: 'unknown method', details: method.slice(0, 64) }, id });
  }

  #send(message: { readonly [key: string]: Json }): void {
    if (this.#closed !== undefined) return;
    this.#stream.write(JSON.stringify(message));
    if (this.#stream.writableLength > this.#options.maxSendBytes) {
      this.close(new OvsdbError('OVSDB_BACKLOG', { bytes: this.#stream.writableLength }));
    }
  }

  #checkAlive(): void {
    const now = performance.now();
    // When this process itself was held up, what came meanwhile is still to be read.
    const isLate = now - this.#checkedAt > LATE * this.#options.probeInterval;
    this.#checkedAt = now;
    if (isLate) return;
    if (this.#heard) this.#heard = false;
    else if (this.#probing) {
      this.close(new OvsdbError('OVSDB_TIMEOUT', { what: 'echo', timeout: this.#options.probeInterval }));
    } else {
      this.#probing = true;
      this.#send({ method: 'echo', params: [], id: 'probe' });
    }
  }
}
