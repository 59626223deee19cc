import type { Model } from '#controller/model/model';
import { familiesOf, shareFamily, tunnelTypeOf } from '#controller/model/tunnel-ends';
import type { FaultyFact } from '#controller/reconciler/desired/desired';
import type { Reconciler } from '#controller/reconciler/reconciler';
import type { SwitchReconciler } from '#controller/reconciler/switch';
import type { SwitchState } from '#controller/reconciler/switch-state';
import type { RecoveryWindows } from '#controller/recovery-windows';
import type { ChassisRecord, Firewall } from '#controller/store/records';
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

/** What the OVSDB side knows of all hypervisors. */
export interface Databases {
  sessions(): readonly OvsdbStatus[];
  /** Why the last session of a hypervisor that has none ended; undefined when it had none. */
  endOf(id: string): string | undefined;
  /** What does not answer of hypervisors that have to be called; `id` is '' of one that has not answered yet. */
  unreached(): readonly { readonly id: string; readonly target: string; readonly problem: string }[];
}

/** One row of GET /v1/switches. */
export interface SwitchStatus {
  readonly id: string;
  readonly hostname: string;
  /** Its tunnel ends, or where its OVSDB session comes from when it is not accepted yet. */
  readonly address: string;
  /** How it keeps the state of connections; null of one that is not accepted. */
  readonly firewall: Firewall | null;
  /** For how many seconds more running TCP sessions are taken up on all its ports; 0: not any more. */
  readonly recovering: number;
  /** On how many single ports they are, which have come from elsewhere. */
  readonly recoveringPorts: number;
  /** Flows that it has learned and forgotten for want of room, since the controller started. */
  readonly evicted: number;
  readonly ovsdb: boolean;
  /** The OpenFlow connection is up, and one of both ends of the hypervisor answers. */
  readonly connected: boolean;
  readonly state: SwitchState | 'pending';
  /** That it ought to have, as far as they are worked out. */
  readonly flows: number;
  /** Flows in which it is known to differ, and is to be changed. */
  readonly pending: number;
  /** Bytes that wait to be taken by the switch. */
  readonly unsentBytes: number;
  readonly refused: number;
  /** Flows and meters that somebody else deleted, added or changed since the controller started; all were repaired. */
  readonly drift: number;
  /** Flows on its bridge that are not ours, as of the last audit. */
  readonly foreign: number;
  /** Meters that are not ours, likewise. */
  readonly foreignMeters: number;
  readonly ports: number;
  readonly portsUp: number;
  readonly problem: string | null;
}

/** Puts together what store, model, reconciler and OVSDB know of every switch, also of those that are not accepted. */
export function switchStatuses(
  view: StoreView,
  model: Pick<Model, 'homeOf' | 'networksAt' | 'hostsOf' | 'claimedBy'>,
  reconciler: Pick<Reconciler, 'switchOf' | 'endOf'>,
  windows: Pick<RecoveryWindows, 'secondsOf' | 'portsOf'>,
  databases: Databases,
): SwitchStatus[] {
  const sessions = databases.sessions();
  const used = new Map(sessions.flatMap((each) => (each.problem === undefined ? [[each.id, each]] : [])));
  const refused = new Map(sessions.flatMap((each) => (each.problem === undefined ? [] : [[each.id, each]])));
  const unreached = databases.unreached();
  const all = view.list('chassis');
  const strangersOf = strangersAmong(all);
  const accepted = all.map((chassis): SwitchStatus => {
    const { id, hostname, encapIps, firewall } = chassis;
    const session = used.get(id);
    const ends = {
      switch: reconciler.endOf(id),
      database: databases.endOf(id),
      call: unreached.find((each) => each.id === id)?.problem,
    };
    const found = reconciler.switchOf(id);
    const ports = [...model.claimedBy(id)].flatMap((portId) =>
      model.homeOf(portId) === id ? (view.get('ports', portId) ?? []) : [],
    );
    return {
      id,
      hostname,
      address: encapIps.join(', '),
      firewall,
      recovering: windows.secondsOf(id),
      recoveringPorts: windows.portsOf(id),
      evicted: found?.evictions.count ?? 0,
      ovsdb: session?.connected ?? false,
      connected: found?.isReachable ?? false,
      state: found?.state ?? 'absent',
      flows: found?.desired.compiled.size ?? 0,
      pending: found?.pendingCount ?? 0,
      unsentBytes: found?.connection?.unsentBytes ?? 0,
      refused: found?.refusedCount ?? 0,
      ...auditSums(found),
      ports: ports.length,
      portsUp: ports.filter((port) => port.status === 'ACTIVE').length,
      problem: problemOf(session ?? refused.get(id), found, ends, [
        ...missingWays(view, model, chassis, strangersOf(chassis)),
        ...faultyNetworks(view, model, id, found?.desired.faults ?? []),
      ]),
    };
  });
  const pending = sessions.flatMap(({ id, peer, connected, problem }): SwitchStatus[] =>
    problem === undefined
      ? []
      : [{ ...NOTHING_KNOWN, id, address: peer, ovsdb: connected, state: 'pending', problem }],
  );
  const unknown = unreached.flatMap(({ id, target, problem }): SwitchStatus[] =>
    id === '' ? [{ ...NOTHING_KNOWN, id, address: target, ovsdb: false, state: 'pending', problem }] : [],
  );
  return [...accepted, ...pending, ...unknown];
}

function problemOf(
  session: OvsdbStatus | undefined,
  found: SwitchReconciler | undefined,
  ends: Readonly<Record<'switch' | 'database' | 'call', string | undefined>>,
  missing: readonly string[],
): string | null {
  if (found?.state === 'outranked') return outranked(found.rank.outrankedBy);
  // It calls, and is not let in: nothing else explains more.
  if (session?.problem !== undefined) return session.problem;
  if (session?.warning !== undefined) return session.warning;
  if (ends.call !== undefined) return ends.call;
  if (found?.state === 'silent') return session?.connected ? hanging(found) : SILENT;
  if (found?.connection === undefined) {
    if (session || ends.switch !== undefined || ends.database !== undefined)
      return notConnected(session, ends.switch);
  } else if (session === undefined && ends.database !== undefined) return `${NO_OVSDB} ${ends.database}`;
  if (found?.state === 'retrying')
    return `its flows are not as they ought to be, tried again: ${found.reason}`;
  if (missing.length === 0) return refusals(found);
  return `it has ports of networks that it cannot carry: ${missing.join('; ')}`;
}

function notConnected(session: OvsdbStatus | undefined, end: string | undefined): string {
  const what = session ? NO_OPENFLOW : 'neither its database nor its switch is connected.';
  return end === undefined ? what : `${what} The last connection of the switch ended: ${end}`;
}

function hanging({ connection }: SwitchReconciler): string {
  const waiting = connection?.unsentBytes ?? 0;
  return `${HANGING}${waiting > 0 ? `; ${waiting} bytes wait to be taken` : ''}`;
}

/** What to do about a newer master. Generations are told in `external_ids:tenantflow-generation`, too. */
function outranked(generation: bigint | undefined): string {
  return `another controller, of generation ${generation}, has become its master, so that nothing is changed there: whichever is started last has it, so restart this one to take it back`;
}

/** What a switch refuses, by OpenFlow error; the ports that need it are DOWN. */
function refusals(found: SwitchReconciler | undefined): string | null {
  const counts = new Map<string, number>();
  for (const { error } of found?.refused ?? []) counts.set(error, (counts.get(error) ?? 0) + 1);
  if (counts.size === 0) return null;
  return `it refuses flows: ${[...counts].map(([error, count]) => `${count} by ${error}`).join(', ')}`;
}

/** Why networks that are present on a switch cannot leave it, or reach all others that have them; each reason once. */
function missingWays(
  view: StoreView,
  model: Pick<Model, 'networksAt' | 'hostsOf'>,
  chassis: ChassisRecord,
  strangers: readonly ChassisRecord[],
): readonly string[] {
  const reasons = new Set<string>();
  for (const id of model.networksAt(chassis.id)) {
    const network = view.get('networks', id);
    if (network === undefined) continue;
    const way = missingWay(chassis, network);
    if (way !== undefined) reasons.add(way);
    else if (strangers.length > 0 && tunnelTypeOf(network.type) !== undefined) {
      const hosts = new Set(model.hostsOf(id));
      for (const other of strangers) if (hosts.has(other.id)) reasons.add(noWayTo(other));
    }
  }
  return [...reasons];
}

/** Tells of each hypervisor with which others it has no family of addresses in common, without looking at each pair. */
function strangersAmong(all: readonly ChassisRecord[]): (chassis: ChassisRecord) => readonly ChassisRecord[] {
  const alike = new Map<string, ChassisRecord[]>();
  for (const chassis of all) {
    const families = familiesOf(chassis).join();
    const group = alike.get(families);
    if (group) group.push(chassis);
    else alike.set(families, [chassis]);
  }
  return (chassis) =>
    [...alike.values()].flatMap((group) => (group[0] && shareFamily(chassis, group[0]) ? [] : group));
}

/** The networks on a switch whose flows could not be made, each with the reason. The others are not concerned. */
function faultyNetworks(
  view: StoreView,
  model: Pick<Model, 'networksAt'>,
  chassisId: string,
  faults: Iterable<FaultyFact>,
): readonly string[] {
  const reasons = new Map<number, string>();
  for (const { fact, error } of faults)
    if (fact.kind === 'segment')
      reasons.set(fact.key, error.code === 'PIPE_BUDGET' ? TOO_LARGE : error.message);
  if (reasons.size === 0) return [];
  return [...model.networksAt(chassisId)].flatMap((id) => {
    const reason = reasons.get(view.get('networks', id)?.key ?? 0);
    return reason === undefined ? [] : [`no flows for network ${id}, since ${reason}`];
  });
}

function auditSums(
  found: SwitchReconciler | undefined,
): Pick<SwitchStatus, 'drift' | 'foreign' | 'foreignMeters'> {
  if (found === undefined) return { drift: 0, foreign: 0, foreignMeters: 0 };
  const { drift, foreign, foreignMeters } = found.audits.report;
  return { drift: drift.deleted + drift.added + drift.changed, foreign, foreignMeters };
}

function noWayTo(other: ChassisRecord): string {
  const [family] = familiesOf(other);
  return `no IPv${family} address, and ${other.id} has no other (external_ids:tenantflow-encap-ip)`;
}

/** Open vSwitch bounds the look-ups of a packet, copies included: 4096. */
const TOO_LARGE = 'it has more ports and hypervisors than one broadcast may be copied to';
const NO_OPENFLOW = 'its database is connected, but its switch is not: can it reach the OpenFlow address?';
const NO_OVSDB =
  'its switch is connected and kept right, but its database is not, so that nothing is seen of what is plugged or set there. Its last connection ended:';
const HANGING =
  'its switch does not answer, though its database does: ovs-vswitchd hangs, was stopped, or reads nothing';
const SILENT = 'it does not answer: it has lost its address or its way here, or is no more';
const NOTHING_KNOWN = {
  hostname: '',
  firewall: null,
  recovering: 0,
  recoveringPorts: 0,
  evicted: 0,
  connected: false,
  flows: 0,
  pending: 0,
  unsentBytes: 0,
  refused: 0,
  drift: 0,
  foreign: 0,
  foreignMeters: 0,
  ports: 0,
  portsUp: 0,
} as const;
