import type { Socket } from 'node:net';
import { Writer } from 'openflow-codec';
import type { ChannelLimits } from './limits.ts';

/** Bytes that are worth a write of their own before the turn of the event loop ends. */
const WRITE_CHUNK = 64 * 1024;

/** What waits to be sent on one connection: all of one turn of the event loop leaves in one write. */
export class Outbox {
  readonly #socket: Socket;
  readonly #limits: ChannelLimits;
  readonly #overflow: () => void;
  readonly #writer = new Writer();
  #scheduled: NodeJS.Immediate | undefined;
  #ended = false;
  #stalledSince: number | undefined;
  #waiting: (() => void)[] = [];

  /** `overflow` runs when the peer lets more wait than it may. */
  constructor(socket: Socket, limits: ChannelLimits, overflow: () => void) {
    this.#socket = socket;
    this.#limits = limits;
    this.#overflow = overflow;
    socket.on('drain', () => this.#drained());
  }

  /** Bytes that wait here, because neither the peer nor the kernel has taken them. */
  get unsentBytes(): number {
    return this.#writer.size + this.#socket.writableLength;
  }

  /** So much waits that whoever has much to send should wait for `ready`. */
  get congested(): boolean {
    return this.unsentBytes >= this.#limits.congestedBytes;
  }

  /** The time, as of performance.now(), since when the peer has not taken what waits; undefined when it has. */
  get stalledSince(): number | undefined {
    return this.#stalledSince;
  }

  /** Queues what `put` appends. What `put` throws leaves the queue as it was. */
  write(put: (writer: Writer) => void): void {
    if (this.#ended) return;
    const before = this.#writer.size;
    try {
      put(this.#writer);
    } catch (error) {
      this.#writer.reset(before);
      throw error;
    }
    if (this.#writer.size >= WRITE_CHUNK) this.#flush();
    else this.#scheduled ??= setImmediate(() => this.#flush());
  }

  /** Resolves when the peer has taken everything, or the outbox has ended. */
  ready(): Promise<void> {
    this.#flush();
    if (this.#ended || !this.#socket.writableNeedDrain) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Sends what waits, then ends the socket: at once when the peer does not take it within `closeMs`. */
  end(): void {
    if (this.#ended) return;
    this.#send();
    this.#ended = true;
    this.#drained();
    const timer = setTimeout(() => this.#socket.destroy(), this.#limits.closeMs);
    this.#socket.once('close', () => clearTimeout(timer));
    this.#socket.destroySoon();
  }

  #flush(): void {
    if (this.#ended) return;
    this.#send();
    if (this.#socket.writableLength > this.#limits.unsentBytes) this.#overflow();
  }

  #send(): void {
    clearImmediate(this.#scheduled);
    this.#scheduled = undefined;
    if (this.#writer.size === 0) return;
    // Small pieces, as most are, come from one buffer.
    const bytes = Buffer.from(this.#writer.bytes());
    this.#writer.reset();
    if (!this.#socket.write(bytes)) this.#stalledSince ??= performance.now();
  }

  #drained(): void {
    this.#stalledSince = undefined;
    for (const resume of this.#waiting.splice(0)) resume();
  }
}
