import { describe, expect, it } from 'vitest';
import { type Case, portsOf } from './case.ts';
import { ModelWorld } from './model-world.ts';
import { readCases } from './read-cases.ts';
import type { World } from './topology.ts';

/** Seconds, and flows: what the cases are written for. */
const TERMS = { tcp: 300, tcpClosing: 30, other: 30, limit: 100 };
const CASES = readCases();

function modelOf(each: Case): World {
  const { tcp, tcpClosing, other, limit } = TERMS;
  return new ModelWorld(portsOf(each), {
    idle: { 6: tcp, other },
    idleAfterFin: tcpClosing,
    idleOfRelated: other,
    limit,
  });
}

/** What came otherwise than the case says, as text. */
function play(each: Case, world: World): readonly string[] {
  return each.steps.flatMap((step) => {
    if (step.step !== 'send') {
      world.apply(step);
      return [];
    }
    const got = world.send(step.send).join(' ');
    const wanted = step.expected.join(' ');
    return got === wanted
      ? []
      : [`${each.file}:${step.line}: got by ${got || 'nobody'}, not ${wanted || 'nobody'}`];
  });
}

describe('the cases', () => {
  it('are many', () => expect(CASES.length).toBeGreaterThanOrEqual(300));

  it.each(CASES)('hold in the reference model: $file: $name', (each) => {
    expect(play(each, modelOf(each))).toEqual([]);
  });
});
