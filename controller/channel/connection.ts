import { CodecError, decode, encode, Framer, type Message, type Writer } from 'openflow-codec';
import { formatEndpoint, plainAddress } from 'ovsdb-client-ts';
import type { Logger } from 'pino';
import { whence } from '#controller/base/crowd';
import type { Guest } from '#controller/door/door';
import { originText } from '#controller/door/origin';
import { ChannelError } from './errors.ts';
import { answerHello, datapathIdOf } from './handshake.ts';
import { takeInTurns } from './intake.ts';
import type { ChannelLimits } from './limits.ts';
import { Outbox } from './outbox.ts';
import { Pulse } from './pulse.ts';
import { ANSWER_TYPE, OFPT, type RawMessage, rawMessage } from './raw-message.ts';
import { Requests } from './requests.ts';

/** What a connection tells its owner. What a callback throws ends the connection with OFCH_FAULT. */
export interface ConnectionEvents {
  /** It has begun. */
  opened?(connection: Connection): void;
  /** The handshake is done; `datapathId` is known. */
  ready(connection: Connection): void;
  /** A message that answers no request: PACKET_IN, PORT_STATUS, FLOW_REMOVED, ERROR… */
  message(connection: Connection, message: RawMessage): void;
  /** A barrier was answered, after so many seconds. */
  barrier?(seconds: number): void;
  /** So many messages that answer no request came in the last `tickMs`. */
  unasked?(connection: Connection, count: number): void;
  /** `isAnswering` became false, or true again; told again and again while it is false. */
  pulse?(connection: Connection): void;
  /** Called once. */
  closed(connection: Connection, reason: ChannelError): void;
}

type WithoutXid<M> = M extends unknown ? Omit<M, 'xid'> : never;
/** A message whose transaction id the connection chooses. */
export type Outgoing = WithoutXid<Message>;
/** A message that has an answer. */
export type Request = Extract<Outgoing, { readonly type: keyof typeof ANSWER_TYPE }>;

const NOTHING = new Uint8Array(0);
/** Transaction ids beyond are left to the switch. */
const MOST_XID = 0x7fffffff;

/** One OpenFlow 1.3 connection of a switch: handshake, keep-alive, requests and their answers (OF 1.3.5, 6.3). */
export class Connection {
  /** Remote `address:port`, IPv6 in brackets. */
  readonly peer: string;
  /** Remote address; an IPv4 address in its own notation, also on an IPv6 socket. */
  readonly address: string;
  /** Whose connections are counted together with it. */
  readonly subscriber: string;
  /** Whence it comes, and as whom: the same text for all connections of one hypervisor. */
  readonly origin: string;
  readonly log: Logger;
  /** 16 hex digits; '' until the handshake is done. */
  datapathId = '';
  readonly #events: ConnectionEvents;
  readonly #limits: ChannelLimits;
  readonly #framer = new Framer();
  readonly #outbox: Outbox;
  readonly #requests: Requests;
  readonly #listeners = new Set<(message: RawMessage) => boolean>();
  readonly #timer: NodeJS.Timeout;
  /** Once the handshake is done: before that there is nothing that a peer has to answer. */
  #pulse: Pulse | undefined;
  #openedAt = performance.now();
  #tickedAt = performance.now();
  #state: 'hello' | 'features' | 'ready' | 'closed' = 'hello';
  #lastAnswer = performance.now();
  #lastXid = 0;
  #unasked = 0;

  constructor({ socket, certificate }: Guest, log: Logger, events: ConnectionEvents, limits: ChannelLimits) {
    this.#events = events;
    this.#limits = limits;
    this.#requests = new Requests(limits);
    this.peer = formatEndpoint(socket.remoteAddress ?? '', socket.remotePort ?? 0);
    this.address = plainAddress(socket.remoteAddress ?? '');
    this.subscriber = whence(this.address).subscriber;
    this.origin = originText({ address: this.address, certificate });
    this.log = log.child({ peer: this.peer });
    this.#outbox = new Outbox(socket, limits, () => this.close(new ChannelError('OFCH_OVERFLOW')));
    socket.setNoDelay(true);
    // Kept after the end: what a peer still sends must not keep the socket from closing.
    takeInTurns(socket, limits.turnBytes, (chunk) => this.#receive(chunk));
    socket.on('error', (error) => this.close(new ChannelError('OFCH_CLOSED', error.message)));
    socket.on('end', () => this.close(new ChannelError('OFCH_CLOSED', 'by the peer')));
    socket.on('close', () => this.close(new ChannelError('OFCH_CLOSED', 'by the peer')));
    this.#timer = setInterval(() => this.#tick(), limits.tickMs);
    this.#timer.unref();
    this.send({ type: 'hello', elements: [{ element: 'versionBitmap', versions: [4] }] });
  }

  get closed(): boolean {
    return this.#state === 'closed';
  }

  /** False while an echo request is not answered in time, which may be because the switch is busy. */
  get isAnswering(): boolean {
    return this.#pulse?.isAnswering ?? true;
  }

  /** True when it has not answered for longer than a switch that is only busy. */
  get isHanging(): boolean {
    return (this.#pulse?.unansweredMs ?? 0) > this.#limits.busyMs;
  }

  /** Queues a message; all that is queued in one turn of the event loop leaves in one write. Returns its xid. */
  send(message: Outgoing): number {
    const xid = this.nextXid();
    this.write((writer) => encode({ ...message, xid } as Message, writer));
    return xid;
  }

  /** Queues bytes that `put` appends: one or more whole messages with xids from `nextXid`. */
  write(put: (writer: Writer) => void): void {
    this.#outbox.write(put);
  }

  nextXid(): number {
    return this.nextXids(1);
  }

  /** The first of so many consecutive transaction ids that no message has yet. */
  nextXids(count: number): number {
    const first = this.#lastXid + count > MOST_XID ? 1 : this.#lastXid + 1;
    this.#lastXid = first + count - 1;
    return first;
  }

  /**
   * Sends a request and hands each answer to `take` until that returns true. An OFPT_ERROR is an answer too. What
   * `take` throws ends the connection. Rejects with ChannelError; with CodecError when the request cannot be encoded.
   */
  async exchange(request: Request, take: (answer: RawMessage) => boolean): Promise<void> {
    if (this.closed) throw new ChannelError('OFCH_CLOSED');
    if (this.#requests.full) throw new ChannelError('OFCH_BUSY');
    const xid = this.send(request);
    // Sending can end the connection, of a peer that takes nothing.
    if (this.closed) throw new ChannelError('OFCH_OVERFLOW');
    await this.#requests.add(xid, ANSWER_TYPE[request.type], take);
  }

  /** Sends a request that has one answer. Rejects as `exchange` does. */
  async request(request: Request): Promise<Message> {
    let answer: Message | undefined;
    await this.exchange(request, (raw) => {
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
    const begun = performance.now();
    await this.exchange({ type: 'barrierRequest' }, (answer) => {
      if (answer.type !== OFPT.barrierReply)
        throw new ChannelError('OFCH_UNEXPECTED', 'an error answers a barrier');
      this.#events.barrier?.((performance.now() - begun) / 1_000);
      return true;
    });
  }

  /** So much waits to be sent that a sender of much should wait for `ready`. */
  get congested(): boolean {
    return this.#outbox.congested;
  }

  /** Bytes that wait to be taken by the switch, or by the kernel for it. */
  get unsentBytes(): number {
    return this.#outbox.unsentBytes;
  }

  /** Resolves when the switch has taken what was sent so far, or the connection has ended. */
  ready(): Promise<void> {
    return this.#outbox.ready();
  }

  /** Ends the connection, after what waits to be sent; every waiting request fails with `reason`. */
  close(reason: ChannelError): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    clearInterval(this.#timer);
    this.#pulse?.stop();
    this.#outbox.end();
    this.#requests.fail(reason);
    this.#listeners.clear();
    this.#tellUnasked();
    this.#events.closed(this, reason);
  }

  #receive(chunk: Uint8Array): void {
    if (this.#state === 'closed') return;
    try {
      this.#framer.push(chunk, (bytes) => {
        if (!this.closed) this.#dispatch(rawMessage(bytes));
      });
    } catch (error) {
      this.close(asChannelError(error));
    }
  }

  #dispatch(message: RawMessage): void {
    if (this.#state === 'hello') this.#hello(message);
    else if (message.type === OFPT.echoRequest) this.#answerEcho(message);
    else if (this.#state === 'ready') this.#route(message);
    else this.#features(message);
  }

  #hello(message: RawMessage): void {
    const refusal = answerHello(message);
    if (refusal) {
      this.write((writer) => writer.append(refusal));
      throw new ChannelError('OFCH_VERSION', `HELLO of version ${message.version}`);
    }
    this.#state = 'features';
    this.send({ type: 'featuresRequest' });
  }

  #features(message: RawMessage): void {
    const datapathId = datapathIdOf(message);
    if (datapathId === undefined) return;
    this.datapathId = datapathId;
    this.#state = 'ready';
    this.#lastAnswer = performance.now();
    this.#pulse = new Pulse({
      ...this.#limits,
      ask: () => this.send({ type: 'echoRequest', data: NOTHING }),
      unanswered: () => this.#events.pulse?.(this),
      answered: () => this.#events.pulse?.(this),
    });
    this.#events.ready(this);
  }

  #route(message: RawMessage): void {
    const isTaken = this.#requests.answer(message);
    // Only an answer tells that the peer reads.
    if (isTaken || message.type === OFPT.echoReply || message.type === OFPT.error) this.#answered();
    if (isTaken) return;
    this.#unasked += 1;
    for (const take of this.#listeners) if (take(message)) return;
    this.#events.message(this, message);
  }

  #answered(): void {
    this.#lastAnswer = performance.now();
    this.#pulse?.answered();
  }

  #answerEcho(request: RawMessage): void {
    // A peer that asks and does not read gets no more answers to keep for it.
    if (this.#outbox.congested) return;
    const echo = decode(request.bytes);
    if (echo.type !== 'echoRequest') return;
    this.write((writer) => encode({ type: 'echoReply', xid: request.xid, data: echo.data }, writer));
  }

  #tellUnasked(): void {
    if (this.#unasked > 0) this.#events.unasked?.(this, this.#unasked);
    this.#unasked = 0;
  }

  #tick(): void {
    this.#tellUnasked();
    const now = performance.now();
    const { handshakeMs, stalledMs, silentMs, tickMs } = this.#limits;
    // While all of this process was held up, nobody could be heard: that is no peer's silence.
    const heldUp = Math.max(0, now - this.#tickedAt - 2 * tickMs);
    this.#tickedAt = now;
    this.#lastAnswer = Math.min(now, this.#lastAnswer + heldUp);
    this.#openedAt += heldUp;
    const silence = now - this.#lastAnswer;
    const stalled = now - (this.#outbox.stalledSince ?? now);
    const late = this.#state !== 'ready' && now - this.#openedAt > handshakeMs;
    if (late) this.close(new ChannelError('OFCH_HANDSHAKE_TIMEOUT'));
    else if (silence > silentMs) this.close(new ChannelError('OFCH_SILENT', `${Math.round(silence)} ms`));
    else if (stalled > stalledMs) this.close(new ChannelError('OFCH_OVERFLOW', `${Math.round(stalled)} ms`));
    this.#requests.expire(now);
  }
}

/** Whatever happens while a message is handled ends its connection only. */
function asChannelError(error: unknown): ChannelError {
  if (error instanceof ChannelError) return error;
  if (error instanceof CodecError) return new ChannelError('OFCH_MALFORMED', error.message, { cause: error });
  return new ChannelError('OFCH_FAULT', String(error), { cause: error });
}
