import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Case } from './firewall/case.ts';
import { expectedOn, NOT_BY_API } from './firewall/differences.ts';
import { readCases } from './firewall/read-cases.ts';
import { RealWorld } from './firewall/real-world.ts';

/**
 * The cases of test/firewall on real switches, by the real controller and its API. `npm run test:firewall` plays all of
 * them; otherwise those are left out in which time has to pass or switches are restarted, and of the others one in four is
 * played, which ones by FIREWALL_SEED.
 */
const ALL = process.env.FIREWALL_ALL !== undefined;
const SEED = Number(process.env.FIREWALL_SEED ?? Date.now() % 1_000_000);
const SHARE = 4;
const RECOVERY = ALL ? 30 : 0;
const TERMS = { idle: { tcp: 300, other: 30 }, idleAfterEnd: 30 };
const POSSIBLE = readCases().filter(({ name }) => !NOT_BY_API.has(name));
const CASES = ALL ? POSSIBLE : POSSIBLE.filter(isQuick).filter((_, at) => at % SHARE === SEED % SHARE);

describe.each(['learn', 'conntrack'] as const)(`cases on real switches, seed ${SEED}: %s`, (backend) => {
  const cases = CASES.map((each) => expectedOn({ backend, isReal: true }, each));
  let world: RealWorld;
  let results: ReadonlyMap<Case, readonly string[]>;

  beforeAll(async () => {
    world = await RealWorld.create({ backend, terms: TERMS, recovery: RECOVERY });
    results = await world.play(cases);
  }, 900_000);
  afterAll(() => world.cloud.stop());

  it.each(cases)('$file: $name', (each) => {
    expect(results.get(each)).toEqual([]);
  });
});

function isQuick({ steps }: Case): boolean {
  return !steps.some(({ step }) => step === 'wait' || step === 'restart');
}
