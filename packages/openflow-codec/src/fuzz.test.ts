import { describe, expect, it } from 'vitest';
import { checkBytes, type Outcome } from './testing/check.ts';
import { Mutator } from './testing/mutate.ts';
import { corpus, hexOf } from './testing/vectors.ts';

/** The fixed part of the fuzzing: `fuzz/main.ts` goes on from here for as long as one likes. */
const SEEDS = [1, 2, 3, 4];
const MESSAGES = 25_000;

const messages = corpus();

describe('mutated messages of other implementations', () => {
  it.each(SEEDS)('are refused or understood, never misread (seed %i)', (seed) => {
    const mutator = new Mutator(messages, seed);
    const outcomes: Record<Outcome, number> = { refused: 0, identical: 0, normalised: 0 };
    for (let count = 0; count < MESSAGES; count++) {
      const bytes = mutator.next();
      try {
        outcomes[checkBytes(bytes)]++;
      } catch (error) {
        throw new Error(`message ${count}: ${hexOf(bytes)}`, { cause: error });
      }
    }
    // Mutations that nothing gets past, or that nothing refuses, would test nothing.
    for (const count of Object.values(outcomes)) expect(count).toBeGreaterThan(MESSAGES / 100);
  });

  it('are none before they are mutated', () => {
    for (const bytes of messages) expect(checkBytes(bytes)).toBe('identical');
  });
});
