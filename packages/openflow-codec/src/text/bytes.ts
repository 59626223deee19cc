/** Bytes as lower-case hex digits, with a separator between them. */
export function bytesText(bytes: Uint8Array, separator = ''): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(separator);
}
