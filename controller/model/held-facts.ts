import type { AnyFact } from '#apps';
import type { FactDelta } from './fact-delta.ts';
import type { FactRef } from './fact-ref.ts';
import { RefMap } from './ref-map.ts';
import { sameFact } from './same-fact.ts';
import { SharedFacts } from './shared-facts.ts';

/** The facts that switches have, by chassis id. */
export class HeldFacts {
  readonly #facts = new Map<string, RefMap<AnyFact>>();
  readonly #shared = new SharedFacts();

  of(chassisId: string): RefMap<AnyFact> | undefined {
    return this.#facts.get(chassisId);
  }

  /** Takes in what some facts of a switch say now, or that they do not hold; returns what that changes. */
  update(
    chassisId: string,
    refs: readonly FactRef[],
    derive: (ref: FactRef) => AnyFact | undefined,
  ): FactDelta {
    const facts = this.#facts.get(chassisId) ?? new RefMap<AnyFact>();
    const gone: AnyFact[] = [];
    const come: AnyFact[] = [];
    for (const ref of refs) {
      const before = facts.get(ref);
      const derived = derive(ref);
      if (sameFact(before, derived)) continue;
      const after = derived && this.#shared.share(ref, derived);
      if (before) gone.push(before);
      if (before) this.#shared.release(ref, before);
      if (after) come.push(after);
      if (after) facts.set(ref, after);
      else facts.delete(ref);
    }
    if (!facts.isEmpty) this.#facts.set(chassisId, facts);
    else this.#facts.delete(chassisId);
    return { gone, come };
  }
}
