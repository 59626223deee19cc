import fc from 'fast-check';
import { expect } from 'vitest';
import type { Reply } from './api-fixture.ts';

/** Any JSON, of these texts and keys, with at most so many items in each array and object. */
export function anyJson(
  text: fc.Arbitrary<string>,
  key: fc.Arbitrary<string>,
  most: number,
): fc.Arbitrary<unknown> {
  return fc.letrec((tie) => ({
    any: fc.oneof(
      { depthSize: 'small' },
      text,
      fc.integer(),
      fc.double(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('any'), { maxLength: most }),
      fc.dictionary(key, tie('any'), { maxKeys: most }),
    ),
  })).any;
}

/** Whatever it was, the server understood that it was wrong, or that it was right; and told nothing of its inside. */
export function expectCivil({ status, body }: Reply): void {
  expect(status).toBeLessThan(500);
  expect(JSON.stringify(body ?? null)).not.toMatch(/node_modules|\.ts:\d|at Object\./);
}

/** As encodeURIComponent, but lone surrogates stay what a hostile client would send. */
export function encode(part: string): string {
  try {
    return encodeURIComponent(part);
  } catch {
    return '%ED%A0%80';
  }
}
