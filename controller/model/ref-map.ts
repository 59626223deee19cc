import { type FactRef, type RefSpace, spaceOf, subjectOf } from './fact-ref.ts';

/** Values by references to facts. There are millions of them, and no text is made of any. */
export class RefMap<V> {
  /** Made for the first value: very many stay empty. */
  #spaces: Map<RefSpace, Map<string, V>> | undefined;

  get(ref: FactRef): V | undefined {
    return this.#spaces?.get(spaceOf(ref))?.get(subjectOf(ref));
  }

  set(ref: FactRef, value: V): void {
    const space = spaceOf(ref);
    this.#spaces ??= new Map();
    const values = this.#spaces.get(space);
    if (values) values.set(subjectOf(ref), value);
    else this.#spaces.set(space, new Map([[subjectOf(ref), value]]));
  }

  delete(ref: FactRef): void {
    const space = spaceOf(ref);
    const values = this.#spaces?.get(space);
    if (values?.delete(subjectOf(ref)) && values.size === 0) this.#spaces?.delete(space);
  }

  get isEmpty(): boolean {
    // A space whose last value goes is gone.
    return this.#spaces === undefined || this.#spaces.size === 0;
  }

  get size(): number {
    let size = 0;
    for (const values of this.#spaces?.values() ?? []) size += values.size;
    return size;
  }

  /** What the references of a space are to. */
  subjects(space: RefSpace): Iterable<string> {
    return this.#spaces?.get(space)?.keys() ?? [];
  }

  /** Takes values out, those first that came first, until `into` has `most` of them. */
  takeInto(into: V[], most: number): void {
    for (const [space, values] of this.#spaces ?? []) {
      for (const [subject, value] of values) {
        if (into.length >= most) return;
        into.push(value);
        values.delete(subject);
      }
      this.#spaces?.delete(space);
    }
  }

  *values(): Generator<V, void> {
    for (const values of this.#spaces?.values() ?? []) yield* values.values();
  }
}
