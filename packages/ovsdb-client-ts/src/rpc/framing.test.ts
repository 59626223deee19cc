import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../notation/json.ts';
import { FRAME_LIMITS, type FrameLimits, JsonFramer } from './framing.ts';

function frames(chunks: readonly Uint8Array[], limits: Partial<FrameLimits> = {}): readonly Json[] {
  const framer = new JsonFramer({ ...FRAME_LIMITS, ...limits });
  return chunks.flatMap((chunk) => [...framer.push(chunk)]);
}

function cut(bytes: Buffer, points: readonly number[]): readonly Uint8Array[] {
  const sorted = [
    0,
    ...points.map((point) => point % (bytes.length + 1)).sort((a, b) => a - b),
    bytes.length,
  ];
  return sorted.slice(1).map((end, index) => bytes.subarray(sorted[index], end));
}

describe('JsonFramer', () => {
  it('gives back the same messages however the stream is split', () => {
    const object = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue());
    fc.assert(
      fc.property(fc.array(object, { maxLength: 4 }), fc.array(fc.nat()), (messages, points) => {
        const bytes = Buffer.from(messages.map((message) => JSON.stringify(message)).join(' \n'));
        expect(frames(cut(bytes, points))).toEqual(
          messages.map((message) => JSON.parse(JSON.stringify(message))),
        );
      }),
    );
  });

  it('survives a cut at every byte, inside characters, escapes and brackets in strings', () => {
    const message = { 'ключ "\\': ['{[', ']}', '\\"', '𝄞€', {}], n: [] };
    const bytes = Buffer.from(`${JSON.stringify(message)}${JSON.stringify(message)}`);
    for (let at = 0; at <= bytes.length; at += 1)
      expect(frames(cut(bytes, [at]))).toEqual([message, message]);
    expect(frames([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual([message, message]);
  });

  it.each([
    ['OVSDB_TOO_DEEP', `{"a":${'['.repeat(1_000_000)}`],
    ['OVSDB_TOO_LARGE', `{"a":"${'x'.repeat(2000)}`],
    ['OVSDB_TOO_LARGE', `{"a":"${'x'.repeat(2000)}"}`],
    ['OVSDB_TOO_MANY', `{"a":[${'[],'.repeat(200)}`],
    ['OVSDB_JSON', 'GET / HTTP/1.1\r\n'],
    ['OVSDB_JSON', '}'],
    ['OVSDB_JSON', '[1]'],
    ['OVSDB_JSON', '{"a":[}]'],
    ['OVSDB_JSON', '{"a" 1}'],
  ])('refuses with %s what it must not parse (%#)', (code, text) => {
    const limits = { maxMessageBytes: 1000, maxDepth: 8, maxValues: 100 };
    expect(() => frames([Buffer.from(text)], limits)).toThrow(expect.objectContaining({ code }));
    expect(() => frames(cut(Buffer.from(text), [3, 5, 7]), limits)).toThrow(
      expect.objectContaining({ code }),
    );
  });

  it('refuses bytes that are not UTF-8', () => {
    const bytes = Buffer.from('{"a":"\xff"}', 'latin1');
    expect(() => frames([bytes])).toThrow(expect.objectContaining({ code: 'OVSDB_JSON' }));
  });

  it('never throws anything but its own errors', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 50 })), (chunks) => {
        try {
          frames(chunks);
        } catch (error) {
          expect(error).toMatchObject({ name: 'OvsdbError' });
        }
      }),
    );
  });

  it('takes new limits from the next byte on', () => {
    const framer = new JsonFramer({ ...FRAME_LIMITS, maxMessageBytes: 20 });
    const [small, large] = [{ a: 'x' }, { a: 'x'.repeat(100) }];
    const bytes = Buffer.from(JSON.stringify(large));
    expect([...framer.push(Buffer.from(JSON.stringify(small)))]).toEqual([small]);
    expect([...framer.push(bytes.subarray(0, 10))]).toEqual([]);
    framer.limit(FRAME_LIMITS);
    expect([...framer.push(bytes.subarray(10))]).toEqual([large]);
    framer.limit({ ...FRAME_LIMITS, maxMessageBytes: 20 });
    expect(() => [...framer.push(bytes)]).toThrow(expect.objectContaining({ code: 'OVSDB_TOO_LARGE' }));
  });
});
