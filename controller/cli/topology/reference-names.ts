import type { ApiObject } from '../client/objects.ts';
import { CliError } from '../error.ts';
import { called, type NeutronKindName } from '../kinds/related.ts';
import type { Snapshot } from './snapshot.ts';

/**
 * What an item of a topology calls other objects so that it is understood: their name, and where that could mean
 * another one, a port's MAC address or a subnet's range.
 */
export class ReferenceNames {
  readonly #objects = new Map<string, ApiObject>();
  readonly #byName = new Map<string, ApiObject[]>();

  constructor({ objects }: Snapshot) {
    for (const [kind, all] of Object.entries(objects))
      for (const object of all) {
        this.#objects.set(object.id, object);
        for (const name of [object.name, object.cidr, object.mac_address]) {
          if (typeof name !== 'string' || name === '') continue;
          const key = keyOf(kind, name);
          this.#byName.set(key, [...(this.#byName.get(key) ?? []), object]);
        }
      }
  }

  /** What `from` calls the object of an id. Throws CliError when there is no such name. */
  nameFor(from: ApiObject, kind: NeutronKindName, id: string): string {
    const object = this.#objects.get(id);
    // Not shown to this caller: of another project, and only to be had by its id.
    if (object === undefined) return id;
    for (const name of [object.name, object.cidr, object.mac_address])
      if (typeof name === 'string' && name !== '' && this.#meant(from, kind, name) === object) return name;
    throw new CliError(
      `${called(kind, object)}, which ${from.name || from.id} refers to, has no name that means only it: rename it first`,
    );
  }

  /** The object that a name means where it is said: in its own project first, and subnets in the port's networks. */
  #meant(from: ApiObject, kind: NeutronKindName, name: string): ApiObject | undefined {
    const named = this.#byName.get(keyOf(kind, name)) ?? [];
    const reachable = kind === 'subnet' ? named.filter((each) => each.network_id === from.network_id) : named;
    const own = reachable.filter((each) => each.project_id === from.project_id);
    const [only, ...others] = own.length > 0 ? own : reachable;
    return others.length === 0 ? only : undefined;
  }
}

function keyOf(kind: string, name: string): string {
  return JSON.stringify([kind, name]);
}
