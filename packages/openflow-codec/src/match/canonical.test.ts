import fc from 'fast-check';
import { expect, it } from 'vitest';
import { canonicalMatch, FIELD_NAMES, FIELDS, type FieldMatch, type Match, type RawField } from '../index.ts';
import { typed } from '../testing/arbitrary-matches.ts';

/** Of any field, as likely as not with the mask of all bits or of none, or ones that are not compared. */
const entries = fc.constantFrom(...FIELD_NAMES).chain((field): fc.Arbitrary<FieldMatch> => {
  const { bits, maskable } = FIELDS[field];
  const ones = (1n << BigInt(bits)) - 1n;
  const any = fc.bigInt({ min: 0n, max: ones });
  const mask = fc.oneof(any, fc.constantFrom(ones, 0n));
  return fc
    .record({ value: any, mask, isMasked: fc.boolean(), isClean: fc.boolean() })
    .map(({ value, mask, isMasked, isClean }) => {
      if (!isMasked || !maskable) return { field, value: typed(field, value) };
      return { field, value: typed(field, isClean ? value & mask : value), mask: typed(field, mask) };
    });
});

/** An entry of an unknown class comes last, and leaves no match to be taken as it is. */
const UNKNOWN: RawField = { field: 'raw', bytes: Uint8Array.of(0xee, 0xee, 2, 0) };

it('is the same, whether a match is taken as it is or field by field', () => {
  const result = (match: Match) => {
    try {
      return canonicalMatch(match).filter(({ field }) => field !== 'raw');
    } catch (error) {
      return String(error);
    }
  };
  fc.assert(
    fc.property(fc.array(entries, { maxLength: 6 }), (match) => {
      expect(result(match)).toEqual(result([UNKNOWN, ...match]));
    }),
    { numRuns: 2_000 },
  );
});
