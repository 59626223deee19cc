/**
 * Checksums as Open vSwitch's userspace datapath keeps them up when it rewrites a header (lib/csum.c): from the old
 * sum and the change, never from the whole packet, so that a wrong sum stays wrong.
 */

/** The sum at `sumAt` after `size` bytes (even) became `bytes`, starting with what `old` had there (RFC 1624). */
export function adjust(view: DataView, sumAt: number, old: Uint8Array, bytes: Uint8Array): void {
  let sum = view.getUint16(sumAt);
  for (let at = 0; at < bytes.length; at += 2) {
    sum = finish((~sum & 0xffff) + (~pair(old, at) & 0xffff) + pair(bytes, at));
  }
  view.setUint16(sumAt, sum);
}

/** The Internet checksum over bytes (RFC 1071); `initial` is a sum that was begun elsewhere. */
export function checksumOf(bytes: Uint8Array, initial = 0): number {
  return finish(sumOf(bytes, initial));
}

/** The sum of 16-bit words, not yet folded; a last odd byte counts as the upper half. */
export function sumOf(bytes: Uint8Array, initial = 0): number {
  let sum = initial;
  for (let at = 0; at < bytes.length; at += 2) sum += pair(bytes, at);
  return sum;
}

function pair(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

function finish(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 0x10000);
  return ~folded & 0xffff;
}

/** CRC-32C (RFC 9260, appendix A) as SCTP has it on the wire, in the order of the wire. */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ (CRC_TABLE[(crc ^ byte) & 0xff] ?? 0);
  const value = ~crc;
  return (
    ((value & 0xff) << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | ((value >>> 24) & 0xff)
  );
}

/** The polynomial 0x1edc6f41, bit-reversed. */
const CRC_POLYNOMIAL = 0x82f63b78;
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ CRC_POLYNOMIAL : crc >>> 1;
  return crc;
});
