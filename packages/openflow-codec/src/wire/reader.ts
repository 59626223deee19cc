import { CodecError } from '../errors.ts';
import { copyOf } from './copy.ts';
import type { LayoutOf, Members, Struct } from './struct.ts';

/** Deepest nesting of actions in actions and messages in bundles; Open vSwitch's own limit is about the same. */
export const MAX_DEPTH = 16;

/**
 * How many items follow up to `end`, if the 16-bit lengths two bytes after each one's start are true: a list of that
 * size has no room that nobody uses.
 */
export function countSized({ view, at }: Reader, end: number): number {
  let count = 0;
  for (let next = at; end - next >= LEAST_ITEM; count++)
    next += Math.max(view.getUint16(next + 2), LEAST_ITEM);
  return count;
}

/** Bytes of the smallest action or instruction. */
const LEAST_ITEM = 8;

/** A position in bytes that came from a peer. What it hands out is a copy: nothing keeps the input alive. */
export class Reader {
  readonly view: DataView;
  at = 0;
  readonly #bytes: Uint8Array;
  #depth = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get size(): number {
    return this.#bytes.length;
  }

  /** Moves over `size` bytes, which must lie before `end`, and returns where they began. Throws OFC_SHORT. */
  take(size: number, end: number, struct: string, answer?: readonly [type: number, code: number]): number {
    const at = this.at;
    if (end - at < size) throw new CodecError('OFC_SHORT', { struct, offset: at }, answer);
    this.at = at + size;
    return at;
  }

  /** Reads one structure that must lie before `end`. Throws OFC_SHORT. */
  members<L extends LayoutOf>(layout: Struct<L>, end: number): Members<L> {
    return layout.readMembers(this.view, this.take(layout.size, end, layout.name));
  }

  /** A copy of the bytes up to `end`, and moves there. */
  rest(end: number): Uint8Array {
    const bytes = copyOf(this.#bytes, this.at, end);
    this.at = end;
    return bytes;
  }

  /** A copy of any range. */
  copy(start: number, end: number): Uint8Array {
    return copyOf(this.#bytes, start, end);
  }

  /** True when all bytes from `start` to `end` are zero. */
  isZero(start: number, end: number): boolean {
    for (let at = start; at < end; at++) if (this.#bytes[at] !== 0) return false;
    return true;
  }

  /** Runs `work` one level deeper. Throws OFC_DEPTH beyond MAX_DEPTH. */
  nested<T>(struct: string, work: () => T): T {
    if (this.#depth >= MAX_DEPTH) throw new CodecError('OFC_DEPTH', { struct, offset: this.at });
    this.#depth++;
    try {
      return work();
    } finally {
      this.#depth--;
    }
  }
}
