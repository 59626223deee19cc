import { expect, it } from 'vitest';
import { HESITATION, Standing } from './standing.ts';

it('is outranked at once, by the latest that is named', () => {
  const standing = new Standing();
  expect(standing.outrankedBy).toBeUndefined();
  expect(standing.judge(7n, 0)).toBe(0);
  expect(standing.outrankedBy).toBe(7n);
  expect(standing.judge(9n, 1)).toBe(0);
  expect(standing.outrankedBy).toBe(9n);
});

it('is free at once when it never was outranked', () => {
  const standing = new Standing();
  expect(standing.judge(undefined, 0)).toBe(0);
  expect(standing.outrankedBy).toBeUndefined();
});

it('hesitates before it is free again, and begins anew when somebody was named meanwhile', () => {
  const standing = new Standing();
  standing.judge(7n, 0);
  expect(standing.judge(undefined, 100)).toBe(HESITATION);
  expect(standing.judge(undefined, 101)).toBe(HESITATION - 1);
  expect(standing.outrankedBy).toBe(7n);
  standing.judge(7n, 200);
  expect(standing.judge(undefined, 100 + HESITATION)).toBe(HESITATION);
  expect(standing.judge(undefined, 100 + 2 * HESITATION)).toBe(0);
  expect(standing.outrankedBy).toBeUndefined();
});
