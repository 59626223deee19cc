import type { Hypervisor } from '../hypervisor.ts';

/** Someone who claims to be a hypervisor: a session. */
export interface Claimant {
  /** Where it comes from, for the log. */
  readonly peer: string;
}

/** What a hypervisor is known by. */
export type Names = Pick<Hypervisor, 'systemId' | 'hostname' | 'encapIps'>;

interface Claim<C> {
  readonly claimant: C;
  readonly as: string;
}

/**
 * Which session speaks for which system-id, hostname and tunnel address. The first keeps them until it lets go. A
 * port's binding:host_id may be a system-id or a hostname, so nobody's hostname may be another's system-id either.
 */
export class Claims<C extends Claimant> {
  readonly #claims = new Map<string, Claim<C>>();
  readonly #names = new Map<C, Names>();
  readonly #bySystemId = new Map<string, C>();
  readonly #onFree: () => void;

  /** `onFree` runs when a name has lost its holder. */
  constructor(onFree: () => void) {
    this.#onFree = onFree;
  }

  /** Who else holds one of the names, and what to tell the operator; undefined when the claimant may take them. */
  conflict(claimant: C, names: Names): { readonly holder: C; readonly problem: string } | undefined {
    for (const { key, as, name } of claimsOf(names)) {
      const found = this.#claims.get(key);
      if (found === undefined || found.claimant === claimant) continue;
      const { claimant: holder, as: role } = found;
      const problem =
        role === as
          ? `two hypervisors claim ${as} ${name}: ${holder.peer} and ${claimant.peer}`
          : `two hypervisors claim the name ${name}: ${holder.peer} as ${role} and ${claimant.peer} as ${as}`;
      return { holder, problem };
    }
    return undefined;
  }

  /** Gives the claimant these names, of which none is in conflict, in place of those it had. */
  take(claimant: C, names: Names): void {
    const had = this.#names.get(claimant);
    if (had && keysOf(had).join() === keysOf(names).join()) return;
    this.release(claimant);
    // From last to first, so that a hostname that equals the system-id counts as the latter.
    for (const { key, as } of claimsOf(names).toReversed()) this.#claims.set(key, { claimant, as });
    this.#names.set(claimant, names);
    this.#bySystemId.set(names.systemId, claimant);
  }

  /** Lets go of all the claimant's names. */
  release(claimant: C): void {
    const had = this.#names.get(claimant);
    if (had === undefined) return;
    for (const key of keysOf(had)) this.#claims.delete(key);
    this.#names.delete(claimant);
    this.#bySystemId.delete(had.systemId);
    this.#onFree();
  }

  holderOf(systemId: string): C | undefined {
    return this.#bySystemId.get(systemId);
  }
}

/** What a hypervisor claims, most important first; keys of hosts and of addresses cannot meet. */
function claimsOf({ systemId, hostname, encapIps }: Names) {
  return [
    { key: `host ${systemId}`, as: 'system-id', name: systemId },
    { key: `host ${hostname}`, as: 'hostname', name: hostname },
    ...encapIps.map((name) => ({ key: `tunnel ${name}`, as: 'tenantflow-encap-ip', name })),
  ];
}

function keysOf(names: Names): readonly string[] {
  return claimsOf(names).map(({ key }) => key);
}
