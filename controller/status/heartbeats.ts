/** When a hypervisor was at work, as far as this process has seen. Times are milliseconds since the epoch. */
export interface Heartbeat {
  readonly isAlive: boolean;
  /** When its present time at work began, or its last. */
  readonly startedAt: number;
  /** When it was last at work. */
  readonly seenAt: number;
}

/** Remembers when hypervisors came and went. Sessions tell by themselves, so that nothing is polled. */
export class Heartbeats {
  readonly #isAlive: (systemId: string) => boolean;
  readonly #clock: () => number;
  readonly #seen = new Map<string, Heartbeat>();

  constructor(isAlive: (systemId: string) => boolean, clock: () => number = Date.now) {
    this.#isAlive = isAlive;
    this.#clock = clock;
  }

  /** A session of the hypervisor came or went. */
  look(systemId: string): void {
    const before = this.#seen.get(systemId);
    const isAlive = this.#isAlive(systemId);
    if (isAlive === (before?.isAlive ?? false)) return;
    const now = this.#clock();
    this.#seen.set(systemId, { isAlive, startedAt: isAlive ? now : (before?.startedAt ?? now), seenAt: now });
  }

  /** Nothing if it was not at work since this process started. */
  of(systemId: string): Heartbeat | undefined {
    this.look(systemId);
    const found = this.#seen.get(systemId);
    return found?.isAlive ? { ...found, seenAt: this.#clock() } : found;
  }

  /** The hypervisor is gone for good. */
  forget(systemId: string): void {
    this.#seen.delete(systemId);
  }
}
