import type { Hypervisor } from './hypervisor.ts';

/** Someone who claims to be a hypervisor: a session. */
export interface Claimant {
  /** Where it comes from, for the log. */
  readonly peer: string;
}

/** Which session speaks for which system-id and tunnel address. The first keeps it until it lets go. */
export class Claims<C extends Claimant> {
  readonly #bySystemId = new Map<string, C>();
  readonly #byEncapIp = new Map<string, C>();
  readonly #onFree: () => void;

  /** `onFree` runs when a name has lost its holder. */
  constructor(onFree: () => void) {
    this.#onFree = onFree;
  }

  /** Takes both names for the claimant in place of those it had, or says who is in the way and what of. */
  take(
    claimant: C,
    { systemId, encapIp }: Pick<Hypervisor, 'systemId' | 'encapIp'>,
  ): { readonly holder: C; readonly problem: string } | undefined {
    const twin = this.#bySystemId.get(systemId);
    const neighbour = this.#byEncapIp.get(encapIp);
    if (twin === claimant && neighbour === claimant) return undefined;
    this.release(claimant);
    const conflict = (holder: C, what: string) => ({
      holder,
      problem: `two hypervisors claim ${what}: ${holder.peer} and ${claimant.peer}`,
    });
    if (twin !== undefined && twin !== claimant) return conflict(twin, `system-id ${systemId}`);
    if (neighbour !== undefined && neighbour !== claimant) {
      return conflict(neighbour, `tenantflow-encap-ip ${encapIp}`);
    }
    this.#bySystemId.set(systemId, claimant);
    this.#byEncapIp.set(encapIp, claimant);
    return undefined;
  }

  release(claimant: C): void {
    let freed = false;
    for (const names of [this.#bySystemId, this.#byEncapIp]) {
      for (const [name, holder] of names) if (holder === claimant) freed = names.delete(name);
    }
    if (freed) this.#onFree();
  }

  holderOf(systemId: string): C | undefined {
    return this.#bySystemId.get(systemId);
  }
}
