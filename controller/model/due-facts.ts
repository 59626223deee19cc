import type { FactRef } from './fact-ref.ts';
import { RefMap } from './ref-map.ts';
import { type Sweep, sweepKey } from './sweeps.ts';

/** Kinds of facts of which a switch may have tens of thousands: of what is elsewhere. */
const ELSEWHERE: ReadonlySet<FactRef['kind']> = new Set(['remotePort', 'member'] as const);

/**
 * Which facts of one switch may differ and are to be derived. Those of what is on the switch itself are always taken together: no
 * port is there without its firewall, whatever waits. Those of what is elsewhere are taken piece by piece, the newest first.
 */
export class DueFacts {
  readonly #here = new RefMap<FactRef>();
  /** Made for the first of them: of very many switches there is none. */
  #sweeps: Map<string, Sweep> | undefined;
  #fresh = new RefMap<FactRef>();
  #waiting = new RefMap<FactRef>();
  #round = 0;

  /** `round` grows; marks of earlier rounds are not the newest. */
  add(ref: FactRef, round: number): void {
    if (round !== this.#round) this.#postpone();
    this.#round = round;
    this.#put(ref);
  }

  sweep(sweep: Sweep): void {
    this.#sweeps ??= new Map();
    this.#sweeps.set(sweepKey(sweep), sweep);
  }

  get isEmpty(): boolean {
    return this.#sweeps === undefined && this.#here.isEmpty && this.#fresh.isEmpty && this.#waiting.isEmpty;
  }

  /** Takes those of the switch itself, and `most` of the others. `swept` tells which facts a sweep is of. */
  take(most: number, swept: (sweep: Sweep) => Iterable<FactRef>): readonly FactRef[] {
    const taken = this.#takeHere(swept);
    const end = taken.length + most;
    this.#fresh.takeInto(taken, end);
    this.#waiting.takeInto(taken, end);
    return taken;
  }

  /** The same, but for what was marked in earlier rounds: that goes on waiting. */
  takeNew(most: number, swept: (sweep: Sweep) => Iterable<FactRef>): readonly FactRef[] {
    const taken = this.#takeHere(swept);
    this.#fresh.takeInto(taken, taken.length + most);
    return taken;
  }

  #takeHere(swept: (sweep: Sweep) => Iterable<FactRef>): FactRef[] {
    for (const sweep of this.#sweeps?.values() ?? []) for (const ref of swept(sweep)) this.#put(ref);
    this.#sweeps = undefined;
    const taken: FactRef[] = [];
    this.#here.takeInto(taken, Number.POSITIVE_INFINITY);
    return taken;
  }

  #put(ref: FactRef): void {
    if (ELSEWHERE.has(ref.kind)) {
      this.#fresh.set(ref, ref);
      this.#waiting.delete(ref);
    } else this.#here.set(ref, ref);
  }

  #postpone(): void {
    if (this.#fresh.isEmpty) return;
    const isMostlyNew = this.#fresh.size > this.#waiting.size;
    const [few, many] = isMostlyNew ? [this.#waiting, this.#fresh] : [this.#fresh, this.#waiting];
    for (const ref of few.values()) many.set(ref, ref);
    this.#waiting = many;
    this.#fresh = new RefMap();
  }
}
