/**
 * Milliseconds that we wait before we become the master when the database stops naming a newer one: if it was restored, that
 * one may be about to write its generation again.
 */
export const HESITATION = 1_000;

/** Whether this controller is a hypervisor's master as far as its database tells, over all sessions: unless that names a newer one. */
export class Standing {
  #outrankedBy: bigint | undefined;
  #freeSince: number | undefined;

  /** The generation of the master above us; undefined when this controller is the master, or may become it. */
  get outrankedBy(): bigint | undefined {
    return this.#outrankedBy;
  }

  /**
   * Takes in who is above us now, if anybody, and returns after how many milliseconds to tell again though nothing has changed; 0
   * means never. Knows no clock: `now` is in milliseconds.
   */
  judge(above: bigint | undefined, now: number): number {
    if (above === undefined && this.#outrankedBy !== undefined) {
      this.#freeSince ??= now;
      const left = this.#freeSince + HESITATION - now;
      if (left > 0) return left;
    }
    this.#freeSince = undefined;
    this.#outrankedBy = above;
    return 0;
  }
}
