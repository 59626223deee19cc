import { isObject } from '#controller/base/json-object';
import type { ApiObject } from '../client/objects.ts';
import type { NeutronKindName } from '../kinds/related.ts';
import { ORDER } from './order.ts';
import { ownersOf } from './owner.ts';
import type { Snapshot } from './snapshot.ts';

/** An object of a controller, of some kind. */
export interface KnownObject {
  readonly kind: NeutronKindName;
  readonly object: ApiObject;
}

/** What becomes of the objects of a topology that its files don't say any more. */
export interface Orphans {
  /** Can be deleted before anything is made, which frees their names, addresses and segments. */
  readonly early: readonly KnownObject[];
  /** Can be deleted when others have been changed to do without them. */
  readonly late: readonly KnownObject[];
  /** Have to stay, because of something that is not of this topology, or that its files still say. */
  readonly kept: readonly { readonly orphan: KnownObject; readonly user: KnownObject | undefined }[];
}

/**
 * Finds what a topology has made and its files don't say. An object is only let go when nothing that remains uses
 * it: the controller deletes a network with its subnets, and a group with the rules that name it, whosever they
 * are.
 */
export function findOrphans(options: {
  readonly topology: string;
  readonly snapshot: Snapshot;
  /** Ids of the objects that the files say. */
  readonly said: ReadonlySet<string>;
  /** What the files make of each object, by id; and of those that have to be made. */
  readonly wanted: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
  /** Ids of the groups whose rules the files say: those that they have are replaced by the wanted ones. */
  readonly regulated: ReadonlySet<string>;
}): Orphans {
  const { topology, snapshot, said, wanted, regulated } = options;
  const all = ORDER.flatMap(({ name: kind }) => snapshot.objects[kind].map((object) => ({ kind, object })));
  const orphans = all.filter(
    ({ object }) => !said.has(object.id) && ownersOf(object).join() === topology && object.name !== 'default',
  );
  const going = new Map(orphans.map((orphan) => [orphan.object.id, orphan]));
  const isReplaced = ({ kind, object }: KnownObject) =>
    kind === 'security-group-rule' && regulated.has(String(object.security_group_id));
  const users: readonly User[] = [
    ...all
      .filter((each) => !isReplaced(each))
      .map((each) => ({
        ...each,
        uses: usesOf(each.kind, { ...each.object, ...wanted.get(each.object.id) }),
      })),
    ...[...wanted]
      .filter(([id]) => !all.some(({ object }) => object.id === id))
      .map(([, attributes]) => ({ uses: usesOf('port', attributes) })),
  ];
  const kept: Orphans['kept'][number][] = [];
  // One that stays may be why another has to.
  for (let isSettled = false; !isSettled; ) {
    isSettled = true;
    for (const user of users) {
      if (user.object !== undefined && isGoing(user, going)) continue;
      for (const id of user.uses) {
        const orphan = going.get(id);
        if (orphan === undefined) continue;
        going.delete(id);
        const { kind, object } = user;
        kept.push({ orphan, user: kind && object ? { kind, object } : undefined });
        isSettled = false;
      }
    }
  }
  // Trunks let their subports go before anything is deleted; all else is only changed after that.
  const usedNow = ({ kind, object }: KnownObject) =>
    usesOf(kind, kind === 'trunk' ? { ...object, ...wanted.get(object.id) } : object);
  const stillUsed = new Set(all.filter((each) => !isGoing(each, going)).flatMap(usedNow));
  const early: KnownObject[] = [];
  const late: KnownObject[] = [];
  for (const orphan of [...going.values()].reverse()) {
    if (!stillUsed.has(orphan.object.id)) early.push(orphan);
    else {
      late.push(orphan);
      // What it uses cannot go before it.
      for (const id of usedNow(orphan)) stillUsed.add(id);
    }
  }
  return { early, late, kept };
}

interface User {
  readonly kind?: NeutronKindName;
  readonly object?: ApiObject;
  readonly uses: readonly string[];
}

/** A rule goes with its group. */
function isGoing({ kind, object }: Partial<KnownObject>, going: ReadonlyMap<string, unknown>): boolean {
  if (object === undefined) return false;
  return going.has(kind === 'security-group-rule' ? String(object.security_group_id) : object.id);
}

/** Ids of what an object cannot do without. */
function usesOf(kind: NeutronKindName, attributes: Readonly<Record<string, unknown>>): readonly string[] {
  // What Neutron's own services made goes with the network.
  if (attributes.device_owner === 'network:dhcp') return [];
  const ids: unknown[] = [attributes.network_id, attributes.port_id];
  if (attributes.remote_group_id !== attributes.security_group_id) ids.push(attributes.remote_group_id);
  if (kind === 'port' && Array.isArray(attributes.security_groups)) ids.push(...attributes.security_groups);
  for (const list of [attributes.fixed_ips, attributes.sub_ports])
    if (Array.isArray(list))
      for (const item of list) if (isObject(item)) ids.push(item.subnet_id, item.port_id);
  return ids.filter((id): id is string => typeof id === 'string');
}
