import type { StoreView } from '#controller/store/store';

/** An interface on a hypervisor’s bridge that was meant for a port, and serves none. */
export interface IdleInterface {
  readonly interface: string;
  /** Why, for people. */
  readonly problem: string;
}

/**
 * The interfaces of a hypervisor that serve no port although they have an iface-id, or cannot: those that its database tells of
 * (`unusable`, the problem by name), and those whose iface-id is of no port. By name, `MOST` of them.
 */
export function idleInterfaces(
  view: Pick<StoreView, 'find' | 'get'>,
  unusable: ReadonlyMap<string, string>,
  chassisId: string,
): readonly IdleInterface[] {
  const problems = new Map(unusable);
  for (const { name, portId } of view.find('vifs', 'chassis', chassisId)) {
    if (view.get('ports', portId) === undefined)
      problems.set(name, `external_ids:iface-id=${portId} is the id of no port`);
  }
  return [...problems]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .slice(0, MOST)
    .map(([name, problem]) => ({ interface: name, problem }));
}

/** A bridge may have thousands, and the rest is of no help. */
const MOST = 100;
