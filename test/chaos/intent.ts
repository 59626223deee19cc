import type { Cloud } from '../cloud.ts';
import type { Random } from '../hostile/random.ts';
import { groupChanges } from './group-changes.ts';
import { networkChanges } from './network-changes.ts';
import { portChanges } from './port-changes.ts';
import { type Change, Tenants } from './tenants.ts';
import { trunkChanges } from './trunk-changes.ts';

/** Random changes of what tenants want and of what is plugged; each may fail, as what it needs may be away. */
export class Intent {
  readonly #random: Random;
  readonly #changes: readonly (readonly [string, Change])[];
  /** Changes that succeeded, by kind. */
  readonly done = new Map<string, number>();

  constructor(cloud: Cloud, random: Random) {
    this.#random = random;
    const tenants = new Tenants(cloud, random);
    this.#changes = Object.entries({
      ...networkChanges(tenants),
      ...portChanges(tenants),
      ...groupChanges(tenants),
      ...trunkChanges(tenants),
    });
  }

  /** Does one change. A failure is no news while a fault lasts. */
  async step(): Promise<void> {
    const [name, change] = this.#random.pick(this.#changes);
    try {
      if (await change()) this.done.set(name, (this.done.get(name) ?? 0) + 1);
    } catch {
      // Whether it was done is for the controller to know: what it says is what the flows are held to.
    }
  }
}
