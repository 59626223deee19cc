import type { Facts } from '#apps';
import type { Connection } from '#controller/channel/connection';
import type { FlowChange, FlowSet, Pipeline } from '#pipeline';
import { fragmentsAreShown } from '../install/fragments.ts';
import type { MeterFindings } from '../install/meters.ts';
import { differencesByTurns } from '../reading/read-back.ts';
import type { Turns } from '../turns.ts';
import { DRIFT_KINDS, type Drift, type DriftKind, explainDrift, explainMeterDrift } from './drift.ts';
import type { ForeignPolicy } from './foreign-policy.ts';
import { type Survey, survey } from './survey.ts';

/** Flows that are put into words; all are counted. */
const EXPLAINED = 10;

/** What the audits of one switch have found since the controller started. Times are milliseconds since the epoch. */
export interface AuditReport {
  /** When its flows were last compared with what they ought to be; null before the first time. */
  readonly at: number | null;
  /** Flows and meters that somebody else had deleted, added or changed, and that were repaired. */
  readonly drift: Readonly<Record<DriftKind, number>>;
  /** When there was any, and some of the last of it. */
  readonly driftAt: number | null;
  readonly last: readonly Drift[];
  /** Flows that are not ours, as of the last audit. */
  readonly foreign: number;
  /** Meters that are not ours, as of the last audit. */
  readonly foreignMeters: number;
}

/** What a switch has, at one moment. */
export interface Findings extends Omit<Survey, 'installed'> {
  /** In what our flows differ. */
  readonly changes: readonly FlowChange[];
  /** Whether flows still see fragments for what they are. */
  readonly showsFragments: boolean;
}

/** Reads what a switch has and compares it. Rejects as `walkFlows` does. */
export async function inspect(
  connection: Connection,
  desired: FlowSet,
  policy: ForeignPolicy,
  turns: Turns,
): Promise<Findings> {
  const showsFragments = await fragmentsAreShown(connection);
  const { installed, ...rest } = await survey(connection, desired, policy);
  const changes = await differencesByTurns(desired, installed, turns);
  return { ...rest, changes, showsFragments };
}

/** Keeps account of the audits of one switch. */
export class AuditLedger {
  readonly #pipeline: Pipeline<Facts>;
  #report: AuditReport = {
    at: null,
    drift: { deleted: 0, added: 0, changed: 0 },
    driftAt: null,
    last: [],
    foreign: 0,
    foreignMeters: 0,
  };

  constructor(pipeline: Pipeline<Facts>) {
    this.#pipeline = pipeline;
  }

  get report(): AuditReport {
    return this.#report;
  }

  /** Enters an audit of time `now`; returns how much of each kind it found. */
  enter(
    drift: readonly (FlowChange & { readonly kind: DriftKind })[],
    { foreign, foreignCount }: Findings,
    meters: MeterFindings,
    now: number,
  ): Readonly<Record<DriftKind, number>> {
    const counts = { deleted: 0, added: 0, changed: 0 };
    for (const { kind } of [...drift, ...meters.drift]) counts[kind]++;
    const before = this.#report;
    const sums = { ...before.drift };
    for (const kind of DRIFT_KINDS) sums[kind] += counts[kind];
    const explained = [
      ...meters.drift.slice(0, EXPLAINED).map((each) => explainMeterDrift(each, this.#pipeline)),
      ...drift
        .slice(0, EXPLAINED)
        .map((change) => explainDrift(change, this.#pipeline, foreign.get(change.after?.key ?? ''))),
    ];
    this.#report = {
      at: now,
      drift: sums,
      driftAt: explained.length > 0 ? now : before.driftAt,
      last: [...explained, ...before.last].slice(0, EXPLAINED),
      foreign: foreignCount,
      foreignMeters: meters.foreignCount,
    };
    return counts;
  }
}
