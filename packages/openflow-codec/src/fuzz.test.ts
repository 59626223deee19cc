import { describe, expect, it } from 'vitest';
import { checkBytes, type Outcome } from './testing/check.ts';
import { Mutator } from './testing/mutate.ts';
import { corpus, hexOf } from './testing/vectors.ts';

/** The fixed part of the fuzzing: `fuzz/main.ts` goes on from here for as long as one likes. */
const SEEDS = [1, 2, 3, 4];
const MESSAGES = 25_000;

const messages = corpus();

/** What fuzzing found before: bytes that were understood, and could not be written back as they were. */
const FOUND = {
  'a load of more bits than its target has':
    '040e008800000006000000000000000000000000800000000000000000008000ffffffffffffffffffffffff0000000000010004fff800000004005000000000ffff001800002320000700290001de101122334455667788ffff0018000023200007043f0001de101122334455667788201900180001e01000000000000000000000000000000005',
  'a bundle add around a message of another xid':
    '040400580000000a4f4e4600000008fd0000000000000003040e004000000008000000000000000000000000000000000504000000000000ffffffffffffffffffffffff000000000001000a80000a020800000000000000',
  'an output to a register that is too long':
    '040e006800000011000000000000000000000000000000000300000000000007ffffffff0000000000000000000000000001001080000a02080080000c0210010004002800000000ffff0020000023200020001fffff00010c040000000000000000000000000000',
  'a tunnel option and a mask of nine bytes together':
    '040e005800000006000000000000000000000000000000000000000000008000ffffffffffffffffffffffff000000000001002180000a028847800046010380004801010001730904800044040000000400000000000000',
} as const;

it.each(Object.entries(FOUND))('%s is not misread', (_, hex) => {
  expect(() => checkBytes(new Uint8Array(Buffer.from(hex, 'hex')))).not.toThrow();
});

describe('mutated messages of other implementations', () => {
  it.each(SEEDS)('are refused or understood, never misread (seed %i)', { timeout: 60_000 }, (seed) => {
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
