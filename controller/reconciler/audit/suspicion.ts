/** Milliseconds from a suspicion to the look, which doubles while suspicions go on; after so long a calm it is short again. */
const LOOK_MS = { first: 20, most: 10_000 };
const CALM_MS = 10_000;

/** Turns hints that something is wrong, however many, into looks at it: soon at first, then less and less often. */
export class Suspicion {
  readonly #look: () => void;
  #timer: NodeJS.Timeout | undefined;
  #delay = LOOK_MS.first;
  #lastLook = Number.NEGATIVE_INFINITY;

  constructor(look: () => void) {
    this.#look = look;
  }

  /** True from a hint to the look. */
  get isRaised(): boolean {
    return this.#timer !== undefined;
  }

  raise(): void {
    if (this.#timer) return;
    if (performance.now() - this.#lastLook > CALM_MS + this.#delay) this.#delay = LOOK_MS.first;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#lastLook = performance.now();
      this.#delay = Math.min(this.#delay * 2, LOOK_MS.most);
      this.#look();
    }, this.#delay).unref();
  }

  /** Forgets what was suspected. */
  drop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
