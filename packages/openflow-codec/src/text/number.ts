import { type Slice, unexpected } from './slice.ts';

const INTEGER = /^(?:0x[0-9a-f]+|\d+)$/i;

/** `0x…` in lower case. */
export function hexText(value: number | bigint): string {
  return `0x${value.toString(16)}`;
}

/** `0x…`, or `0` for zero, as C's %#x prints it. */
export function numberText(value: number | bigint): string {
  return value === 0 || value === 0n ? '0' : hexText(value);
}

/** A number of at most `bits` bits as C reads it: `0x` begins hexadecimal, another 0 octal. Throws OFT_VALUE. */
export function parseWide(slice: Slice, bits: number, what = 'a number'): bigint {
  const { text } = slice;
  const isOctal = /^0\d/.test(text);
  if (!INTEGER.test(text) || (isOctal && /[89]/.test(text)) || text.length > MOST_DIGITS) {
    throw unexpected('OFT_VALUE', slice, what);
  }
  const value = BigInt(isOctal ? `0o${text}` : text);
  if (BigInt.asUintN(bits, value) !== value) throw unexpected('OFT_VALUE', slice, `${what} of ${bits} bits`);
  return value;
}

/** As parseWide, for up to 32 bits. */
export function parseNumber(slice: Slice, bits: number, what = 'a number'): number {
  return Number(parseWide(slice, bits, what));
}

/** A 64-bit number, where -1 means that all bits are 1. Throws OFT_VALUE. */
export function parseCookie(slice: Slice): bigint {
  return slice.text === '-1' ? 0xffffffffffffffffn : parseWide(slice, 64);
}

/** Bytes in hexadecimal, with or without dots between them. Throws OFT_VALUE. */
export function parseBytes(slice: Slice): Uint8Array {
  const digits = slice.text.replace(/^0x/i, '').replaceAll('.', '');
  if (digits.length % 2 !== 0 || /[^0-9a-f]/i.test(digits))
    throw unexpected('OFT_VALUE', slice, 'bytes in hex');
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** Digits of the widest field, a tunnel option of 124 bytes, and some zeros in front. */
const MOST_DIGITS = 400;
