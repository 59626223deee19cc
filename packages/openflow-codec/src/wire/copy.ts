/** Most bytes of a copy that lies among others; a longer one gets a buffer of its own. */
const LONGEST_SHARED = 1024;
const SLAB_SIZE = 8192;

let slab = new Uint8Array(SLAB_SIZE);
let used = 0;

/**
 * A copy of a range, also of a Buffer, whose `slice` would be a view. Short copies share one ArrayBuffer, as those of
 * Node's `Buffer.from` do: making a buffer for each costs more than decoding the rest of a packet-in.
 */
export function copyOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const size = end - start;
  const target = size > LONGEST_SHARED ? new Uint8Array(size) : sliceOfSlab(size);
  if (size < 32) for (let at = 0; at < size; at++) target[at] = bytes[start + at] ?? 0;
  else target.set(bytes.subarray(start, end));
  return target;
}

function sliceOfSlab(size: number): Uint8Array {
  if (used + size > SLAB_SIZE) {
    slab = new Uint8Array(SLAB_SIZE);
    used = 0;
  }
  used += size;
  return slab.subarray(used - size, used);
}
