const decoder = new TextDecoder('utf-8', { fatal: true });
const encoder = new TextEncoder();

/** Lone surrogates that stand for single bytes in text that is not UTF-8, as in Python's surrogateescape. */
const ESCAPE = 0xdc00;
const ESCAPED = /[\udc80-\udcff]/u;

/** Text up to the first zero byte: UTF-8, or bytes that keep their value when they are written again. */
export function decodeText(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  const used = end < 0 ? bytes : bytes.subarray(0, end);
  try {
    return decoder.decode(used);
  } catch {
    return Array.from(used, (byte) => String.fromCharCode(byte < 0x80 ? byte : ESCAPE + byte)).join('');
  }
}

/** The inverse of decodeText, without the zero byte. */
export function encodeText(text: string): Uint8Array {
  if (!ESCAPED.test(text)) return encoder.encode(text);
  return Uint8Array.from(text, (character) => character.charCodeAt(0) & 0xff);
}
