import type { AnyFact, Facts } from '#apps';
import { type FactDelta, factName } from '#controller/model/fact-delta';
import { flowsOf } from '#controller/model/shared-facts';
import { type Flow, type FlowChange, FlowSet, type Meter, type Pipeline, PipelineError } from '#pipeline';

/** A fact that an app could not turn into flows; its flows are missing on the switch. */
export interface FaultyFact {
  readonly fact: AnyFact;
  readonly error: PipelineError;
}

/**
 * The flows that one switch ought to have: its facts, compiled. Those that it begins with are compiled piece by piece, by
 * `compileMore`, or all at once by whoever asks for `flows` before.
 */
export class Desired {
  readonly #pipeline: Pipeline<Facts>;
  readonly #onChange: (change: FlowChange) => void;
  readonly #flows = new FlowSet();
  readonly #faults = new Map<string, FaultyFact>();
  readonly #meters = new Map<number, Meter>();
  #changedMeters = new Set<number>();
  /** Facts that wait to be compiled, by name. */
  readonly #backlog = new Map<string, AnyFact>();
  /** Over the backlog, as far as it was compiled: from its start one would pass what was taken out, each time. */
  readonly #rest = this.#backlog.entries();

  /** `onChange` is told of each flow that comes, changes or goes. */
  constructor(
    pipeline: Pipeline<Facts>,
    facts: Iterable<AnyFact>,
    onChange: (change: FlowChange) => void = () => undefined,
  ) {
    this.#pipeline = pipeline;
    this.#onChange = onChange;
    this.#fill(pipeline.base, []);
    for (const fact of facts) this.#backlog.set(factName(fact), fact);
  }

  /** All of them: what waits is compiled first. */
  get flows(): FlowSet {
    this.compileMore(Number.POSITIVE_INFINITY);
    return this.#flows;
  }

  /** Those of the facts that were compiled so far. */
  get compiled(): FlowSet {
    return this.#flows;
  }

  /** Meters of the facts that were compiled so far, by number. */
  get meters(): ReadonlyMap<number, Meter> {
    return this.#meters;
  }

  /** Numbers of those that came, went or changed since this was last asked. */
  takeChangedMeters(): Iterable<number> {
    const changed = this.#changedMeters;
    if (changed.size > 0) this.#changedMeters = new Set();
    return changed;
  }

  /** True when no fact waits to be compiled. */
  get isComplete(): boolean {
    return this.#backlog.size === 0;
  }

  /** Of the facts that were compiled so far. */
  get faults(): Iterable<FaultyFact> {
    return this.#faults.values();
  }

  get hasFaults(): boolean {
    return this.#faults.size > 0;
  }

  isFaulty(kind: AnyFact['kind'], key: number): boolean {
    return this.hasFaults && this.#faults.has(factName({ kind, key }));
  }

  /** Why the flows of a fact are missing; nothing when they are not. */
  faultOf(fact: AnyFact): FaultyFact['error'] | undefined {
    return this.hasFaults ? this.#faults.get(factName(fact))?.error : undefined;
  }

  /** Compiles facts that wait, until that has made `most` flows; returns what it changes on the switch. */
  compileMore(most: number): FlowChange[] {
    const changes: FlowChange[] = [];
    while (this.#backlog.size > 0 && changes.length < most) {
      const next = this.#rest.next();
      if (next.done) break;
      const [name, fact] = next.value;
      this.#backlog.delete(name);
      this.#fill(this.#compileNew(fact), changes);
    }
    return changes;
  }

  /** Takes in changed facts; returns what changes on the switch. Costs what changed. */
  apply(delta: FactDelta): FlowChange[] {
    // What was never compiled, or could not be, has no flows.
    const gone = delta.gone.filter((fact) => !this.#forget(fact));
    const out = gone.flatMap((fact) => this.#compile(fact) ?? []);
    for (const fact of gone) this.#setMeters(fact, false);
    if (this.#backlog.size > 0) for (const fact of delta.come) this.#backlog.delete(factName(fact));
    const into = delta.come.flatMap((fact) => this.#compileNew(fact));
    const changes = this.#flows.replace(out, into);
    for (const change of changes) this.#onChange(change);
    return changes;
  }

  /** A fact goes. Returns whether it has no flows. */
  #forget(fact: AnyFact): boolean {
    if (this.#faults.size + this.#backlog.size === 0) return false;
    const name = factName(fact);
    return this.#faults.delete(name) || this.#backlog.delete(name);
  }

  #fill(flows: Iterable<Flow>, changes: FlowChange[]): void {
    const before = changes.length;
    this.#flows.fill(flows, changes);
    for (let at = before; at < changes.length; at++) this.#onChange(changes[at] as FlowChange);
  }

  /** The flows of a fact that comes; none, and a fault, of one that an app cannot compile. */
  #compileNew(fact: AnyFact): readonly Flow[] {
    const flows = this.#compile(fact, (fault) => this.#faults.set(factName(fact), fault));
    if (flows) this.#setMeters(fact, true);
    return flows ?? [];
  }

  #setMeters(fact: AnyFact, isWanted: boolean): void {
    for (const meter of this.#pipeline.metersOf(fact)) {
      if (isWanted) this.#meters.set(meter.number, meter);
      else this.#meters.delete(meter.number);
      this.#changedMeters.add(meter.number);
    }
  }

  /** Same fact, same flows: so the flows of a fact that goes need not be remembered, they are compiled again. */
  #compile(fact: AnyFact, failed?: (fault: FaultyFact) => void): readonly Flow[] | undefined {
    try {
      return flowsOf(this.#pipeline, fact);
    } catch (error) {
      if (!(error instanceof PipelineError)) throw error;
      failed?.({ fact, error });
      return undefined;
    }
  }
}
