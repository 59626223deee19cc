import { describe, expect, it } from 'vitest';
import { portsOf } from './case.ts';
import { expectedOn, mistakesIn } from './differences.ts';
import { LearnedMemory } from './learned-memory.ts';
import { ModelWorld } from './model-world.ts';
import { play } from './play.ts';
import { readCases } from './read-cases.ts';
import { SimulatedWorld } from './simulated-world.ts';

/** What the cases are written for. */
const TERMS = { idle: { tcp: 300, other: 30 }, idleAfterEnd: 30 };
const CASES = readCases();

describe('the cases', () => {
  it('are many', () => expect(CASES.length).toBeGreaterThanOrEqual(300));

  it.each(CASES)('hold in the reference model: $file: $name', (each) => {
    expect(play(each, new ModelWorld(portsOf(each), () => new LearnedMemory(TERMS)))).toEqual([]);
  });

  describe.each(['learn', 'conntrack'] as const)('%s', (backend) => {
    it.each(CASES)('hold in the compiled pipeline: $file: $name', (each) => {
      const world = new SimulatedWorld(portsOf(each), { backend, ...TERMS });
      expect(play(expectedOn({ backend, isReal: false }, each), world)).toEqual([]);
    });
  });

  it('differ between the back ends only as the list says', () => expect(mistakesIn(CASES)).toEqual([]));
});
