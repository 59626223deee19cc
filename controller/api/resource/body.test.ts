import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { parseBody } from './body.ts';

const nested = (depth: number) => `{"a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`;

describe('parseBody', () => {
  it('takes what is not deep, whatever brackets and quotes its texts hold', () => {
    const text = fc.string({ unit: fc.constantFrom('[', ']', '{', '}', '"', '\\', 'x', '\u2028') });
    const value = fc.oneof(text, fc.array(text), fc.dictionary(text, text, { noNullPrototype: true }));
    fc.assert(
      fc.property(fc.dictionary(text, value, { noNullPrototype: true }), (body) => {
        expect(parseBody(JSON.stringify(body))).toEqual(body);
      }),
    );
    expect(parseBody(nested(32))).toBeDefined();
  });

  it('does not even parse what is deep', () => {
    const parse = vi.spyOn(JSON, 'parse');
    for (const depth of [33, 1_000_000]) expect(() => parseBody(nested(depth))).toThrow('invalid data');
    expect(parse).not.toHaveBeenCalled();
    parse.mockRestore();
  });
});
