/** News that a switch has none of our flows, which nobody can see any more once it has some. */
export class Emptiness {
  readonly #tell: () => Promise<void>;
  #told: Promise<void> = Promise.resolve();

  constructor(tell: () => Promise<void>) {
    this.#tell = tell;
  }

  /** Resolves when others know of it, for good: before that the switch is to be given nothing. */
  get told(): Promise<void> {
    return this.#told;
  }

  tell(): Promise<void> {
    this.#told = this.#tell();
    return this.#told;
  }
}
