import fc from 'fast-check';
import { expect, it } from 'vitest';
import { quote } from './quote.ts';

it('says any text in printable characters, and the text can be read back', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      const quoted = quote(text);
      expect(quoted).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      if (text.length <= 200) expect(JSON.parse(quoted)).toBe(text);
    }),
  );
});

it('keeps escape sequences from the terminal', () => {
  expect(quote('a\x1b[2J\x9b2J\u202eb"')).toBe('"a\\u001b[2J\\u009b2J\\u202eb\\""');
});

it('cuts what is long', () => {
  expect(quote('x'.repeat(10_000))).toHaveLength(203);
});
