import { expect, it } from 'vitest';
import { WaitingLine } from './waiting-line.ts';

it('does one after another, whatever becomes of them, and keeps a place for none that is done', async () => {
  const line = new WaitingLine(2);
  const seen: string[] = [];
  const failing = line.enter(async () => {
    seen.push('one begins');
    await new Promise((resolve) => setImmediate(resolve));
    seen.push('one ends');
    throw new Error('as expected');
  });
  const second = line.enter(async () => {
    seen.push('two');
    return 2;
  });
  expect(line.enter(async () => 3)).toBeUndefined();
  await expect(failing).rejects.toThrow('as expected');
  expect(await second).toBe(2);
  expect(seen).toEqual(['one begins', 'one ends', 'two']);
  expect(await line.enter(async () => 3)).toBe(3);
});
