import { ChannelError } from './errors.ts';
import type { ChannelLimits } from './limits.ts';
import { OFPT, type RawMessage } from './raw-message.ts';

/** A request that waits for its answer. */
interface Waiting {
  /** Type of the answer's messages. */
  readonly answerType: number;
  /** Returns true when the answer is complete. */
  readonly take: (message: RawMessage) => boolean;
  readonly resolve: () => void;
  readonly reject: (reason: ChannelError) => void;
  bytes: number;
  deadline: number;
}

/** The requests of one connection that wait for their answers, by transaction id. */
export class Requests {
  readonly #limits: ChannelLimits;
  readonly #waiting = new Map<number, Waiting>();

  constructor(limits: ChannelLimits) {
    this.#limits = limits;
  }

  get full(): boolean {
    return this.#waiting.size >= this.#limits.requests;
  }

  /** Resolves when `take` has returned true for an answer; rejects with what `fail` or `expire` brings. */
  add(xid: number, answerType: number, take: (message: RawMessage) => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const deadline = performance.now() + this.#limits.requestMs;
      this.#waiting.set(xid, { answerType, take, resolve, reject, bytes: 0, deadline });
    });
  }

  /**
   * Hands a message to the request that it answers; false when it answers none. What `take` throws comes through,
   * and the request goes on waiting: for the end of the connection, which such an answer brings about.
   */
  answer(message: RawMessage): boolean {
    const waiting = this.#waiting.get(message.xid);
    if (!waiting || (message.type !== waiting.answerType && message.type !== OFPT.error)) return false;
    waiting.bytes += message.bytes.length;
    waiting.deadline = performance.now() + this.#limits.requestMs;
    if (waiting.take(message)) {
      this.#waiting.delete(message.xid);
      waiting.resolve();
    } else if (waiting.bytes > this.#limits.answerBytes) {
      throw new ChannelError('OFCH_ANSWER_SIZE', `${waiting.bytes} bytes`);
    }
    return true;
  }

  /** Fails the requests whose time is up. */
  expire(now: number): void {
    for (const [xid, waiting] of this.#waiting) {
      if (waiting.deadline > now) continue;
      this.#waiting.delete(xid);
      waiting.reject(new ChannelError('OFCH_TIMEOUT'));
    }
  }

  /** Fails all of them. */
  fail(reason: ChannelError): void {
    for (const waiting of this.#waiting.values()) waiting.reject(reason);
    this.#waiting.clear();
  }
}
