import fc from 'fast-check';
import { expect, it } from 'vitest';
import { tooMany } from './crowd.ts';

const crowd = (addresses: string) => [...addresses].map((address, at) => ({ address, at }));

it('lets nobody go while there is room', () => {
  expect(tooMany([], { all: 0, each: 0 })).toBeUndefined();
  expect(tooMany(crowd('aabb'), { all: 4, each: 2 })).toBeUndefined();
});

it('lets the oldest of the most frequent address go', () => {
  expect(tooMany(crowd('abbbc'), { all: 4, each: 9 })).toEqual({ address: 'b', at: 1 });
  expect(tooMany(crowd('abbbc'), { all: 9, each: 2 })).toEqual({ address: 'b', at: 1 });
  expect(tooMany(crowd('abc'), { all: 2, each: 9 })).toEqual({ address: 'a', at: 0 });
});

it('never lets one address push out another that takes less', () => {
  const places = { all: 5, each: 5 };
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', 'a', 'a', 'b', 'c')), (addresses) => {
      let inside: { address: string }[] = [];
      for (const address of addresses) {
        inside.push({ address });
        const gone = tooMany(inside, places);
        const count = (of: string) => inside.filter((each) => each.address === of).length;
        if (gone)
          for (const { address: other } of inside)
            expect(count(gone.address)).toBeGreaterThanOrEqual(count(other));
        inside = inside.filter((each) => each !== gone);
        expect(inside.length).toBeLessThanOrEqual(places.all);
      }
    }),
  );
});
