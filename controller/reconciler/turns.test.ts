import { expect, it } from 'vitest';
import { Turns } from './turns.ts';

it('gives one at a time its turn, whoever asked first, in a turn of the event loop of its own', async () => {
  const turns = new Turns();
  const names: string[] = [];
  const loops: number[] = [];
  let loop = 0;
  let counting = setImmediate(function count() {
    loop++;
    counting = setImmediate(count);
  });
  const work = async (name: string, pieces: number) => {
    for (let piece = 0; piece < pieces; piece++) {
      await turns.next();
      names.push(name);
      loops.push(loop);
    }
  };
  await Promise.all([work('a', 3), work('b', 1), work('c', 2)]);
  await work('d', 1);
  clearImmediate(counting);
  expect(names).toEqual(['a', 'b', 'c', 'a', 'c', 'a', 'd']);
  expect(new Set(loops).size).toBe(loops.length);
});
