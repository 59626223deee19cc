import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CodecError, Framer } from '../index.ts';
import { hexOf, vectorsOf } from '../testing/vectors.ts';

const messages = ['ofctl.txt', 'os-ken.txt', 'vswitchd.txt'].flatMap(vectorsOf).map(({ bytes }) => bytes);

/** Pushes a stream in the chunks that the cuts make, and returns the messages that come out. */
function framed(stream: Uint8Array, cuts: readonly number[]): string[] {
  const framer = new Framer();
  const seen: string[] = [];
  const edges = [0, ...[...cuts].sort((a, b) => a - b), stream.length];
  for (const [index, end] of edges.entries()) {
    framer.push(stream.subarray(edges[index - 1] ?? 0, end), (bytes) => seen.push(hexOf(bytes)));
  }
  expect(framer.buffered).toBe(0);
  return seen;
}

describe('Framer', () => {
  it('gives back the messages of a stream, however it is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...messages), { minLength: 1, maxLength: 8 }),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 20 }),
        (chosen, places) => {
          const stream = Uint8Array.from(chosen.flatMap((bytes) => [...bytes]));
          const cuts = places.map((place) => Math.floor(place * stream.length));
          expect(framed(stream, cuts)).toEqual(chosen.map(hexOf));
        },
      ),
    );
  });

  it('gives back the messages of a stream that dribbles byte by byte', () => {
    const stream = Uint8Array.from(messages.slice(0, 40).flatMap((bytes) => [...bytes]));
    const everywhere = Array.from(stream, (_, at) => at);
    expect(framed(stream, everywhere)).toEqual(messages.slice(0, 40).map(hexOf));
  });

  it.each([
    ['a version that is not 1.3', '0114000800000001', 'OFC_VERSION'],
    ['version 0, also in HELLO', '0000000800000001', 'OFC_VERSION'],
    ['a length below that of the header', '0414000700000001', 'OFC_LENGTH'],
  ])('refuses %s', (_, hex, code) => {
    const push = () => new Framer().push(Buffer.from(hex, 'hex'), () => undefined);
    expect(push).toThrow(expect.objectContaining({ name: 'CodecError', code }));
  });

  it('accepts HELLO of any version', () => {
    const seen: string[] = [];
    new Framer().push(Buffer.from('0600000800000001', 'hex'), (bytes) => seen.push(hexOf(bytes)));
    expect(seen).toEqual(['0600000800000001']);
  });

  it('refuses a message longer than it may hold, before it holds it', () => {
    const framer = new Framer({ maxBuffered: 64 });
    const header = Buffer.from('040e004100000001', 'hex');
    expect(() => framer.push(header, () => undefined)).toThrow(CodecError);
    expect(framer.buffered).toBe(0);
  });

  it('never holds more than one message', () => {
    const framer = new Framer();
    const stream = Buffer.concat([Buffer.from('0402ffff00000001', 'hex'), Buffer.alloc(0xffff - 9)]);
    framer.push(stream, () => undefined);
    expect(framer.buffered).toBe(0xffff - 1);
  });
});
