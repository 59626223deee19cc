/** Lets one sleeper wait until it is woken or time is up. */
export class Alarm {
  #wake: (() => void) | undefined;

  /** Ends the present sleep, if there is one. */
  wake(): void {
    this.#wake?.();
  }

  /** Sleeps until woken, at most so many milliseconds; without them, until woken. */
  sleep(ms?: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = ms === undefined ? undefined : setTimeout(() => this.#wake?.(), ms).unref();
      this.#wake = () => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
    });
  }
}
