import { expect, it } from 'vitest';
import { tooHeavy } from './weight.ts';

it('sends away the largest of the address that takes most, once all together are too heavy', () => {
  const lone = { address: 'a', bytes: 50 };
  const small = { address: 'b', bytes: 30 };
  const large = { address: 'b', bytes: 40 };
  expect(tooHeavy([lone, small, large], 120)).toBeUndefined();
  expect(tooHeavy([lone, small, large], 119)).toBe(large);
  expect(tooHeavy([lone], 49)).toBe(lone);
  expect(tooHeavy([], 0)).toBeUndefined();
});
