import type { PortRecord } from '#controller/store/records';
import { type PortFacts, problemOf } from './port-problem.ts';

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
  /**
   * The hypervisor that it is wired on: its own interface’s, or that of its trunk’s parent; null while it is
   * nowhere.
   */
  readonly switch: string | null;
  /** All interfaces that claim it, also those that may not have it. */
  readonly plugged: readonly PluggedInterface[];
  /** A sentence for people; null when it is ACTIVE. */
  readonly problem: string | null;
}

/** Puts together where a port is and what is wrong with it. */
export function placementOf(port: PortRecord, facts: PortFacts): Placement {
  const { store, model } = facts;
  const home = model.homeOf(port.id);
  const plugged = store
    .find('vifs', 'port', port.id)
    .map(({ chassisId, name, ofport }) => ({ switch: chassisId, interface: name, ofport }));
  const [elsewhere] = plugged;
  const isBarred = port.adminStateUp && home === undefined && elsewhere !== undefined;
  const problem = isBarred
    ? `it is plugged into ${elsewhere.switch}, where its binding does not let it be`
    : (problemOf(port, facts) ?? 'its switch has not confirmed its flows yet');
  return { id: port.id, switch: home ?? null, plugged, problem: port.status === 'ACTIVE' ? null : problem };
}
