import { type ControllerProcess, type Hypervisor, waitFor } from '#lab';
import type { Cloud } from '../cloud.ts';
import type { Random } from '../hostile/random.ts';

/** What a fault may reach. */
export interface Arena {
  readonly cloud: Cloud;
  readonly random: Random;
  /** Another controller, which runs only in faults and knows nothing of what tenants want. */
  readonly rival: ControllerProcess;
  /** File that tells libfaketime how far off the controller's clock is. */
  readonly clockFile: string;
  /** Lets the intents of tenants go on while the fault lasts: milliseconds. */
  readonly last: (ms: number) => Promise<void>;
  /** Makes a hypervisor of an Open vSwitch whose database knows of nothing, as an operator would. */
  readonly equip: (hypervisor: Hypervisor) => Promise<void>;
  /** How often a full disk was seen to refuse a write. */
  readonly notes: { refusals: number };
}

/** Does harm, and undoes of it what an operator or a machine would; the rest is for the controller to put right. */
export type Fault = (arena: Arena) => Promise<void>;

export function anyHypervisor({ cloud, random }: Pick<Arena, 'cloud' | 'random'>): Hypervisor {
  return random.pick(cloud.hypervisors);
}

/** One that has its bridge: after another fault the controller may have to make that first. */
export async function anyBridge(arena: Pick<Arena, 'cloud' | 'random'>): Promise<Hypervisor> {
  const hypervisor = anyHypervisor(arena);
  await waitFor(() => hypervisor.ofctl('show', 'br-int'), { what: `${hypervisor.name} to have its bridge` });
  return hypervisor;
}
