import { type CodecError, decode, encodeToBytes, errorName, type Message } from 'openflow-codec';

/** One line of JSON about a message: what it says and the bytes that this becomes again. */
export function messageJson(bytes: Uint8Array): string {
  const message = decode(bytes);
  return JSON.stringify({ message: plainOf(message), reencoded: hexOf(encodeToBytes(message)) });
}

/**
 * One line of JSON about bytes that are no message: why (one of CODEC_CODES), the OpenFlow error that a switch would send
 * (its name, or its type and code in numbers where it has none), and where.
 */
export function errorJson(error: CodecError): string {
  const { code, at, errorType, errorCode } = error;
  const name = errorName(errorType, errorCode);
  return JSON.stringify({
    error: { code, type: name === 'unknown' ? `${errorType}/${errorCode}` : name, at },
  });
}

/** A message's bytes in lower-case hex. */
export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}

/** The same in what JSON has: wide integers as `0x…`, bytes in hex. */
function plainOf(value: Message | unknown): unknown {
  if (typeof value === 'bigint') return `0x${value.toString(16)}`;
  if (value instanceof Uint8Array) return hexOf(value);
  if (Array.isArray(value)) return value.map(plainOf);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plainOf(member)]));
}
