import { once } from 'node:events';
import type { Writable } from 'node:stream';

/** A stream that others read: as fast as they do, and until they stop, as `head` does. */
export class Output {
  readonly #stream: Writable;
  #failure: unknown;

  constructor(stream: Writable) {
    this.#stream = stream;
    stream.on('error', (error) => {
      this.#failure = error;
    });
  }

  /** False once nobody reads any more; then there is nothing left to do. Throws what else went wrong. */
  async write(data: string | Uint8Array): Promise<boolean> {
    if (data.length > 0 && this.#failure === undefined && !this.#stream.write(data)) await this.#drained();
    // An error is reported after the write, not by it.
    await new Promise(setImmediate);
    if (this.#failure === undefined) return true;
    if (isClosedPipe(this.#failure)) return false;
    throw this.#failure;
  }

  async #drained(): Promise<void> {
    try {
      await once(this.#stream, 'drain');
    } catch (error) {
      this.#failure = error;
    }
  }
}

function isClosedPipe(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EPIPE';
}
