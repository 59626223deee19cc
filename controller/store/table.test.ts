import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Table } from './table.ts';

describe('an index', () => {
  it('equals a search through all values, however many have one key', () => {
    const step = fc.record({ id: fc.nat(199), key: fc.option(fc.nat(2), { nil: undefined }) });
    fc.assert(
      fc.property(fc.array(step, { minLength: 100, maxLength: 600 }), (steps) => {
        const table = new Table<number>({ same: (value) => [`${value}`, 'all'] });
        const model = new Map<string, number>();
        for (const { id, key } of steps) {
          if (key === undefined) {
            table.delete(`${id}`);
            model.delete(`${id}`);
          } else {
            table.set(`${id}`, key);
            model.set(`${id}`, key);
          }
        }
        for (const key of [0, 1, 2, 3]) {
          const ids = [...model].filter(([, value]) => value === key).map(([id]) => id);
          expect([...table.find('same', `${key}`)].sort()).toEqual(ids.sort());
          expect(table.count('same', `${key}`)).toBe(ids.length);
        }
        expect([...table.find('same', 'all')].sort()).toEqual([...model.keys()].sort());
        expect(table.count('same', 'all')).toBe(model.size);
      }),
      { numRuns: 50 },
    );
  });
});
