import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  canonicalActions,
  canonicalMatch,
  FIELD_NAMES,
  FIELDS,
  formatActions,
  formatInstructions,
  formatMatch,
  parseActions,
  parseInstructions,
  parseMatch,
} from '../index.ts';
import { actions, instructions } from '../testing/arbitrary-actions.ts';
import { matches, PREREQUISITES, typed } from '../testing/arbitrary-matches.ts';

const RUNS = { numRuns: 3000 };

describe('matches', () => {
  it('are what their text says', () => {
    fc.assert(
      fc.property(matches, (one) => {
        expect(parseMatch(formatMatch(one))).toEqual(canonicalMatch(one));
      }),
      RUNS,
    );
  });

  it('show every field', () => {
    for (const field of FIELD_NAMES) {
      const { needs } = FIELDS[field];
      const given = (needs === undefined ? [] : PREREQUISITES[needs]).filter(
        (entry) => entry.field !== field,
      );
      const version = /^tun_erspan_(idx|dir|hwid)/.test(field)
        ? [{ field: 'tun_erspan_ver', value: field === 'tun_erspan_idx' ? 1 : 2 } as const]
        : [];
      const entry = { field, value: typed(field, 1n) };
      const context = [...given, ...version];
      expect({ field, text: formatMatch([...context, entry]) }).not.toEqual({
        field,
        text: formatMatch(context),
      });
    }
  });
});

describe('actions', () => {
  it('are what their text says', () => {
    fc.assert(
      fc.property(fc.array(actions, { maxLength: 6 }), (list) => {
        expect(canonicalActions(parseActions(formatActions(list)))).toEqual(canonicalActions(list));
      }),
      RUNS,
    );
  });
});

describe('instructions', () => {
  it('are what their text says', () => {
    fc.assert(
      fc.property(instructions, (list) => {
        const text = formatInstructions(list);
        expect(formatInstructions(parseInstructions(text))).toBe(text);
        expect(parseInstructions(text).map(({ instruction }) => instruction)).toEqual(
          list.map(({ instruction }) => instruction),
        );
      }),
      RUNS,
    );
  });
});
