import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CodecError, decode, formatMessage, type Message } from '../index.ts';
import { isPrintedAlike, PRINTED_FILES } from '../testing/printed.ts';
import { vectorsOf } from '../testing/vectors.ts';

describe.each(PRINTED_FILES)('formatMessage, against ovs-ofctl: %s', (file) => {
  const vectors = vectorsOf(file);
  const printed = vectors.filter(isPrintedAlike);

  it('prints most', () => expect(printed.length).toBeGreaterThan(vectors.length * 0.7));

  it.each(printed)('$text', ({ text, bytes }) => expect(formatMessage(decode(bytes))).toBe(text));

  it('prints the others too', () => {
    for (const vector of vectors) {
      expect(formatMessage(decode(vector.bytes))).toMatch(
        /^[A-Z_]+[A-Z0-9_ a-z]* \(OF1\.\d\) \(xid=0x[0-9a-f]+\):/,
      );
    }
  });
});

describe('hostile bytes', () => {
  const vectors = PRINTED_FILES.flatMap((file) => vectorsOf(file));
  const position = fc.tuple(fc.nat(), fc.nat(255));

  it('never keep the printer from printing what can be decoded', () => {
    fc.assert(
      fc.property(fc.constantFrom(...vectors), fc.array(position, { maxLength: 8 }), (vector, changes) => {
        const bytes = Uint8Array.from(vector.bytes);
        for (const [at, value] of changes) bytes[8 + (at % Math.max(1, bytes.length - 8))] = value;
        const message = decoded(bytes);
        if (message !== undefined) expect(formatMessage(message)).toContain('(xid=0x');
      }),
      { numRuns: 5000 },
    );
  });
});

function decoded(bytes: Uint8Array): Message | undefined {
  try {
    return decode(bytes);
  } catch (error) {
    if (error instanceof CodecError) return undefined;
    throw error;
  }
}

describe('names', () => {
  const names = {
    port: (port: number) => ({ 7: 'eth0', 8: 'a b' })[port],
    table: (table: number) => ({ 3: 'forward' })[table],
  };

  it('stand for ports and tables, in quotes where they need them', () => {
    const text = formatMessage(
      {
        type: 'packetOut',
        xid: 1,
        bufferId: 0xffffffff,
        inPort: 7,
        actions: [
          { action: 'output', port: 8, maxLength: 0 },
          { action: 'output', port: 9, maxLength: 0 },
          { action: 'resubmit', inPort: 7, table: 3 },
        ],
        data: new Uint8Array(),
      },
      names,
    );
    expect(text).toBe(
      'OFPT_PACKET_OUT (OF1.3) (xid=0x1): in_port=eth0 actions=output:"a b",output:9,resubmit(eth0,forward) data_len=0',
    );
  });
});
