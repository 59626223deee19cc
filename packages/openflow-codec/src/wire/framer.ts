import { OPENFLOW_13 } from '../constants.ts';
import { CodecError } from '../errors.ts';

/** Size of ofp_header (OF 1.3.5, 7.1): version, type, length, xid. */
export const HEADER_SIZE = 8;

const HELLO = 0;
const INITIAL_SIZE = 2048;
const MAX_MESSAGE = 0xffff;

/** Bounds of a Framer. */
export interface FramerOptions {
  /** Longest message that is accepted, in bytes; 65,535 (the format's own limit) unless told. */
  readonly maxBuffered?: number;
}

/**
 * Cuts a byte stream into whole OpenFlow messages, however the network split or joined them. It holds at most
 * one unfinished message, and copies each byte at most twice, also when a peer sends them one by one.
 */
export class Framer {
  readonly #maxBuffered: number;
  #held = new Uint8Array(0);
  #heldSize = 0;

  constructor(options: FramerOptions = {}) {
    this.#maxBuffered = Math.min(options.maxBuffered ?? MAX_MESSAGE, MAX_MESSAGE);
  }

  /** Bytes of the unfinished message at hand. */
  get buffered(): number {
    return this.#heldSize;
  }

  /**
   * Calls `onMessage` for each message that `chunk` completes. Its bytes are valid during the call only.
   * Throws CodecError for a header that no OpenFlow 1.3 message can have (HELLO may have any version); the
   * stream is out of step then, and the connection must be closed.
   */
  push(chunk: Uint8Array, onMessage: (bytes: Uint8Array) => void): void {
    let at = this.#finishHeld(chunk, onMessage);
    while (chunk.length - at >= HEADER_SIZE) {
      const size = this.#sizeOf(chunk, at);
      if (chunk.length - at < size) break;
      onMessage(chunk.subarray(at, at + size));
      at += size;
    }
    if (at < chunk.length) this.#hold(chunk, at, chunk.length);
  }

  /** Completes the held message from the start of `chunk`; returns how many bytes of it were used. */
  #finishHeld(chunk: Uint8Array, onMessage: (bytes: Uint8Array) => void): number {
    if (this.#heldSize === 0) return 0;
    let at = 0;
    if (this.#heldSize < HEADER_SIZE) {
      at = Math.min(HEADER_SIZE - this.#heldSize, chunk.length);
      this.#hold(chunk, 0, at);
      if (this.#heldSize < HEADER_SIZE) return at;
    }
    const size = this.#sizeOf(this.#held, 0);
    const end = Math.min(at + size - this.#heldSize, chunk.length);
    this.#hold(chunk, at, end);
    if (this.#heldSize === size) {
      this.#heldSize = 0;
      onMessage(this.#held.subarray(0, size));
    }
    return end;
  }

  #hold(chunk: Uint8Array, start: number, end: number): void {
    const least = this.#heldSize + end - start;
    if (least > this.#held.length) {
      const grown = new Uint8Array(Math.max(least, this.#held.length * 2, INITIAL_SIZE));
      grown.set(this.#held.subarray(0, this.#heldSize));
      this.#held = grown;
    }
    this.#held.set(chunk.subarray(start, end), this.#heldSize);
    this.#heldSize = least;
  }

  #sizeOf(bytes: Uint8Array, at: number): number {
    const version = bytes[at];
    if (version !== OPENFLOW_13 && (bytes[at + 1] !== HELLO || version === 0)) {
      throw new CodecError('OFC_VERSION', { struct: 'ofp_header', field: 'version', offset: at });
    }
    const size = ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
    if (size < HEADER_SIZE) {
      throw new CodecError('OFC_LENGTH', { struct: 'ofp_header', field: 'length', offset: at });
    }
    if (size > this.#maxBuffered) {
      throw new CodecError('OFC_BUFFER', { struct: 'ofp_header', field: 'length', offset: at });
    }
    return size;
  }
}
