import { setImmediate } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { FactQueue } from './fact-queue.ts';
import { Turns } from './turns.ts';

const NOTHING = { gone: [], come: [] };
let told: string[];
let now: number;
let queue: FactQueue;

beforeEach(() => {
  told = [];
  now = 0;
  queue = new FactQueue(new Turns(), () => now);
});

/** A switch that takes so many milliseconds to compile what changed. */
function slow(name: string, ms = 5) {
  return {
    announce: () => void told.push(`${name} waits`),
    update: (_: unknown, revision: number, wasAnnounced = false) => {
      now += ms;
      told.push(`${name} ${revision}${wasAnnounced ? ' later' : ''}`);
    },
  };
}

function changes(revision: number, ...names: readonly string[]) {
  return names.map((name) => ({ of: slow(name), delta: NOTHING, revision }));
}

describe('changed facts', () => {
  it('are taken in at once when they are few', () => {
    queue.add(changes(1, 'a', 'b'));
    expect(told).toEqual(['a 1', 'b 1']);
  });

  it('that are many are taken in by turns, and announced before', async () => {
    queue.add(changes(1, 'a', 'b', 'c', 'd', 'e'));
    expect(told.splice(0)).toEqual(['a 1', 'b 1', 'c waits', 'd waits', 'e waits']);
    await setImmediate();
    expect(told.splice(0)).toEqual(['c 1 later', 'd 1 later']);
    await setImmediate();
    expect(told).toEqual(['e 1 later']);
  });

  it('of a switch that goes meanwhile are for nobody', async () => {
    const [of, other] = [slow('gone'), slow('there', 8)];
    queue.add([other, of, other].map((each) => ({ of: each, delta: NOTHING, revision: 1 })));
    queue.forget(of);
    await setImmediate();
    expect(told).toEqual(['there 1', 'gone waits', 'there waits', 'there 1 later']);
  });

  it('of later commits come after those that wait', async () => {
    queue.add(changes(1, 'a', 'b', 'c'));
    queue.add(changes(2, 'c', 'a'));
    expect(told.splice(0)).toEqual(['a 1', 'b 1', 'c waits', 'c waits', 'a waits']);
    for (let turn = 0; turn < 3; turn++) await setImmediate();
    expect(told.splice(0)).toEqual(['c 1 later', 'c 2 later', 'a 2 later']);
    queue.add(changes(3, 'b'));
    expect(told).toEqual(['b 3']);
  });
});
