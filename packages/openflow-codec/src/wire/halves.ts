/** Eight bytes through which a bigint becomes two 32-bit halves without making further bigints. */
const scratch = new DataView(new ArrayBuffer(8));

/** True when `value` is an unsigned integer of at most `bits` bits. */
export function fitsBits(value: bigint, bits: number): boolean {
  if (bits > 64) return BigInt.asUintN(bits, value) === value;
  if (BigInt.asUintN(64, value) !== value) return false;
  scratch.setBigUint64(0, value);
  return bits > 32
    ? scratch.getUint32(0) < 2 ** (bits - 32)
    : scratch.getUint32(0) === 0 && scratch.getUint32(4) < 2 ** bits;
}

/** Writes the lowest 16-bit words of `value`, four at most, most significant first. */
export function writeWords(view: DataView, at: number, words: number, value: bigint): void {
  scratch.setBigUint64(0, value);
  for (let word = 0; word < words; word++)
    view.setUint16(at + 2 * word, scratch.getUint16(2 * (4 - words + word)));
}

/** Reads one to four 16-bit words as a bigint. Eight bytes must end with them. */
export function readWords(view: DataView, at: number, words: number): bigint {
  const value = view.getBigUint64(at + 2 * words - 8);
  switch (words) {
    // A constant width lets the compiler drop the intermediate bigint.
    case 1:
      return BigInt.asUintN(16, value);
    case 2:
      return BigInt.asUintN(32, value);
    case 3:
      return BigInt.asUintN(48, value);
    default:
      return value;
  }
}
