/**
 * Milliseconds from when nobody above is named any more until we may be the master: the one who was may be about to put his
 * generation back into a database that was restored.
 */
export const HESITATION = 1_000;

/** What this controller is by one hypervisor's database, over all its sessions: its master, unless that names one above us. */
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
