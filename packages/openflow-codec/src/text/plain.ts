import { bytesText } from './bytes.ts';
import { hexText } from './number.ts';

const ALL_BITS = 0xffffffffffffffffn;
const ROW = 16;

/** Names of bits joined by `separator`, `0` for none, bits without a name as one number. */
export function bitNames(
  bits: number,
  names: readonly (readonly [bit: number, name: string])[],
  separator = ' ',
): string {
  if (bits === 0) return '0';
  const known = names.filter(([bit]) => (bits & bit) !== 0);
  const rest = known.reduce((left, [bit]) => left & ~bit, bits) >>> 0;
  return [...known.map(([, name]) => name), ...(rest === 0 ? [] : [hexText(rest)])].join(separator);
}

/** Seconds with as many decimals as the nanoseconds need: none, 3, or up to 9. */
export function durationText(seconds: number, nanoseconds: number): string {
  if (nanoseconds === 0) return `${seconds}s`;
  const digits = String(nanoseconds).padStart(9, '0');
  return `${seconds}.${nanoseconds % 1_000_000 === 0 ? digits.slice(0, 3) : digits.replace(/0+$/, '')}s`;
}

/** A counter, `?` for one that the switch does not have. */
export function counterText(value: bigint): string {
  return value === ALL_BITS ? '?' : String(value);
}

/** Bytes as `hexdump -C` shows them, in rows of 16. */
export function hexDump(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += ROW) {
    const row = bytes.subarray(at, at + ROW);
    const left = bytesText(row.subarray(0, ROW / 2), ' ');
    const right = bytesText(row.subarray(ROW / 2), ' ');
    const hex = row.length < ROW / 2 ? left : `${left}-${right}`;
    const printable = Array.from(row, (byte) =>
      byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.',
    );
    text += `${at.toString(16).padStart(8, '0')}  ${hex.padEnd(ROW * 3 - 1)} |${printable.join('').padEnd(ROW)}|\n`;
  }
  return text;
}

/** Text with everything that can't be printed as `\xNN`. */
export function printable(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => {
    if (byte === 0x5c) return '\\\\';
    return byte >= 0x20 && byte < 0x7f
      ? String.fromCharCode(byte)
      : `\\x${byte.toString(16).padStart(2, '0')}`;
  }).join('');
}
