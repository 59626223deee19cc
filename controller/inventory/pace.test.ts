import { expect, it } from 'vitest';
import { Pace } from './pace.ts';

it('lets a burst through and then one each interval', () => {
  const pace = new Pace(2, 50);
  let now = 1000;
  const begins = Array.from({ length: 5 }, () => {
    now += pace.next(now);
    return now;
  });
  expect(begins).toEqual([1000, 1000, 1050, 1100, 1150]);
  expect([pace.next(5000), pace.next(5000), pace.next(5000)]).toEqual([0, 0, 50]);
});
