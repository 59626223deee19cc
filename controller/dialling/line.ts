import type { Guest } from '#controller/door/door';
import { reasonOf } from './call.ts';
import { type DialTarget, targetText } from './target.ts';

/** What a line stands on. */
export interface LineOptions {
  readonly target: DialTarget;
  /** One call, once there is room for it. */
  readonly call: (target: DialTarget) => Promise<Guest>;
  /** Gets each connection that is made; what the peer says goes to who listens by the time this returns. */
  readonly welcome: (guest: Guest) => void;
  /** For the log: why it fails, when that has become certain or different; undefined when it succeeds again. */
  readonly told: (target: string, failure: string | undefined) => void;
  /** A number below 1, for each wait. Default Math.random. */
  readonly random?: () => number;
}

/** Milliseconds until the next call after each failure in a row; the last for all others. */
const WAITS = [20, 50, 100, 250, 500, 1_000];
/** A connection that lasted so long was one; those that end sooner count as failures. */
const LASTING_MS = 1_000;

/**
 * Keeps one connection to a target: calls at once, calls again as soon as the connection ends, and after failures a little later
 * each time, up to a second, so that a controller is back with its hypervisors at once, and they with it.
 */
export class Line {
  readonly #options: LineOptions;
  readonly #name: string;
  readonly #random: () => number;
  #state: 'calling' | 'connected' | 'waiting' | 'stopped' = 'waiting';
  #failures = 0;
  #failure: string | undefined;
  #told: string | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: LineOptions) {
    this.#options = options;
    this.#name = targetText(options.target);
    this.#random = options.random ?? Math.random;
    void this.#call();
  }

  /** `tcp:HOST:PORT`. */
  get target(): string {
    return this.#name;
  }

  /** Why the last call failed, for people; undefined while there is a connection, and before the first call has ended. */
  get failure(): string | undefined {
    return this.#state === 'connected' ? undefined : this.#failure;
  }

  /** Whoever is called has changed: calls at once unless there is a connection, and begins anew with short waits. */
  hurry(): void {
    this.#failures = 0;
    if (this.#state === 'waiting') void this.#call();
  }

  /** Calls no more. A connection that there is stays with who has it. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#state = 'stopped';
  }

  async #call(): Promise<void> {
    clearTimeout(this.#timer);
    this.#state = 'calling';
    try {
      this.#connected(await this.#options.call(this.#options.target));
    } catch (error) {
      this.#failed(reasonOf(error));
    }
  }

  #connected(guest: Guest): void {
    const { socket } = guest;
    if (this.#isStopped) {
      socket.destroy();
      return;
    }
    this.#state = 'connected';
    const begun = performance.now();
    let reason = 'it ends each connection as soon as it has begun';
    socket.on('error', (error) => {
      reason = reasonOf(error);
    });
    const proven = setTimeout(() => this.#proven(), LASTING_MS).unref();
    socket.once('close', () => {
      clearTimeout(proven);
      if (this.#isStopped) return;
      if (performance.now() - begun < LASTING_MS) return this.#failed(reason);
      this.#state = 'waiting';
      void this.#call();
    });
    this.#options.welcome(guest);
  }

  #proven(): void {
    this.#failures = 0;
    this.#failure = undefined;
    this.#tell(undefined);
  }

  #failed(reason: string): void {
    if (this.#isStopped) return;
    this.#state = 'waiting';
    this.#failure = reason;
    const wait = WAITS[Math.min(this.#failures, WAITS.length - 1)] ?? 0;
    this.#failures += 1;
    // A hypervisor that is just starting is nothing to tell of.
    if (this.#failures >= WAITS.length) this.#tell(reason);
    // Those that failed together shall not all call together.
    this.#timer = setTimeout(() => void this.#call(), wait * (0.5 + this.#random() / 2));
  }

  #tell(failure: string | undefined): void {
    if (this.#told === failure) return;
    this.#told = failure;
    this.#options.told(this.#name, failure);
  }

  get #isStopped(): boolean {
    return this.#state === 'stopped';
  }
}
