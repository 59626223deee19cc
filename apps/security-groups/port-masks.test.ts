import fc from 'fast-check';
import { expect, it } from 'vitest';
import { portMasks } from './port-masks.ts';

const port = fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 0, max: 40 }));
const range = fc.tuple(port, port).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);

function admits(masks: ReturnType<typeof portMasks>, each: number): number {
  return masks.filter(({ value, mask }) => (each & mask) === value).length;
}

it('are exactly the ports of the range, each once', () => {
  fc.assert(
    fc.property(range, ([first, last]) => {
      const masks = portMasks(first, last);
      let wrong = 0;
      for (let each = 0; each <= 0xffff; each++) {
        const expected = each >= first && each <= last ? 1 : 0;
        if (admits(masks, each) !== expected) wrong++;
      }
      expect(wrong).toBe(0);
    }),
    { numRuns: 60 },
  );
});

it('are as few as can be', () => {
  fc.assert(fc.property(range, ([first, last]) => portMasks(first, last).length === fewest(first, last)));
});

it('are one for all ports, and none for no port', () => {
  expect(portMasks(0, 0xffff)).toEqual([{ value: 0, mask: 0 }]);
  expect(portMasks(2, 1)).toEqual([]);
});

/** Counts blocks from the whole space down: a block that lies in the range is one, one that lies outside none. */
function fewest(first: number, last: number, low = 0, size = 0x10000): number {
  const high = low + size - 1;
  if (high < first || low > last) return 0;
  if (low >= first && high <= last) return 1;
  return fewest(first, last, low, size / 2) + fewest(first, last, low + size / 2, size / 2);
}
