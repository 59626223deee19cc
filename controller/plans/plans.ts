import { randomUUID } from 'node:crypto';
import type { Shadow } from '#controller/store/shadow';
import type { Change, Store } from '#controller/store/store';
import type { FlowChanges } from './flow-changes.ts';

/** What would change on one switch. */
export interface SwitchPlan extends FlowChanges {
  /** external_ids:system-id. */
  readonly id: string;
}

/**
 * What would change on which switches, in ascending order of their ids, if these changes were committed when all is done that
 * is committed now. `changes` is asked several times, between which others may commit, and tells what it takes then.
 */
export type Preview = (changes: () => readonly Change[]) => Promise<readonly SwitchPlan[]>;

/** Something that is tried out. */
export interface Plan {
  readonly id: string;
  /** Who may go on with it. */
  readonly owner: string;
  readonly shadow: Shadow;
}

/** Plans at a time; the oldest goes for one more. */
const MOST_PLANS = 16;
/** Milliseconds that a plan is kept after it was used last. */
const LIFETIME = 60_000;

/** Plans that are being made, in memory only. */
export class Plans {
  readonly #store: Store;
  readonly #lifetime: number;
  /** In order of last use, each with the timer that ends it. */
  readonly #plans = new Map<string, { readonly plan: Plan; readonly timer: NodeJS.Timeout }>();

  constructor(store: Store, lifetime: number = LIFETIME) {
    this.#store = store;
    this.#lifetime = lifetime;
  }

  open(owner: string): Plan {
    const plan = { id: randomUUID(), owner, shadow: this.#store.shadow() };
    this.#keep(plan);
    for (const id of this.#plans.keys()) if (this.#plans.size > MOST_PLANS) this.close(id);
    return plan;
  }

  /** The plan of this owner, which counts as used; undefined when there is none, or it was not used for too long. */
  use(id: string, owner: string): Plan | undefined {
    const plan = this.#plans.get(id)?.plan;
    if (plan === undefined || plan.owner !== owner) return undefined;
    this.close(id);
    this.#keep(plan);
    return plan;
  }

  close(id: string): void {
    clearTimeout(this.#plans.get(id)?.timer);
    this.#plans.delete(id);
  }

  #keep(plan: Plan): void {
    const timer = setTimeout(() => this.close(plan.id), this.#lifetime).unref();
    this.#plans.set(plan.id, { plan, timer });
  }
}
