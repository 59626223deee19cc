import { expect, it } from 'vitest';
import { Questions } from './questions.ts';

/** A question whose answer comes when it is told to. */
function question() {
  let tell: (answer: string) => void = () => {};
  let begun = 0;
  const answer = new Promise<string>((resolve) => {
    tell = resolve;
  });
  return {
    tell: (text: string) => tell(text),
    get begun() {
      return begun;
    },
    ask: () => {
      begun++;
      return answer;
    },
  };
}

it('asks one question at a time, in their order', async () => {
  const questions = new Questions();
  const [one, two] = [question(), question()];
  const answers = Promise.all([questions.ask('one', one.ask), questions.ask('two', two.ask)]);
  await new Promise(setImmediate);
  expect([one.begun, two.begun]).toEqual([1, 0]);
  one.tell('first');
  two.tell('second');
  expect(await answers).toEqual(['first', 'second']);
});

it('asks once for all who ask the same before it is answered, and then anew', async () => {
  const questions = new Questions();
  const one = question();
  const answers = Promise.all([1, 2, 3].map(() => questions.ask('one', one.ask)));
  one.tell('first');
  expect(await answers).toEqual(['first', 'first', 'first']);
  expect(one.begun).toBe(1);
  await questions.ask('one', one.ask);
  expect(one.begun).toBe(2);
});

it('lets only so many wait', async () => {
  const questions = new Questions();
  const first = question();
  const waiting = Array.from({ length: 32 }, (_, at) => questions.ask(`${at}`, first.ask));
  expect(await questions.ask('one too many', first.ask)).toBeUndefined();
  first.tell('answer');
  expect(new Set(await Promise.all(waiting))).toEqual(new Set(['answer']));
  expect(await questions.ask('one more', first.ask)).toBe('answer');
});

it('goes on after a question that failed', async () => {
  const questions = new Questions();
  const failed = questions.ask('one', () => Promise.reject(new Error('cut')));
  const next = questions.ask('two', () => Promise.resolve('there'));
  await expect(failed).rejects.toThrow('cut');
  expect(await next).toBe('there');
});
