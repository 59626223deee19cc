import { describe, expect, it } from 'vitest';
import { Freezer } from './freeze.ts';

describe('freezer', () => {
  it('freezes all through and changes nothing that can be told', () => {
    const text = JSON.stringify({
      id: 'x',
      list: [{ deep: ['a text that is long enough', {}, []] }, 1, null, true],
      ['__proto__']: { odd: 'a text that is long enough', empty: {} },
      none: [],
    });
    const frozen = new Freezer().freeze(JSON.parse(text));
    expect(JSON.stringify(frozen)).toBe(text);
    expect(Object.getPrototypeOf(frozen)).toBe(Object.prototype);
    const check = (value: unknown): void => {
      expect(Object.isFrozen(value)).toBe(true);
      if (typeof value === 'object' && value !== null) Object.values(value).forEach(check);
    };
    check(frozen);
  });

  it('keeps what is empty once', () => {
    const freezer = new Freezer();
    const [a, b] = [freezer.freeze({ tags: [], profile: {} }), freezer.freeze({ tags: [], profile: {} })];
    expect(a.tags).toBe(b.tags);
    expect(a.profile).toBe(b.profile);
  });
});
