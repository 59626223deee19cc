import { expect, it } from 'vitest';
import * as codec from './index.ts';
import { packageExports } from './testing/exports.ts';

const exports = packageExports();

it('finds everything that can be imported', () => {
  const names = exports.map(({ name }) => name);
  expect(Object.keys(codec).filter((name) => !names.includes(name))).toEqual([]);
  expect(new Set(names).size).toBe(names.length);
});

it.each(exports)('$name of $file says what it is for, in a sentence', ({ doc }) => {
  expect(doc).toMatch(/^\S.*[.:)`]$/s);
});
