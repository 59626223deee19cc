import type { AnyFact, Facts } from '#apps';
import type { FactDelta } from '#controller/model/fact-delta';
import { SHARED_KINDS } from '#controller/model/shared-facts';
import { type Flow, type FlowChange, FlowSet, type Pipeline, PipelineError } from '#pipeline';

/** A fact that an app could not turn into flows; its flows are missing on the switch. */
export interface FaultyFact {
  readonly fact: AnyFact;
  readonly error: PipelineError;
}

/** The flows that one switch ought to have: its facts, compiled. */
export class Desired {
  readonly #pipeline: Pipeline<Facts>;
  readonly #flows = new FlowSet();
  readonly #faults = new Map<string, FaultyFact>();

  constructor(pipeline: Pipeline<Facts>, facts: Iterable<AnyFact>) {
    this.#pipeline = pipeline;
    this.#flows.fill(pipeline.base);
    for (const fact of facts) this.#flows.fill(this.#compileNew(fact));
  }

  get flows(): FlowSet {
    return this.#flows;
  }

  get faults(): Iterable<FaultyFact> {
    return this.#faults.values();
  }

  get hasFaults(): boolean {
    return this.#faults.size > 0;
  }

  isFaulty(kind: AnyFact['kind'], key: number): boolean {
    return this.#faults.has(faultKey({ kind, key }));
  }

  /** Why the flows of a fact are missing; nothing when they are not. */
  faultOf(fact: AnyFact): FaultyFact['error'] | undefined {
    return this.#faults.get(faultKey(fact))?.error;
  }

  /** Takes in changed facts; returns what changes on the switch. Costs what changed. */
  apply(delta: FactDelta): FlowChange[] {
    for (const fact of delta.gone) this.#faults.delete(faultKey(fact));
    const out = delta.gone.flatMap((fact) => this.#compile(fact) ?? []);
    const into = delta.come.flatMap((fact) => this.#compileNew(fact));
    return this.#flows.replace(out, into);
  }

  /** The flows of a fact that comes; none, and a fault, of one that an app cannot compile. */
  #compileNew(fact: AnyFact): readonly Flow[] {
    return this.#compile(fact, (fault) => this.#faults.set(faultKey(fact), fault)) ?? [];
  }

  /** Same fact, same flows: so the flows of a fact that goes need not be remembered, they are compiled again. */
  #compile(fact: AnyFact, failed?: (fault: FaultyFact) => void): readonly Flow[] | undefined {
    try {
      return SHARED_KINDS.has(fact.kind) ? this.#pipeline.compileOnce(fact) : this.#pipeline.compile(fact);
    } catch (error) {
      if (!(error instanceof PipelineError)) throw error;
      failed?.({ fact, error });
      return undefined;
    }
  }
}

function faultKey({ kind, key }: Pick<AnyFact, 'kind' | 'key'>): string {
  return `${kind} ${key}`;
}
