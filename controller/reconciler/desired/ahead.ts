import type { Desired } from './desired.ts';

/** Flows that are compiled before the clock is looked at. */
const STEP = 64;
/** Milliseconds after which it is looked whether there is nothing else to do… */
const LOOK_MS = 1;
/** …which is so when of these so much, in parts of 1, was work at most. */
const IDLE = 0.5;

export interface AheadOptions {
  /** Milliseconds of one piece of work: nobody else waits for longer. Default: 2. */
  readonly pieceMs?: number;
  /** Whether there was nothing else to do while it waited. Default: the event loop slept for most of the time. */
  readonly isIdle?: () => boolean;
}

/**
 * Compiles the flows of switches that are about to connect while the event loop has nothing else to do, so that they need only
 * be written then. A switch that connects before its turn has its flows compiled by whoever needs them.
 */
export class Ahead {
  readonly #expected = new Set<Desired>();
  readonly #pieceMs: number;
  readonly #isIdle: () => boolean;
  #timer: NodeJS.Timeout | undefined;
  #since = performance.eventLoopUtilization();

  constructor({ pieceMs = 2, isIdle }: AheadOptions = {}) {
    this.#pieceMs = pieceMs;
    this.#isIdle = isIdle ?? (() => performance.eventLoopUtilization(this.#since).utilization < IDLE);
  }

  /** A switch is about to connect. Who is told of first comes first. */
  expect(desired: Desired): void {
    if (desired.isComplete) return;
    this.#expected.add(desired);
    this.#wait();
  }

  /** Its flows are nobody's any more. */
  forget(desired: Desired): void {
    this.#expected.delete(desired);
  }

  #wait(): void {
    if (this.#timer) return;
    this.#since = performance.eventLoopUtilization();
    this.#timer = setTimeout(() => this.#look(), LOOK_MS);
    this.#timer.unref();
  }

  #look(): void {
    this.#timer = undefined;
    if (this.#isIdle()) this.#compile(performance.now() + this.#pieceMs);
    if (this.#expected.size > 0) this.#wait();
  }

  #compile(end: number): void {
    for (const desired of this.#expected) {
      while (!desired.isComplete) {
        desired.compileMore(STEP);
        if (performance.now() >= end) return;
      }
      this.#expected.delete(desired);
    }
  }
}
