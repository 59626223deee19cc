import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fstatSync } from 'node:fs';
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

  /**
   * Calls `gone` when nobody reads a pipe any more, though there is nothing to write. Returns the function that ends that. Node
   * cannot ask the kernel; `tail -f` of GNU does, of its own output, and has ours. Without it, `write` will tell.
   */
  onUnread(gone: () => void): () => void {
    const { fd } = this.#stream as { readonly fd?: number };
    if (fd === undefined || !fstatSync(fd).isFIFO()) return () => undefined;
    const told = (code: number | null, signal: NodeJS.Signals | null) => {
      if (code === 1 || signal === 'SIGPIPE') gone();
    };
    const watcher = spawn('tail', ['-f', `--pid=${process.pid}`, '/dev/null'], {
      stdio: ['ignore', fd, 'ignore'],
    });
    watcher.on('error', () => undefined).on('exit', told);
    return () => watcher.off('exit', told).kill();
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
