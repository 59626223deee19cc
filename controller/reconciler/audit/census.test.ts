import { describe, expect, it } from 'vitest';
import { FACT_KINDS } from '#apps';
import { makeFlow } from '#pipeline';
import { type Learned, sortLearned } from './census.ts';

const LEARNED_BY_PORT = 0x75080000 | (FACT_KINDS.firewallPort << 8);

/** The flow by which a port learns. */
function learner(key: number) {
  return makeFlow(7, 1000, { hi: 0x74080000 | (FACT_KINDS.firewallPort << 8), lo: key }, [], []);
}

function learned(key: number, count: number, hi = LEARNED_BY_PORT): Learned {
  return { hi, lo: key, count };
}

describe('sortLearned', () => {
  it('counts by port, and tells apart what no desired flow has learned', () => {
    const gone = learned(6, 4);
    const strange = learned(5, 1, 0x75090800);
    const { census, orphans } = sortLearned(
      [learned(5, 3), gone, strange, learned(2 ** 32 - 1, 2)],
      [learner(5), learner(2 ** 32 - 1)],
    );
    expect(orphans).toEqual([gone, strange]);
    expect(census.count).toBe(5);
    expect([...census.ports]).toEqual([
      [5, 3],
      [2 ** 32 - 1, 2],
    ]);
  });

  it('has nothing to look at where nothing is learned', () => {
    const desired = {
      [Symbol.iterator]: () => {
        throw new Error('looked');
      },
    };
    expect(sortLearned([], desired).orphans).toEqual([]);
  });
});
