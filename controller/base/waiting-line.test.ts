import { expect, it } from 'vitest';
import { WaitingLine } from './waiting-line.ts';

it('does one after another, whatever becomes of them, and keeps a place for none that is done', async () => {
  const line = new WaitingLine({ places: 2 });
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

it('rests between two pieces of work, whatever became of the first', async () => {
  let endRest = () => {};
  const rests: number[] = [];
  const line = new WaitingLine({
    places: 3,
    rest: (ms) => {
      rests.push(ms);
      return new Promise<void>((resolve) => {
        endRest = resolve;
      });
    },
  });
  let begun = 0;
  const work = async () => {
    begun += 1;
    if (begun === 1) throw new Error('as expected');
  };
  const [first, second] = [line.enter(work), line.enter(work)];
  await expect(first).rejects.toThrow('as expected');
  await new Promise((resolve) => setImmediate(resolve));
  expect({ begun, rests: rests.length }).toEqual({ begun: 1, rests: 1 });
  endRest();
  await second;
  expect(begun).toBe(2);
  expect(rests.every((ms) => ms >= 0)).toBe(true);
});
