import type { Step } from './case.ts';

/** Most times that a case is played to find out what it can do without. */
const MOST_TRIALS = 600;

/** The steps, and the rules of groups, that it takes for `fails` to be true still; few, but not always the fewest. */
export function fewestSteps(
  steps: readonly Step[],
  fails: (steps: readonly Step[]) => boolean,
): readonly Step[] {
  let best = steps;
  let trials = 0;
  const take = (smaller: readonly Step[]) => {
    if (++trials > MOST_TRIALS || !fails(smaller)) return false;
    best = smaller;
    return true;
  };
  // A group that is named has to be there.
  const isNeeded = (step: Step, at: number) =>
    step.step === 'group' &&
    best.findIndex((each) => each.step === 'group' && each.name === step.name) === at;
  for (let size = best.length >> 1; size >= 1; size >>= 1)
    for (let at = best.length - size; at >= 0; at -= size) {
      const kept = best.slice(at, at + size).filter((step, index) => isNeeded(step, at + index));
      if (kept.length < size) take(best.toSpliced(at, size, ...kept));
    }
  for (const [at, step] of best.entries()) {
    if (step.step !== 'group') continue;
    let rules = step.rules;
    for (const rule of step.rules) {
      const fewer = rules.filter((each) => each !== rule);
      if (take(best.with(at, { ...step, rules: fewer }))) rules = fewer;
    }
  }
  return best;
}
