import { expect, it } from 'vitest';
import { linkLocal } from './link-local.ts';

it('makes the address of RFC 2464, 4 and 5', () => {
  expect(linkLocal(0x3456789abcden).toString(16)).toBe('fe80000000000000365678fffe9abcde');
});
