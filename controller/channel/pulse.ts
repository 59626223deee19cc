export interface PulseOptions {
  /** Milliseconds without an answer of the peer after which it is asked… */
  readonly idleMs: number;
  /** …and that it then has to answer. */
  readonly answerMs: number;
  /** Sends what a peer answers at once. */
  readonly ask: () => void;
  /** The peer has not answered in time; told again as often as that time passes without an answer. */
  readonly unanswered: () => void;
  /** It has answered after all. */
  readonly answered: () => void;
}

/**
 * Whether a peer answers. A machine that vanishes says nothing, and TCP takes minutes to notice; one that reads nothing may still
 * send: so a peer that has answered nothing for a while is sent an echo request. What its silence means is for the owner to
 * decide, who may know that it is only busy.
 */
export class Pulse {
  readonly #options: PulseOptions;
  #answeredAt = performance.now();
  /** When the question that waits for its answer was asked. */
  #askedAt: number | undefined;
  #isAnswering = true;
  #timer: NodeJS.Timeout;
  #verdict: NodeJS.Immediate | undefined;

  constructor(options: PulseOptions) {
    this.#options = options;
    this.#timer = this.#in(options.idleMs);
  }

  /** False from the end of the time for an answer until one comes. */
  get isAnswering(): boolean {
    return this.#isAnswering;
  }

  /** Milliseconds since it was asked what it has not answered; 0 when nothing is open. */
  get unansweredMs(): number {
    return this.#askedAt === undefined ? 0 : performance.now() - this.#askedAt;
  }

  /** The peer has answered something, be it another question. */
  answered(): void {
    this.#answeredAt = performance.now();
    this.#askedAt = undefined;
    if (this.#isAnswering) return;
    this.#isAnswering = true;
    this.#options.answered();
  }

  stop(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#verdict);
  }

  #look(): void {
    const { idleMs, answerMs, ask } = this.#options;
    const now = performance.now();
    if (this.#askedAt !== undefined) {
      this.#timer = this.#in(answerMs);
      // While this process was held up the answer may have come: it is read before this.
      this.#verdict = setImmediate(() => this.#judge());
    } else if (now - this.#answeredAt < idleMs) {
      this.#timer = this.#in(this.#answeredAt + idleMs - now);
    } else {
      this.#askedAt = now;
      this.#timer = this.#in(answerMs);
      ask();
    }
  }

  #judge(): void {
    if (this.#askedAt === undefined) return;
    this.#isAnswering = false;
    this.#options.unanswered();
  }

  #in(ms: number): NodeJS.Timeout {
    return setTimeout(() => this.#look(), Math.max(1, Math.ceil(ms))).unref();
  }
}
