import fc from 'fast-check';
import { expect, it } from 'vitest';
import { tooMany, whence } from './crowd.ts';

const crowd = (addresses: string) =>
  [...addresses].map((address, at) => ({ address, subscriber: address, at }));

it('lets nobody go while there is room', () => {
  expect(tooMany([], { all: 0, each: 0 })).toBeUndefined();
  expect(tooMany(crowd('aabb'), { all: 4, each: 2 })).toBeUndefined();
});

it('lets the oldest of the most frequent address go', () => {
  expect(tooMany(crowd('abbbc'), { all: 4, each: 9 })).toMatchObject({ address: 'b', at: 1 });
  expect(tooMany(crowd('abbbc'), { all: 9, each: 2 })).toMatchObject({ address: 'b', at: 1 });
  expect(tooMany(crowd('abc'), { all: 2, each: 9 })).toMatchObject({ address: 'a', at: 0 });
});

it('counts all addresses of an IPv6 subscriber together when all places are taken', () => {
  const home = '2001:db8:0:1::a';
  const strange = Array.from({ length: 3 }, (_, at) => `2001:db8:0:2::${at}`);
  const all = [home, ...strange].map(whence);
  expect(tooMany(all, { all: 3, each: 9 })?.address).toBe(strange[0]);
  // Machines of one network are one subscriber, too, and one of them must not push out the others.
  const lan = [home, '2001:db8:0:1::b', '2001:db8:0:1::b', '2001:db8:0:1::c'].map(whence);
  expect(tooMany(lan, { all: 3, each: 9 })?.address).toBe('2001:db8:0:1::b');
  expect(tooMany(lan, { all: 9, each: 2 })).toBeUndefined();
});

it('knows where somebody comes from, also who is gone', () => {
  expect(whence('')).toEqual({ address: '', subscriber: '' });
  expect(whence('::ffff:192.0.2.1').subscriber).toBe(whence('192.0.2.1').subscriber);
});

it('never lets one address push out another that takes less', () => {
  const places = { all: 5, each: 5 };
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', 'a', 'a', 'b', 'c')), (addresses) => {
      let inside: { address: string; subscriber: string }[] = [];
      for (const address of addresses) {
        inside.push({ address, subscriber: address });
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
