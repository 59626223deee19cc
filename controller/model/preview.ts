import type { AnyFact } from '#apps';
import type { Change } from '#controller/store/store';
import type { SwitchDelta } from './fact-delta.ts';
import type { FactRef } from './fact-ref.ts';
import { MarkedFacts, MarkedSwitches, type Marks, NO_MARKS } from './marks.ts';
import { sameFact } from './same-fact.ts';
import { SharedFacts } from './shared-facts.ts';
import type { Sweep } from './sweeps.ts';

/** A model that takes in changes for a moment. */
export interface Trial {
  /** Runs `work` as if the changes had been taken in, and takes them back; what they touch is marked in `marks`. */
  during(changes: readonly Change[], marks: Marks, work: () => void): void;
  /** Which facts of a switch a sweep is of; called by `work`. */
  swept(chassisId: string, sweep: Sweep): Iterable<FactRef>;
  /** Whether facts of a switch are still to be derived from what was taken in before: these count as changed, too. */
  isDue(chassisId: string): boolean;
  /** Whether that is so of any switch. */
  readonly isAnyDue: boolean;
  /** What a fact says on a switch as if, and as it was before; called by `work`. */
  both(
    chassisId: string,
    ref: FactRef,
  ): { readonly before?: AnyFact | undefined; readonly after?: AnyFact | undefined };
}

/** Facts that are derived in one piece, some milliseconds of work; or as many as changes, which each piece takes in and back. */
const PIECE = 1_000;
/** Facts that switches share while something is tried out; those of more are derived, and kept, several times. */
const MOST_SHARED = 20_000;

/**
 * How the facts of each switch would change, in ascending order of switch ids. It yields between pieces of work, undefined when
 * no switch is finished; at each yield the model is as it was, and other work may run and even change it. `changes` is called
 * again for each piece, so that it tells what holds then. While it `mayWait`, a piece waits until nothing else is due where it looks.
 */
export function* previewOf(
  trial: Trial,
  changes: () => readonly Change[],
  mayWait: () => boolean,
): Generator<SwitchDelta | undefined, void> {
  const behind = new Set<string>();
  function* untilDerived(switches: readonly string[]): Generator<undefined, void> {
    while (switches.some((id) => trial.isDue(id)) && mayWait()) yield undefined;
    for (const id of switches) if (trial.isDue(id)) behind.add(id);
  }
  // What is under way may bring the changes to yet other switches.
  while (trial.isAnyDue && mayWait()) yield undefined;
  const touched = new MarkedSwitches();
  trial.during(changes(), touched, () => undefined);
  const piece = Math.max(PIECE, changes().length);
  yield undefined;
  const ids = [...touched.ids].sort();
  let shared = new SharedFacts();
  let sharedCount = 0;
  // Of many switches with few marks each, several are looked at together.
  let width = 1;
  for (let at = 0; at < ids.length; ) {
    const some = ids.slice(at, at + width);
    const marks = new MarkedFacts(new Set(some));
    const refs: (readonly [string, FactRef])[] = [];
    const deltas = new Map<string, { gone: AnyFact[]; come: AnyFact[] }>();
    let next = 0;
    const derive = () => {
      const end = next + piece;
      for (const [id, ref] of refs.slice(next, end)) {
        const { before, after } = trial.both(id, ref);
        if (sameFact(before, after)) continue;
        const delta = deltas.get(id) ?? { gone: [], come: [] };
        deltas.set(id, delta);
        if (before) delta.gone.push(before);
        if (!after) continue;
        const one = shared.share(ref, after);
        if (one === after) sharedCount += 1;
        delta.come.push(one);
      }
      next = end;
    };
    yield* untilDerived(some);
    trial.during(changes(), marks, () => {
      for (const id of marks.switches)
        for (const ref of marks.takeAll(id, (sweep) => trial.swept(id, sweep))) refs.push([id, ref]);
      derive();
    });
    yield undefined;
    while (next < refs.length) {
      yield* untilDerived(some);
      trial.during(changes(), NO_MARKS, derive);
      yield undefined;
    }
    for (const id of some) {
      const delta = deltas.get(id);
      if (delta) yield { id, ...delta, isBehind: behind.has(id) };
    }
    if (sharedCount > MOST_SHARED) [shared, sharedCount] = [new SharedFacts(), 0];
    at += width;
    width = Math.max(1, Math.min(2 * width, Math.floor((piece * width) / Math.max(1, refs.length))));
  }
}
