import type { Case } from './case.ts';
import type { World } from './topology.ts';

/** Plays a case; what came otherwise than it says, as text. */
export function play(each: Case, world: World): readonly string[] {
  return each.steps.flatMap((step) => {
    if (step.step !== 'send') {
      world.apply(step);
      return [];
    }
    const got = world.send(step.send).join(' ');
    const wanted = step.expected.join(' ');
    if (got === wanted) return [];
    return [`${each.file}:${step.line}: got by ${got || 'nobody'}, not ${wanted || 'nobody'}`];
  });
}
