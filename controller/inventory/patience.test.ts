import { expect, it } from 'vitest';
import { Patience } from './patience.ts';

it('repairs at once a few times, then ever more slowly, and forgets', () => {
  const patience = new Patience({ free: 3, forget: 1000, firstDelay: 10, maxDelay: 40 });
  const waits: number[] = [];
  const warned: boolean[] = [];
  for (let round = 0; round < 7; round += 1) {
    waits.push(patience.wait('x', 0));
    warned.push(patience.tried('x', 0));
  }
  expect(waits).toEqual([0, 0, 0, 10, 20, 40, 40]);
  expect(warned).toEqual([false, false, true, false, false, false, false]);
  expect(patience.wait('y', 0)).toBe(0);
  expect(patience.wait('x', 15)).toBe(25);
  expect(patience.tried('y', 2000)).toBe(false);
  expect(patience.wait('x', 0)).toBe(0);
});
