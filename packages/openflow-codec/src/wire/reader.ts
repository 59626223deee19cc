import { CodecError } from '../errors.ts';
import type { LayoutOf, Members } from './layout.ts';
import { keep, slabFor } from './slab.ts';
import type { Struct } from './struct.ts';

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

/** True when there is one item up to `end`, if its length is true. */
export function isAlone({ view, at }: Reader, end: number): boolean {
  return end - at >= LEAST_ITEM && view.getUint16(at + 2) === end - at;
}

/** Bytes of the smallest action or instruction. */
const LEAST_ITEM = 8;

/**
 * Reads all of `bytes`, which came from a peer: `read` must use everything up to the end. Throws CodecError, whose
 * offset counts from the start of `bytes`: OFC_LENGTH, as `answer`, when `read` left some.
 */
export function readWhole<T>(
  bytes: Uint8Array,
  struct: string,
  read: (reader: Reader, end: number) => T,
  answer?: readonly [type: number, code: number],
): T {
  const end = reader.start(bytes);
  try {
    const result = read(reader, end);
    if (reader.at === end) return result;
    throw new CodecError('OFC_LENGTH', { struct, field: 'length', offset: reader.at }, answer);
  } catch (error) {
    throw error instanceof CodecError ? error.from(end - bytes.length) : error;
  }
}

/**
 * A position in a copy of bytes that came from a peer: nothing that it hands out keeps the input alive. The copy lies
 * among others, in a view that is made once for many: one for each message costs more than most messages' decoding.
 */
export class Reader {
  #slab = slabFor(0);
  #end = 0;
  #depth = 0;
  /** What lies in it behind the end belongs to others. */
  view = this.#slab.view;
  at = 0;

  /** Goes to the start of `bytes`, and returns the offset of their end. */
  start(bytes: Uint8Array): number {
    const slab = slabFor(bytes.length);
    slab.bytes.set(bytes, slab.used);
    this.#slab = slab;
    this.#depth = 0;
    this.view = slab.view;
    this.at = slab.used;
    this.#end = slab.used + bytes.length;
    return this.#end;
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

  /** The bytes up to `end`, to be kept by whoever asks, and moves there. */
  rest(end: number): Uint8Array {
    const bytes = this.copy(this.at, end);
    this.at = end;
    return bytes;
  }

  /** The bytes of any range, to be kept by whoever asks. */
  copy(start: number, end: number): Uint8Array {
    return keep(this.#slab, start, end, this.#end);
  }

  /** True when all bytes from `start` to `end` are zero. */
  isZero(start: number, end: number): boolean {
    for (let at = start; at < end; at++) if (this.view.getUint8(at) !== 0) return false;
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

/** One for all: nothing that reads is ever interrupted by another reading. */
const reader = new Reader();
