import type { Hypervisor, Resource } from '#lab';
import type { Cloud } from '../cloud.ts';
import type { Random } from '../hostile/random.ts';

/** A port, and where it is plugged. */
export interface ChaosPort extends Resource {
  readonly network: string;
  /** With the name of its interface there. */
  place?: { readonly hypervisor: Hypervisor; readonly device: string };
}

export interface ChaosTrunk {
  readonly id: string;
  readonly parent: ChaosPort;
  readonly children: ChaosPort[];
}

/** A security group, and the ids of the rules that were made for it. */
export interface ChaosGroup extends Resource {
  readonly rules: string[];
}

/** A change: resolves with false when there is nothing that it could be done to. */
export type Change = () => Promise<boolean>;

/** What tenants have made so far, as far as they were told, and what they have plugged where. */
export class Tenants {
  readonly random: Random;
  readonly networks: Resource[] = [];
  readonly ports: ChaosPort[] = [];
  readonly trunks: ChaosTrunk[] = [];
  readonly groups: ChaosGroup[] = [];
  readonly #cloud: Cloud;
  #serial = 0;

  constructor(cloud: Cloud, random: Random) {
    this.#cloud = cloud;
    this.random = random;
  }

  get rest() {
    return this.#cloud.controller.rest;
  }

  get hosts(): readonly string[] {
    return this.#cloud.hypervisors.map(({ name }) => name);
  }

  /** A name, or a number, that nothing had before. */
  name(): string {
    return `chaos-${this.serial()}`;
  }

  serial(): number {
    this.#serial += 1;
    return this.#serial;
  }

  some<T>(items: readonly T[]): T | undefined {
    return items.length === 0 ? undefined : this.random.pick(items);
  }

  oneIn(count: number): boolean {
    return this.random.below(count) === 0;
  }

  get plugged(): readonly ChaosPort[] {
    return this.ports.filter(({ place }) => place !== undefined);
  }

  get unplugged(): readonly ChaosPort[] {
    return this.ports.filter(({ place }) => place === undefined);
  }

  isInTrunk(port: ChaosPort): boolean {
    return this.trunks.some(({ parent, children }) => parent === port || children.includes(port));
  }

  async plug(port: ChaosPort): Promise<void> {
    const hypervisor = this.random.pick(this.#cloud.hypervisors);
    const device = `v${this.serial()}`;
    await hypervisor.ovs.vsctl(
      ...['--timeout=2', '--no-wait', '--may-exist', 'add-port', 'br-int', device],
      ...['--', 'set', 'interface', device, 'type=internal', `external_ids:iface-id=${port.id}`],
    );
    port.place = { hypervisor, device };
  }

  async unplug(port: ChaosPort): Promise<void> {
    const { hypervisor, device } = port.place ?? {};
    delete port.place;
    if (hypervisor && device)
      await hypervisor.ovs.vsctl('--timeout=2', '--no-wait', '--if-exists', 'del-port', device);
  }
}

/** Takes an item out of a list. */
export function remove<T>(items: T[], item: T): void {
  const at = items.indexOf(item);
  if (at >= 0) items.splice(at, 1);
}
