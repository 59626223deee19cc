import { describe, expect, it } from 'vitest';
import { parseIp } from '#controller/base/addresses';
import { familiesOf, shareFamily, tunnelEnds } from './tunnel-ends.ts';

const FOUR = '192.0.2.1';
const OTHER_FOUR = '192.0.2.2';
const SIX = '2001:db8::1';
const OTHER_SIX = '2001:db8::2';

/** A hypervisor with these tunnel addresses. */
const at = (...encapIps: string[]) => ({ encapIps });

describe('tunnelEnds', () => {
  it('are of IPv4 where both hypervisors have such an address, in whichever order they list them', () => {
    expect(tunnelEnds(at(SIX, FOUR), at(OTHER_SIX, OTHER_FOUR))).toEqual({
      address: parseIp(OTHER_FOUR),
      sources: [parseIp(OTHER_SIX), parseIp(OTHER_FOUR)],
      local: parseIp(FOUR),
    });
  });

  it('are of IPv6 where that is all that they have in common', () => {
    expect(tunnelEnds(at(FOUR, SIX), at(OTHER_SIX))).toMatchObject({
      address: parseIp(OTHER_SIX),
      local: parseIp(SIX),
    });
  });

  it('are the first addresses of the family, and name no local one where there is only one', () => {
    expect(tunnelEnds(at(FOUR), at(OTHER_FOUR, '192.0.2.3'))).toEqual({
      address: parseIp(OTHER_FOUR),
      sources: [parseIp(OTHER_FOUR), parseIp('192.0.2.3')],
    });
  });

  it('are none without a family in common', () => {
    expect(tunnelEnds(at(FOUR), at(OTHER_SIX))).toBeUndefined();
    expect([shareFamily(at(FOUR), at(OTHER_SIX)), shareFamily(at(FOUR, SIX), at(OTHER_SIX))]).toEqual([
      ...[false, true],
    ]);
    expect([familiesOf(at(SIX, FOUR)), familiesOf(at(SIX))]).toEqual([[4, 6], [6]]);
  });
});
