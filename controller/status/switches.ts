import type { Reconciler } from '../reconciler/reconciler.ts';
import type { SwitchState } from '../reconciler/switch.ts';
import type { StoreView } from '../store/store.ts';

/** What the OVSDB side knows of a hypervisor. */
export interface OvsdbStatus {
  /** external_ids:system-id; '' when it has none. */
  readonly id: string;
  /** Where the session comes from. */
  readonly peer: string;
  readonly connected: boolean;
  /** Why it cannot be used, for people; nothing when it can. */
  readonly problem: string | undefined;
}

/** One row of GET /v1/switches. */
export interface SwitchStatus {
  readonly id: string;
  readonly hostname: string;
  /** Its tunnel end, or where its OVSDB session comes from when it is not accepted yet. */
  readonly address: string;
  readonly ovsdb: boolean;
  /** The OpenFlow connection is up. */
  readonly connected: boolean;
  readonly state: SwitchState | 'pending';
  readonly flows: number;
  readonly refused: number;
  readonly ports: number;
  readonly portsUp: number;
  readonly problem: string | null;
}

/** Puts together what store, reconciler and OVSDB know of every switch, also of those that are not accepted. */
export function switchStatuses(
  view: StoreView,
  reconciler: Reconciler,
  ovsdb: readonly OvsdbStatus[],
): SwitchStatus[] {
  const accepted = view.list('chassis').map((chassis): SwitchStatus => {
    const session = ovsdb.find((each) => each.id === chassis.id && each.problem === undefined);
    const found = reconciler.switchOf(chassis.id);
    const ports = Object.keys(chassis.interfaces).flatMap((id) => view.get('ports', id) ?? []);
    return {
      id: chassis.id,
      hostname: chassis.hostname,
      address: chassis.encapIp,
      ovsdb: session?.connected ?? false,
      connected: found?.connection !== undefined,
      state: found?.state ?? 'absent',
      flows: found?.desired.flows.size ?? 0,
      refused: found ? [...found.refused].length : 0,
      ports: ports.length,
      portsUp: ports.filter((port) => port.status === 'ACTIVE').length,
      problem: null,
    };
  });
  const pending = ovsdb
    .filter((each) => each.problem !== undefined)
    .map(
      (each): SwitchStatus => ({
        id: each.id,
        hostname: '',
        address: each.peer,
        ovsdb: each.connected,
        connected: false,
        state: 'pending',
        flows: 0,
        refused: 0,
        ports: 0,
        portsUp: 0,
        problem: each.problem ?? null,
      }),
    );
  return [...accepted, ...pending];
}
