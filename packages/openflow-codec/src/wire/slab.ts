/** Memory that many messages are copied into, one after the other. */
export interface Slab {
  readonly bytes: Uint8Array;
  readonly buffer: ArrayBuffer;
  readonly view: DataView;
  /** Bytes that somebody keeps; what is read next is copied behind them. */
  used: number;
}

/** Longest message of which parts are handed out without another copy. */
const LONGEST_SHARED = 1024;
const SLAB_SIZE = 32_768;
const LARGE_SIZE = 0x1_0000;

let shared = makeSlab(SLAB_SIZE);
const large = makeSlab(LARGE_SIZE);

/** A slab with room for `size` bytes behind those in use. Valid until the next call. */
export function slabFor(size: number): Slab {
  if (size > LONGEST_SHARED) return size > LARGE_SIZE ? makeSlab(size) : large;
  if (shared.used + size > SLAB_SIZE) shared = makeSlab(SLAB_SIZE);
  return shared;
}

/**
 * The bytes of a range, which nobody will write to again. `end` is where the message ends: all of it stays in the slab,
 * as long as it is a short one. Making a buffer for each range costs more than decoding the rest of a packet-in.
 */
export function keep(slab: Slab, start: number, end: number, messageEnd: number): Uint8Array {
  if (slab === large) return copyOf(large.bytes, start, end);
  if (slab.used < messageEnd) slab.used = messageEnd;
  return new Uint8Array(slab.buffer, start, end - start);
}

function copyOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const size = end - start;
  if (size > LONGEST_SHARED) return bytes.slice(start, end);
  const slab = slabFor(size);
  slab.bytes.set(bytes.subarray(start, end), slab.used);
  return keep(slab, slab.used, slab.used + size, slab.used + size);
}

/** With some bytes behind the last that may be used, so that short values may be read as long ones. */
function makeSlab(size: number): Slab {
  const buffer = new ArrayBuffer(size + 8);
  return { bytes: new Uint8Array(buffer), buffer, view: new DataView(buffer), used: 0 };
}
