import { isDeepStrictEqual } from 'node:util';
import {
  CodecError,
  decode,
  encodeToBytes,
  evictionOf,
  formatMessage,
  isAbbreviatedUpdate,
  type Message,
  multipartBody,
  walkFlowStats,
} from '../index.ts';
import { hexOf } from './vectors.ts';

/** What became of bytes that a peer may have sent. */
export type Outcome = 'refused' | 'identical' | 'normalised';

/** Most bytes that a decoded message may take for each byte of the wire, and for a message at all. */
const MOST_GROWTH = { factor: 64, constant: 4096 } as const;

/**
 * Holds the codec to its promises with any bytes: it refuses them with CodecError, or understands them, in memory of a
 * bounded multiple of their size, so that what it writes back is the same message and, but for padding, the same bytes.
 * Throws when a promise is broken.
 */
export function checkBytes(bytes: Uint8Array): Outcome {
  const message = orCodecError(() => decode(bytes));
  if (message === undefined) return 'refused';
  const most = MOST_GROWTH.factor * bytes.length + MOST_GROWTH.constant;
  if (weightOf(message) > most) throw new Error(`more than ${most} bytes for ${bytes.length}`);
  orCodecError(() => formatMessage(message));
  const written = encodeToBytes(message);
  // What is read lies among other bytes: they must not show through.
  orCodecError(() => decode(FILLER));
  const again = decode(written);
  if (!isDeepStrictEqual(again, message))
    throw new Error(`written back as another message: ${hexOf(written)}`);
  if (hexOf(encodeToBytes(again)) !== hexOf(written))
    throw new Error(`written twice, differs: ${hexOf(written)}`);
  checkWalk(bytes, message);
  checkEviction(bytes, message);
  if (written.length !== bytes.length) throw new Error(`written back with another size: ${hexOf(written)}`);
  let outcome: Outcome = 'identical';
  for (const [at, byte] of bytes.entries()) {
    if (byte === written[at]) continue;
    // Padding and reserved bits may have been anything, and are written as zeros; no bit may appear.
    if (written[at] === undefined || (written[at] & ~byte) !== 0) {
      throw new Error(`byte ${at} is written back otherwise: ${hexOf(written)}`);
    }
    outcome = 'normalised';
  }
  return outcome;
}

/** No message, and so kept by nobody: the next one lies over its beginning. */
const FILLER = new Uint8Array(1024).fill(0xff);

/** Undefined where the codec refuses; anything else that is thrown is a fault. */
function orCodecError<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof CodecError) return undefined;
    throw error;
  }
}

/** The walks see what decoding sees: that over flow statistics, and that over what flow monitors tell. */
function checkWalk(bytes: Uint8Array, message: Message): void {
  const isAbbreviated =
    message.type === 'multipartReply' &&
    message.part === 'flowMonitor' &&
    message.body.every(({ event }) => event === 'abbreviated');
  if (isAbbreviatedUpdate(bytes) !== isAbbreviated) throw new Error('walked otherwise over flow updates');
  if (message.type !== 'multipartReply' || message.part !== 'flow') return;
  let count = 0;
  walkFlowStats(multipartBody(bytes).body, (flow) => {
    const other = message.body[count++];
    if (other?.cookie !== (BigInt(flow.cookieHi) << 32n) + BigInt(flow.cookieLo))
      throw new Error('walked otherwise');
  });
  if (count !== message.body.length) throw new Error(`walked over ${count} flows of ${message.body.length}`);
}

/** What is read of an eviction is what decoding reads. */
function checkEviction(bytes: Uint8Array, message: Message): void {
  const told = evictionOf(bytes);
  const isEviction = message.type === 'flowRemoved' && message.reason === 'eviction';
  if ((told !== undefined) !== isEviction) throw new Error('read otherwise of a flow that is gone');
  if (!told || message.type !== 'flowRemoved') return;
  const cookie = (BigInt(told.cookieHi) << 32n) + BigInt(told.cookieLo);
  if (told.tableId !== message.tableId || cookie !== message.cookie)
    throw new Error('read otherwise of an evicted flow');
}

/** Bytes that a value takes in memory, about: 8 for each member, and a head for each object. */
function weightOf(value: unknown): number {
  if (typeof value === 'bigint') return 24;
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 0;
  if (value instanceof Uint8Array) return 96 + value.length;
  let weight = 24;
  for (const member of Object.values(value)) weight += 8 + weightOf(member);
  return weight;
}
