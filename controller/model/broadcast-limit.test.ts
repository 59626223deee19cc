import { describe, expect, it } from 'vitest';
import { broadcastLimitOf, parseBroadcastLimit } from './broadcast-limit.ts';

describe('a limit of broadcasts', () => {
  it.each([
    ['100', { rate: 100, burst: 100 }],
    ['100/300', { rate: 100, burst: 300 }],
    ['4294967295', { rate: 4_294_967_295, burst: 4_294_967_295 }],
    ['0', undefined],
  ])('is read from %s', (text, limit) => expect(parseBroadcastLimit(text)).toEqual(limit));

  it.each([
    '',
    '-1',
    '1/0',
    '0/5',
    '4294967296',
    '1/4294967296',
    '1.5',
    '1/2/3',
    ' 1',
    '1e3',
    '[object Object]',
  ])('is not %j', (text) =>
    expect(() => parseBroadcastLimit(text)).toThrow(`'${text}' is not RATE or RATE/BURST`),
  );

  it('is the port’s own, or that of all', () => {
    const ofAll = { rate: 7, burst: 9 };
    const of = (own?: unknown) =>
      broadcastLimitOf({ bindingProfile: own === undefined ? {} : { 'broadcast-limit': own } }, ofAll);
    expect(of()).toEqual(ofAll);
    expect(of('5/6')).toEqual({ rate: 5, burst: 6 });
    expect(of(5)).toEqual({ rate: 5, burst: 5 });
    expect(of('0')).toBeUndefined();
    expect(of('what nobody has checked')).toEqual(ofAll);
  });
});
