import { Random } from '../random.ts';

/** How badly a fleet's switches behave; all zero is as well as they can. */
export interface Faults {
  /** Milliseconds that a switch takes for all that it is sent. */
  readonly latencyMs: number;
  /** Of so many flow-mods one is refused, with OFPFMFC_TABLE_FULL; 0 is none. */
  readonly refuseOneIn: number;
  /** At one of so many commits, or flow-mods outside of bundles, the connection breaks, before it or after it; 0 is none. */
  readonly breakOneIn: number;
  /** Each meter is refused, with OFPMMFC_OUT_OF_METERS. */
  readonly refusesMeters?: boolean;
}

/**
 * How one switch treats its controllers: well; deaf, it goes on talking and reads nothing; mute, it reads all and says nothing;
 * slow, it answers seconds later.
 */
export type Manner = 'well' | 'deaf' | 'mute' | 'slow';
/** Milliseconds that a slow one takes for all that it is sent. */
export const SLOW_MS = 1_500;

export const NO_FAULTS: Faults = { latencyMs: 0, refuseOneIn: 0, breakOneIn: 0 };

/** Decides, repeatably by its seed, what goes wrong on a fleet's switches. */
export class FaultPlan {
  faults: Faults;
  readonly #random: Random;

  constructor(seed: number, faults: Faults = NO_FAULTS) {
    this.#random = new Random(seed);
    this.faults = faults;
  }

  refuses(): boolean {
    return this.#happens(this.faults.refuseOneIn);
  }

  /** When the connection breaks, if it does. */
  breaks(): 'before' | 'after' | undefined {
    if (!this.#happens(this.faults.breakOneIn)) return undefined;
    return this.#random.oneIn(2) ? 'before' : 'after';
  }

  #happens(oneIn: number): boolean {
    return oneIn > 0 && this.#random.oneIn(oneIn);
  }
}
