import { DueFacts } from './due-facts.ts';
import type { FactRef } from './fact-ref.ts';
import type { Sweep } from './sweeps.ts';

/** Where marks go: which facts of which switches may differ. */
export interface Marks {
  /** Whether marks of this switch are taken; if not, whoever would make many need not begin. */
  wants(chassisId: string): boolean;
  /** The switches among these whose marks are taken. */
  among(chassis: Members): Iterable<string>;
  add(chassisId: string, ref: FactRef): void;
  sweep(chassisId: string, sweep: Sweep): void;
}

/** Ids, as a set has them or the keys of a map. */
export type Members = Pick<ReadonlySet<string>, 'has' | 'keys'>;

/** Marks of all switches, or of some only. */
export class MarkedFacts implements Marks {
  readonly #only: ReadonlySet<string> | undefined;
  readonly #due = new Map<string, DueFacts>();
  #touched = new Set<string>();
  #round = 1;

  constructor(only?: ReadonlySet<string>) {
    this.#only = only;
  }

  wants(chassisId: string): boolean {
    return this.#only?.has(chassisId) ?? true;
  }

  among(chassis: Members): Iterable<string> {
    if (this.#only === undefined) return chassis.keys();
    return [...this.#only].filter((id) => chassis.has(id));
  }

  add(chassisId: string, ref: FactRef): void {
    if (this.wants(chassisId)) this.#of(chassisId).add(ref, this.#round);
  }

  sweep(chassisId: string, sweep: Sweep): void {
    if (this.wants(chassisId)) this.#of(chassisId).sweep(sweep);
  }

  has(chassisId: string): boolean {
    return this.#due.has(chassisId);
  }

  /** Ids of the switches that have marks; whose marks were taken only in part comes last. */
  get switches(): Iterable<string> {
    return this.#due.keys();
  }

  /** Ids of the switches that were marked since this was last asked; what is marked after this is newer. */
  takeTouched(): Iterable<string> {
    const touched = this.#touched;
    this.#touched = new Set();
    this.#round += 1;
    return touched;
  }

  /** Takes facts of a switch; if some are left, it comes after all others. */
  take(chassisId: string, from: (due: DueFacts) => readonly FactRef[]): readonly FactRef[] {
    const due = this.#due.get(chassisId);
    if (!due) return [];
    const refs = from(due);
    this.#due.delete(chassisId);
    if (!due.isEmpty) this.#due.set(chassisId, due);
    return refs;
  }

  /** Takes all facts of a switch. */
  takeAll(chassisId: string, swept: (sweep: Sweep) => Iterable<FactRef>): readonly FactRef[] {
    return this.take(chassisId, (due) => due.take(Number.POSITIVE_INFINITY, swept));
  }

  #of(chassisId: string): DueFacts {
    this.#touched.add(chassisId);
    const known = this.#due.get(chassisId);
    if (known) return known;
    const due = new DueFacts();
    this.#due.set(chassisId, due);
    return due;
  }
}

/** Which switches any mark is of, and nothing more. */
export class MarkedSwitches implements Marks {
  readonly ids = new Set<string>();

  wants(chassisId: string): boolean {
    this.ids.add(chassisId);
    return false;
  }

  among(chassis: Members): Iterable<string> {
    for (const id of chassis.keys()) this.ids.add(id);
    return [];
  }

  add(chassisId: string): void {
    this.ids.add(chassisId);
  }

  sweep(chassisId: string): void {
    this.ids.add(chassisId);
  }
}

/** Takes none. */
export const NO_MARKS: Marks = {
  wants: () => false,
  among: () => [],
  add: () => undefined,
  sweep: () => undefined,
};
