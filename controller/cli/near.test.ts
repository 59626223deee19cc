import { describe, expect, it } from 'vitest';
import { near } from './near.ts';

describe('near', () => {
  const names = ['ports', 'port', 'networks', 'subnets', 'web-1', 'web-2', 'Default'];

  it.each([
    ['prots', ['ports']],
    ['netwroks', ['networks']],
    ['web', ['web-1', 'web-2']],
    ['default', ['Default']],
    ['trunk', []],
  ])('%s', (word, wanted) => {
    expect(near(word, names)).toEqual(wanted);
  });

  it('names nobody twice, and only a few', () => {
    expect(near('vm', ['vm1', 'vm2', 'vm3', 'vm4', 'vm1'])).toEqual(['vm1', 'vm2', 'vm3']);
  });
});
