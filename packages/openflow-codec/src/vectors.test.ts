import { describe, expect, it } from 'vitest';
import { ACTION_NAMES } from './action/table.ts';
import { CodecError, decode, encodeToBytes, FIELD_NAMES, type Message } from './index.ts';
import { EXTENSION_TYPES } from './message/experimenter.ts';
import { PART_NAMES } from './message/multipart.ts';
import { hexOf, vectorsOf } from './testing/vectors.ts';

const FILES = [
  'ofctl.txt',
  'vswitchd.txt',
  'os-ken.txt',
  'ofctl-actions.txt',
  'ofctl-messages.txt',
  'os-ken-messages.txt',
  'vswitchd-messages.txt',
  'printed.txt',
  'packets.txt',
];

/** Most cuts with a lying header that one message gets: those at its start, and as many spread over the rest. */
const MOST_CUTS = 512;

describe.each(FILES)('%s', (file) => {
  const vectors = vectorsOf(file);

  it('holds vectors', () => expect(vectors.length).toBeGreaterThan(50));

  it.each(vectors)('$text', ({ bytes }) => {
    expect(hexOf(encodeToBytes(decode(bytes)))).toBe(hexOf(bytes));
  });

  it('is refused after every byte but the last', () => {
    for (const { bytes, text } of vectors) {
      for (let size = 0; size < bytes.length; size++) {
        if (!isRefused(bytes.subarray(0, size))) throw new Error(`${size} bytes are understood of ${text}`);
      }
    }
  });

  it('is refused, or understood within its bounds, when its header lies about where it ends', () => {
    for (const { bytes } of vectors) {
      const stride = Math.max(1, Math.floor(bytes.length / MOST_CUTS));
      for (let size = 8; size < bytes.length; size += size < MOST_CUTS ? 1 : stride) {
        expectSound(withLength(bytes, size));
      }
    }
  });
});

describe('the vectors together', () => {
  const messages = FILES.flatMap(vectorsOf).map(({ bytes }) => decode(bytes));

  it('are many', () => expect(messages.length).toBeGreaterThan(800));

  it('hold all 30 types of OpenFlow 1.3', () => {
    const types = new Set(FILES.flatMap(vectorsOf).map(({ bytes }) => bytes[1]));
    expect([...types].filter((type) => type !== undefined && type < 30)).toHaveLength(30);
  });

  it('hold every part of a multipart, and every message of an experimenter', () => {
    const seen = new Set(messages.flatMap((message) => ('part' in message ? [message.part] : [])));
    expect(PART_NAMES.filter((part) => !seen.has(part))).toEqual([]);
    const types = new Set(messages.map(({ type }) => type));
    expect(EXTENSION_TYPES.filter((type) => !types.has(type))).toEqual([]);
  });

  it('hold every field and every action', () => {
    const seen = new Set(messages.flatMap((message) => namesIn(message)));
    expect(FIELD_NAMES.filter((name) => !seen.has(name) && !/^tun_metadata/.test(name))).toEqual([]);
    expect(ACTION_NAMES.filter((name) => !seen.has(name))).toEqual([]);
  });
});

/** Names of fields and actions anywhere in a value. */
function namesIn(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return [];
  const { field, action } = value as { readonly field?: unknown; readonly action?: unknown };
  return [field, action, ...Object.values(value).flatMap(namesIn)];
}

function isRefused(bytes: Uint8Array): boolean {
  try {
    decode(bytes);
    return false;
  } catch (error) {
    return isPlaced(error);
  }
}

/** An error of the codec that says where the trouble is, and what a switch would answer. */
function isPlaced(error: unknown): boolean {
  return error instanceof CodecError && error.at.offset !== undefined && error.errorType > 0;
}

/** A message cut short, whose header says so: whole bodies may end there, structures may not. */
function withLength(bytes: Uint8Array, size: number): Uint8Array {
  const cut = bytes.slice(0, size);
  new DataView(cut.buffer).setUint16(2, size);
  return cut;
}

function expectSound(bytes: Uint8Array): void {
  let message: Message;
  try {
    message = decode(bytes);
  } catch (error) {
    expect(isPlaced(error)).toBe(true);
    return;
  }
  expect(encodeToBytes(message).length).toBe(bytes.length);
}
