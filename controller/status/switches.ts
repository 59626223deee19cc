import type { Model } from '#controller/model/model';
import type { Reconciler } from '#controller/reconciler/reconciler';
import type { SwitchState } from '#controller/reconciler/switch';
import type { StoreView } from '#controller/store/store';
import { missingWay } from './port-problem.ts';

/** What the OVSDB side knows of a hypervisor. */
export interface OvsdbStatus {
  /** external_ids:system-id; '' when it has none. */
  readonly id: string;
  /** Where the session comes from. */
  readonly peer: string;
  readonly connected: boolean;
  /** Why it cannot be used, for people; nothing when it can. */
  readonly problem: string | undefined;
  /** What goes wrong although it is used. */
  readonly warning: string | undefined;
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

/** Puts together what store, model, reconciler and OVSDB know of every switch, also of those that are not accepted. */
export function switchStatuses(
  view: StoreView,
  model: Pick<Model, 'homeOf' | 'networksAt' | 'claimedBy'>,
  reconciler: Pick<Reconciler, 'switchOf'>,
  sessions: readonly OvsdbStatus[],
): SwitchStatus[] {
  const used = new Map(sessions.flatMap((each) => (each.problem === undefined ? [[each.id, each]] : [])));
  const accepted = view.list('chassis').map(({ id, hostname, encapIp }): SwitchStatus => {
    const session = used.get(id);
    const found = reconciler.switchOf(id);
    const ports = [...model.claimedBy(id)].flatMap((portId) =>
      model.homeOf(portId) === id ? (view.get('ports', portId) ?? []) : [],
    );
    return {
      id,
      hostname,
      address: encapIp,
      ovsdb: session?.connected ?? false,
      connected: found?.connection !== undefined,
      state: found?.state ?? 'absent',
      flows: found?.desired.flows.size ?? 0,
      refused: found?.refusedCount ?? 0,
      ports: ports.length,
      portsUp: ports.filter((port) => port.status === 'ACTIVE').length,
      problem: problemOf(session, found?.connection !== undefined, missingWays(view, model, id)),
    };
  });
  const pending = sessions.flatMap(({ id, peer, connected, problem }): SwitchStatus[] =>
    problem === undefined
      ? []
      : [{ ...NOTHING_KNOWN, id, address: peer, ovsdb: connected, state: 'pending', problem }],
  );
  return [...accepted, ...pending];
}

function problemOf(
  session: OvsdbStatus | undefined,
  connected: boolean,
  missing: readonly string[],
): string | null {
  if (session?.warning !== undefined) return session.warning;
  if (session && !connected) return NO_OPENFLOW;
  if (missing.length === 0) return null;
  return `it has ports of networks that it cannot carry: ${missing.join('; ')}`;
}

/** Why networks that are present on a switch cannot leave it, each reason once. */
function missingWays(
  view: StoreView,
  model: Pick<Model, 'networksAt'>,
  chassisId: string,
): readonly string[] {
  const chassis = view.get('chassis', chassisId);
  const reasons = new Set<string>();
  for (const id of model.networksAt(chassisId)) {
    const network = view.get('networks', id);
    if (network === undefined || chassis === undefined) continue;
    const way = missingWay(chassis, network);
    if (way !== undefined) reasons.add(way);
  }
  return [...reasons];
}

const NO_OPENFLOW = 'its database is connected, but its switch is not: can it reach the OpenFlow address?';
const NOTHING_KNOWN = { hostname: '', connected: false, flows: 0, refused: 0, ports: 0, portsUp: 0 } as const;
