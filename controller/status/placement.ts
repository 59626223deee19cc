import type { PortRecord } from '#controller/store/records';
import { missingWay, type PortFacts, problemOf } from './port-problem.ts';

/** An interface on a hypervisor that says that it is a port’s. */
export interface PluggedInterface {
  /** The hypervisor’s system-id. */
  readonly switch: string;
  readonly interface: string;
  /** OpenFlow port number. */
  readonly ofport: number;
}

/** Where a port is, and why it does not work if it does not: an answer of `GET /v1/ports/ID`. */
export interface Placement {
  readonly id: string;
  /** The hypervisor that it is wired on: its interface’s, or that of its trunk’s parent; null while it is nowhere. */
  readonly switch: string | null;
  /** All interfaces that claim it, also those that may not have it; null for tenants, who are not told of hypervisors. */
  readonly plugged: readonly PluggedInterface[] | null;
  /** A sentence for people; null when it is ACTIVE. */
  readonly problem: string | null;
}

/** Puts together where a port is and what is wrong with it, for those who run the hypervisors. */
export function placementOf(port: PortRecord, facts: PortFacts): Placement {
  const { store, model } = facts;
  const home = model.homeOf(port.id);
  const plugged = store
    .find('vifs', 'port', port.id)
    .map(({ chassisId, name, ofport }) => ({ switch: chassisId, interface: name, ofport }));
  const told = tenantPlacementOf(port, facts);
  const problem = told.problem && (operatorsProblem(port, home, plugged, facts) ?? told.problem);
  return { id: port.id, switch: home ?? null, plugged, problem };
}

/** The same for tenants. */
export function tenantPlacementOf(port: PortRecord, facts: PortFacts): Placement {
  const problem = problemOf(port, facts) ?? 'its switch has not confirmed its flows yet';
  return { id: port.id, switch: null, plugged: null, problem: port.status === 'ACTIVE' ? null : problem };
}

/** What can be said more precisely by naming hypervisors. */
function operatorsProblem(
  port: PortRecord,
  home: string | undefined,
  [elsewhere]: readonly PluggedInterface[],
  { store }: PortFacts,
): string | undefined {
  const network = store.get('networks', port.networkId);
  if (!port.adminStateUp || !network?.adminStateUp) return undefined;
  if (home === undefined)
    return elsewhere && `it is plugged into ${elsewhere.switch}, where its binding does not let it be`;
  const chassis = store.get('chassis', home);
  const way = chassis && missingWay(chassis, network);
  return way && `its hypervisor ${home} has ${way}`;
}
