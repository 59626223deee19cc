import type { Direction } from '#apps';
import type { DropReason } from '#pipeline';

/** Packets that security groups have denied to ports with one set of groups. */
export type Denied = Readonly<Record<Direction, number>>;

/** Packets that all switches have dropped since the controller has known them. */
export class DroppedPackets {
  readonly #byReason = new Map<string, { readonly reason: DropReason; packets: number }>();
  readonly #byPolicy = new Map<number, Record<Direction, number>>();
  /** Denied packets that meters of the controller have not let it see (docs/adr/0057). */
  unshown = 0;

  add(reason: DropReason, packets: number): void {
    const name = `${reason.app} ${reason.name}`;
    const sum = this.#byReason.get(name);
    if (sum) sum.packets += packets;
    else this.#byReason.set(name, { reason, packets });
  }

  /** Besides: they were denied to ports with this policy. */
  addDenied(policy: number, direction: Direction, packets: number): void {
    const sum = this.#byPolicy.get(policy) ?? { egress: 0, ingress: 0 };
    sum[direction] += packets;
    this.#byPolicy.set(policy, sum);
  }

  get byReason(): Iterable<{ readonly reason: DropReason; readonly packets: number }> {
    return this.#byReason.values();
  }

  /** By the keys of policies. Those for which `isThere` says no are forgotten. */
  byPolicy(isThere: (policy: number) => boolean): ReadonlyMap<number, Denied> {
    for (const policy of this.#byPolicy.keys()) if (!isThere(policy)) this.#byPolicy.delete(policy);
    return this.#byPolicy;
  }
}
