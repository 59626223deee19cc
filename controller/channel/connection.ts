import type { Socket } from 'node:net';
import { CodecError, decode, encode, Framer, type Message, Writer } from 'openflow-codec';
import type { Logger } from 'pino';
import { ChannelError } from './errors.ts';
import type { ChannelLimits } from './limits.ts';
import { OFPT, type RawMessage, rawMessage } from './raw-message.ts';

/** What a connection tells its owner. */
export interface ConnectionEvents {
  /** The handshake is done; `datapathId` is known. */
  ready(connection: Connection): void;
  /** A message that answers no request: PACKET_IN, PORT_STATUS, FLOW_REMOVED, ERROR… */
  message(connection: Connection, message: RawMessage): void;
  closed(connection: Connection, reason: ChannelError): void;
}

/** Takes the answers to one request. */
interface Waiter {
  /** Returns true when the answer is complete. */
  take(message: RawMessage): boolean;
  fail(reason: ChannelError): void;
  readonly deadline: number;
}

type WithoutXid<M> = M extends unknown ? Omit<M, 'xid'> : never;
/** A message whose transaction id the connection chooses. */
export type Outgoing = WithoutXid<Message>;

/** One OpenFlow 1.3 connection of a switch: handshake, keep-alive, requests and their answers (OF 1.3.5, 6.3). */
export class Connection {
  /** Remote and local `address:port`. */
  readonly peer: string;
  readonly log: Logger;
  /** 16 hex digits; '' until the handshake is done. */
  datapathId = '';
  readonly #socket: Socket;
  readonly #events: ConnectionEvents;
  readonly #limits: ChannelLimits;
  readonly #framer = new Framer();
  readonly #writer = new Writer();
  readonly #waiters = new Map<number, Waiter>();
  readonly #timer: NodeJS.Timeout;
  readonly #openedAt = Date.now();
  #state: 'hello' | 'features' | 'ready' | 'closed' = 'hello';
  #lastHeard = Date.now();
  #lastXid = 0;
  #flushScheduled = false;
  #resume: (() => void)[] = [];
  readonly #listeners = new Set<(message: RawMessage) => boolean>();

  constructor(socket: Socket, log: Logger, events: ConnectionEvents, limits: ChannelLimits) {
    this.#socket = socket;
    this.#events = events;
    this.#limits = limits;
    this.peer = `${socket.remoteAddress ?? '?'}:${socket.remotePort ?? 0}`;
    this.log = log.child({ peer: this.peer });
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.#receive(chunk));
    socket.on('error', (error) => this.close(new ChannelError('OFCH_CLOSED', error.message)));
    socket.on('close', () => this.close(new ChannelError('OFCH_CLOSED', 'by the peer')));
    socket.on('drain', () => this.#drained());
    this.#timer = setInterval(() => this.#tick(), 1_000);
    this.#timer.unref();
    this.send({ type: 'hello', elements: [{ element: 'versionBitmap', versions: [4] }] });
  }

  get closed(): boolean {
    return this.#state === 'closed';
  }

  /** Queues a message; all that is queued in one turn of the event loop leaves in one write. Returns its xid. */
  send(message: Outgoing): number {
    const xid = this.nextXid();
    this.write((writer) => encode({ ...message, xid } as Message, writer));
    return xid;
  }

  /** Queues bytes that `put` appends: one or more whole messages with xids from `nextXid`. */
  write(put: (writer: Writer) => void): void {
    if (this.#state === 'closed') return;
    put(this.#writer);
    if (this.#writer.size >= WRITE_CHUNK) this.#flush();
    else this.#scheduleFlush();
  }

  nextXid(): number {
    this.#lastXid = this.#lastXid >= 0x7fffffff ? 1 : this.#lastXid + 1;
    return this.#lastXid;
  }

  /**
   * Sends a request and hands each answer to `take` until that returns true. An OFPT_ERROR is an answer too.
   * Rejects with ChannelError OFCH_TIMEOUT, OFCH_BUSY or OFCH_CLOSED.
   */
  exchange(message: Outgoing, take: (answer: RawMessage) => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const refusal = this.#state === 'closed' ? 'OFCH_CLOSED' : this.#isBusy() ? 'OFCH_BUSY' : undefined;
      if (refusal) {
        reject(new ChannelError(refusal));
        return;
      }
      const xid = this.send(message);
      this.#waiters.set(xid, {
        take: (answer) => {
          const done = take(answer);
          if (done) resolve();
          return done;
        },
        fail: reject,
        deadline: Date.now() + this.#limits.requestMs,
      });
    });
  }

  /** Sends a request that has one answer. */
  async request(message: Outgoing): Promise<Message> {
    let answer: Message | undefined;
    await this.exchange(message, (raw) => {
      answer = decode(raw.bytes);
      return true;
    });
    if (!answer) throw new ChannelError('OFCH_CLOSED');
    return answer;
  }

  /** Hands messages that answer no request to `take` first; one for which it returns true goes no further. */
  listen(take: (message: RawMessage) => boolean): () => void {
    this.#listeners.add(take);
    return () => this.#listeners.delete(take);
  }

  /** Resolves when the switch has finished everything sent before (OF 1.3.5, 7.3.8). */
  async barrier(): Promise<void> {
    await this.exchange({ type: 'barrierRequest' }, () => true);
  }

  /** Resolves when the switch has taken what was sent so far, so that a sender of much waits for a slow switch. */
  ready(): Promise<void> {
    this.#flush();
    if (!this.#socket.writableNeedDrain || this.#state === 'closed') return Promise.resolve();
    return new Promise((resolve) => this.#resume.push(resolve));
  }

  /** Ends the connection; every waiting request fails with `reason`. */
  close(reason: ChannelError): void {
    if (this.#state === 'closed') return;
    this.#flush();
    this.#state = 'closed';
    clearInterval(this.#timer);
    this.#socket.destroySoon();
    for (const waiter of this.#waiters.values()) waiter.fail(reason);
    this.#waiters.clear();
    this.#drained();
    this.#events.closed(this, reason);
  }

  #receive(chunk: Uint8Array): void {
    if (this.#state === 'closed') return;
    this.#lastHeard = Date.now();
    try {
      this.#framer.push(chunk, (bytes) => {
        if (!this.closed) this.#dispatch(rawMessage(bytes));
      });
    } catch (error) {
      this.close(asChannelError(error));
    }
  }

  #dispatch(message: RawMessage): void {
    if (message.type === OFPT.echoRequest) this.#answerEcho(message);
    else if (this.#state === 'ready') this.#route(message);
    else if (this.#state === 'hello') this.#hello(message);
    else this.#features(message);
  }

  #hello(message: RawMessage): void {
    if (message.type !== OFPT.hello)
      throw new ChannelError('OFCH_UNEXPECTED', `type ${message.type} before HELLO`);
    const hello = decode(message.bytes);
    const bitmap =
      hello.type === 'hello' ? hello.elements.find((each) => each.element === 'versionBitmap') : undefined;
    // Without a bitmap, the lower of both sides' header versions is spoken (OF 1.3.5, 6.3.1).
    const speaks = bitmap ? bitmap.versions.includes(4) : message.version >= 4;
    if (!speaks) throw new ChannelError('OFCH_VERSION', `HELLO of version ${message.version}`);
    this.#state = 'features';
    this.send({ type: 'featuresRequest' });
  }

  #features(message: RawMessage): void {
    if (message.type === OFPT.error)
      throw new ChannelError('OFCH_UNEXPECTED', 'an error answers the handshake');
    const features = message.type === OFPT.featuresReply ? decode(message.bytes) : undefined;
    if (features?.type !== 'featuresReply') return;
    this.datapathId = features.datapathId.toString(16).padStart(16, '0');
    this.#state = 'ready';
    this.#events.ready(this);
  }

  #route(message: RawMessage): void {
    const waiter = ANSWERS.has(message.type) ? this.#waiters.get(message.xid) : undefined;
    if (waiter) {
      if (waiter.take(message)) this.#waiters.delete(message.xid);
      return;
    }
    for (const take of this.#listeners) if (take(message)) return;
    this.#events.message(this, message);
  }

  #answerEcho(request: RawMessage): void {
    const echo = decode(request.bytes);
    if (echo.type !== 'echoRequest') return;
    this.write((writer) => encode({ type: 'echoReply', xid: request.xid, data: echo.data }, writer));
  }

  #tick(): void {
    const now = Date.now();
    const silence = now - this.#lastHeard;
    const late = this.#state !== 'ready' && now - this.#openedAt > this.#limits.handshakeMs;
    if (late) this.close(new ChannelError('OFCH_HANDSHAKE_TIMEOUT'));
    else if (silence > this.#limits.silentMs) this.close(new ChannelError('OFCH_SILENT', `${silence} ms`));
    else if (silence > this.#limits.idleMs) this.send({ type: 'echoRequest', data: NOTHING });
    for (const [xid, waiter] of this.#waiters) {
      if (waiter.deadline > now) continue;
      this.#waiters.delete(xid);
      waiter.fail(new ChannelError('OFCH_TIMEOUT'));
    }
  }

  #isBusy(): boolean {
    return this.#waiters.size >= this.#limits.requests;
  }

  #scheduleFlush(): void {
    if (this.#flushScheduled) return;
    this.#flushScheduled = true;
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    this.#flushScheduled = false;
    if (this.#writer.size === 0 || this.#state === 'closed') return;
    const bytes = this.#writer.bytes().slice();
    this.#writer.reset();
    this.#socket.write(bytes);
    if (this.#socket.writableLength > this.#limits.unsentBytes) this.close(new ChannelError('OFCH_OVERFLOW'));
  }

  #drained(): void {
    for (const resume of this.#resume.splice(0)) resume();
  }
}

/** Types that answer a request of ours; others may carry any xid. */
const ANSWERS: ReadonlySet<number> = new Set([
  OFPT.error,
  OFPT.echoReply,
  OFPT.experimenter,
  OFPT.featuresReply,
  OFPT.getConfigReply,
  OFPT.multipartReply,
  OFPT.barrierReply,
  OFPT.roleReply,
]);
const WRITE_CHUNK = 64 * 1024;
const NOTHING = new Uint8Array(0);

/** What a message of the peer can bring about ends its connection; anything else is our own mistake. */
function asChannelError(error: unknown): ChannelError {
  if (error instanceof ChannelError) return error;
  if (error instanceof CodecError) return new ChannelError('OFCH_MALFORMED', error.message, { cause: error });
  throw error;
}
