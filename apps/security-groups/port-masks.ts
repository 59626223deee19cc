/** A set of ports that one match can compare: those that equal `value` in the bits of `mask`. */
export interface PortMask {
  readonly value: number;
  readonly mask: number;
}

const BITS = 16;
const ALL = 0xffff;

/** The fewest masks that together are the ports from `first` to `last`, both inclusive; none of an empty range. */
export function portMasks(first: number, last: number): readonly PortMask[] {
  const masks: PortMask[] = [];
  let next = first;
  while (next <= last) {
    let bits = 0;
    // The largest block that begins here and ends in the range.
    while (bits < BITS && next % 2 ** (bits + 1) === 0 && next + 2 ** (bits + 1) - 1 <= last) bits++;
    masks.push({ value: next, mask: (ALL << bits) & ALL });
    next += 2 ** bits;
  }
  return masks;
}
