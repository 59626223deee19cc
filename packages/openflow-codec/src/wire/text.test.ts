import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeText, encodeText } from './text.ts';

it('gives back any bytes up to the first zero', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ max: 255, min: 1, maxLength: 16 }),
      fc.uint8Array({ maxLength: 4 }),
      (text, rest) => {
        expect(encodeText(decodeText(Uint8Array.from([...text, 0, ...rest])))).toEqual(text);
      },
    ),
  );
});

it.each(['br-int', 'ñandú', '日本', '🙂'])('gives back the text %s', (text) => {
  expect(decodeText(encodeText(text))).toBe(text);
});
