import { CodecError } from '../errors.ts';

/** Most bytes that one OpenFlow message, and so any part of it, can have: its length field has 16 bits. */
export const MAX_SIZE = 0xffff;

const INITIAL_SIZE = 4096;
const SLACK = 8;

/** One growable buffer for any number of encoded messages; reuse it instead of making new ones. */
export class Writer {
  #bytes = new Uint8Array(INITIAL_SIZE);
  #view = new DataView(this.#bytes.buffer);
  #size = 0;
  /** Bytes that may be written: some less than there are, so that short values may be written as long ones. */
  #room = INITIAL_SIZE - SLACK;

  /** Over the whole buffer. Growing replaces it: take it after `reserve`, not before. */
  get view(): DataView {
    return this.#view;
  }

  /** Bytes written so far. */
  get size(): number {
    return this.#size;
  }

  /** Makes room for `size` bytes and returns where they begin. They hold garbage until they are written. */
  reserve(size: number): number {
    const at = this.#size;
    const end = at + size;
    if (end > this.#room) this.#grow(end);
    this.#size = end;
    return at;
  }

  /**
   * Makes room for `size` bytes without appending any, and returns where they would begin: what is written there
   * directly is appended by `advance`. For lists whose items are too small to reserve room for each.
   */
  ensure(size: number): number {
    if (this.#size + size > this.#room) this.#grow(this.#size + size);
    return this.#size;
  }

  /** Appends what was written up to `end` in ensured room. */
  advance(end: number): void {
    this.#size = end;
  }

  /** Appends `size` zero bytes. */
  pad(size: number): void {
    const at = this.reserve(size);
    // Padding is mostly a few bytes.
    if (size > SLACK) this.#bytes.fill(0, at, at + size);
    else {
      this.#view.setUint32(at, 0);
      this.#view.setUint32(at + 4, 0);
    }
  }

  /** Appends zeros until the bytes from `start` on are a multiple of 8. */
  align(start: number): void {
    const odd = (this.#size - start) & 7;
    if (odd > 0) this.pad(8 - odd);
  }

  /** Appends a copy of `bytes`. */
  append(bytes: Uint8Array): void {
    const at = this.reserve(bytes.length);
    this.#bytes.set(bytes, at);
  }

  /** Appends the bytes of a text of one character a byte (0–255): so text can be kept in place of bytes. */
  appendText(text: string): void {
    const { length } = text;
    const at = this.reserve(length);
    const bytes = this.#bytes;
    for (let index = 0; index < length; index++) bytes[at + index] = text.charCodeAt(index);
  }

  /** Writes the number of bytes from `start` to the end into the 16-bit member at `at`. Throws OFC_SIZE. */
  writeSize(at: number, start: number, struct: string): void {
    const size = this.#size - start;
    if (size > MAX_SIZE) throw new CodecError('OFC_SIZE', { struct, field: 'length', offset: start });
    this.#view.setUint16(at, size);
  }

  /** What was written, without a copy: valid until the next change of this writer. */
  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#size);
  }

  /** Forgets what was written from `size` on, or everything. */
  reset(size = 0): void {
    this.#size = size;
  }

  #grow(least: number): void {
    const grown = new Uint8Array(Math.max(least + SLACK, this.#bytes.length * 2));
    grown.set(this.bytes());
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
    this.#room = grown.length - SLACK;
  }
}
