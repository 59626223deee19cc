import type { AnyFact, Facts } from '#apps';
import type { Flow, Pipeline } from '#pipeline';
import type { FactRef } from './fact-ref.ts';
import { RefMap } from './ref-map.ts';
import { sameFact } from './same-fact.ts';

/** Kinds of facts that mostly say the same on every switch where they hold: of ports elsewhere, hypervisors, groups. */
const SHARED_KINDS: ReadonlySet<AnyFact['kind']> = new Set([
  ...(['remotePort', 'peer', 'policy', 'remoteGroup', 'member'] as const),
]);

/**
 * Lets switches with equal facts share one object: a port of a network on a thousand hypervisors is then stored and compiled
 * once.
 */
export class SharedFacts {
  /** By its reference, the fact as the last switch got it. */
  readonly #latest = new RefMap<AnyFact>();

  /** The object that another switch has, if it says the same; else `fact` itself, which others may have from now on. */
  share(ref: FactRef, fact: AnyFact): AnyFact {
    if (!SHARED_KINDS.has(fact.kind)) return fact;
    const latest = this.#latest.get(ref);
    if (sameFact(latest, fact)) return latest ?? fact;
    this.#latest.set(ref, fact);
    return fact;
  }

  /** A switch has it no more. Others may; those that come then get another object. */
  release(ref: FactRef, fact: AnyFact): void {
    if (this.#latest.get(ref) === fact) this.#latest.delete(ref);
  }
}

/** The flows of a fact: of one that many switches have, worked out once. Throws PipelineError as `Pipeline.compile` does. */
export function flowsOf(pipeline: Pipeline<Facts>, fact: AnyFact): readonly Flow[] {
  return SHARED_KINDS.has(fact.kind) ? pipeline.compileOnce(fact) : pipeline.compile(fact);
}
