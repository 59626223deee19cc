import { isDeepStrictEqual } from 'node:util';
import type { AnyFact, Facts } from '#apps';
import type { Flow, Pipeline } from '#pipeline';

/** Kinds of facts that mostly say the same on every switch where they hold: of ports elsewhere, hypervisors, groups. */
const SHARED_KINDS: ReadonlySet<AnyFact['kind']> = new Set([
  ...(['remotePort', 'peer', 'policy', 'remoteGroup', 'member'] as const),
]);

/**
 * Lets switches have one object of what is one fact: a port of a network on a thousand hypervisors is then kept, and
 * compiled, once.
 */
export class SharedFacts {
  /** By the key of its reference, the fact as the last switch got it. */
  readonly #latest = new Map<string, AnyFact>();

  /** The object that another switch has, if it says the same; else `fact` itself, which others may have from now on. */
  share(key: string, fact: AnyFact): AnyFact {
    if (!SHARED_KINDS.has(fact.kind)) return fact;
    const latest = this.#latest.get(key);
    if (isDeepStrictEqual(latest, fact)) return latest ?? fact;
    this.#latest.set(key, fact);
    return fact;
  }

  /** A switch has it no more. Others may; those that come then get another object. */
  release(key: string, fact: AnyFact): void {
    if (this.#latest.get(key) === fact) this.#latest.delete(key);
  }
}

/** The flows of a fact: of one that many switches have, worked out once. Throws PipelineError as `Pipeline.compile` does. */
export function flowsOf(pipeline: Pipeline<Facts>, fact: AnyFact): readonly Flow[] {
  return SHARED_KINDS.has(fact.kind) ? pipeline.compileOnce(fact) : pipeline.compile(fact);
}
