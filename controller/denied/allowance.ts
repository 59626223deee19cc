/** So many packets a second, and at once after a rest. */
export class Allowance {
  #rate = 0;
  #burst = 0;
  #left = 0;
  #last = Number.NEGATIVE_INFINITY;

  /** Times in milliseconds. */
  change({ rate, burst }: { readonly rate: number; readonly burst: number }, now: number): void {
    this.#fill(now);
    this.#left = Math.min(
      burst,
      this.#last === Number.NEGATIVE_INFINITY ? burst : this.#left + burst - this.#burst,
    );
    this.#rate = rate;
    this.#burst = burst;
    this.#last = now;
  }

  /** Whether there may be one more. */
  take(now: number): boolean {
    this.#fill(now);
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }

  #fill(now: number): void {
    const more = ((now - this.#last) / 1_000) * this.#rate;
    if (this.#rate > 0) this.#left = Math.min(this.#burst, this.#left + more);
    this.#last = now;
  }
}
