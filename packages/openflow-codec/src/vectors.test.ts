import { describe, expect, it } from 'vitest';
import { CodecError, decode, encodeToBytes, formatMessage, type Message } from './index.ts';
import { hexOf, vectorsOf } from './testing/vectors.ts';

/** Message kinds whose whole text is printed, not only its head. */
function isPrintedInFull(message: Message): boolean {
  if (message.type === 'bundleAdd') return isPrintedInFull(message.message);
  const isFlowPart = 'part' in message && message.part === 'flow';
  return message.type === 'flowMod' || message.type === 'barrierRequest' || isFlowPart;
}

/** ovs-ofctl knows these names; this codec keeps the bytes and prints them. */
const UNPRINTED = /mod_nw_ttl|dec_mpls_ttl|nat\(/;

describe.each(['ofctl.txt', 'vswitchd.txt', 'os-ken.txt'])('%s', (file) => {
  const vectors = vectorsOf(file);

  it('holds vectors', () => expect(vectors.length).toBeGreaterThan(50));

  it.each(vectors)('$text', ({ text, bytes }) => {
    const message = decode(bytes);
    expect(hexOf(encodeToBytes(message))).toBe(hexOf(bytes));
    if (isPrintedInFull(message) && !UNPRINTED.test(text)) expect(formatMessage(message)).toBe(text);
  });

  it('is refused after every byte but the last', () => {
    for (const { bytes } of vectors) {
      for (let size = 0; size < Math.min(bytes.length, 512); size++) {
        expect(() => decode(bytes.slice(0, size))).toThrow(CodecError);
      }
    }
  });

  it('is refused, or understood within its bounds, when its header lies about where it ends', () => {
    for (const { bytes } of vectors) {
      for (let size = 8; size < Math.min(bytes.length, 512); size++) expectSound(withLength(bytes, size));
    }
  });
});

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
    expect(error).toBeInstanceOf(CodecError);
    return;
  }
  expect(encodeToBytes(message).length).toBe(bytes.length);
}
