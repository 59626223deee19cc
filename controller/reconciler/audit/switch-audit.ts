import type { Logger } from 'pino';
import type { Facts } from '#apps';
import type { Connection } from '#controller/channel/connection';
import type { Pipeline } from '#pipeline';
import type { Desired } from '../desired/desired.ts';
import { showFragments } from '../install/fragments.ts';
import type { MeterFindings, Meters } from '../install/meters.ts';
import type { Outstanding } from '../install/outstanding.ts';
import type { ReconcileMetrics } from '../metrics.ts';
import type { Turns } from '../turns.ts';
import { AuditLedger, type AuditReport, type Findings, inspect } from './audit.ts';
import { type Census, forget, type Learned, sortLearned } from './census.ts';
import { DRIFT_KINDS, driftKind } from './drift.ts';
import { DropLedger } from './drop-ledger.ts';
import type { Denied } from './dropped-packets.ts';
import type { ForeignPolicy } from './foreign-policy.ts';

/** Flows that somebody else changed that one audit logs; their numbers always are. */
const LOGGED_DRIFT = 5;

export interface SwitchAuditOptions {
  readonly desired: Desired;
  readonly outstanding: Outstanding;
  readonly meters: Meters;
  readonly pipeline: Pipeline<Facts>;
  readonly policy: ForeignPolicy;
  readonly turns: Turns;
  readonly log: Logger;
  readonly metrics: ReconcileMetrics;
  /** The switch had none of our flows. */
  readonly onEmpty: () => void;
}

/** The audits of one switch: what they find is entered as outstanding, counted, logged and kept for people. */
export class SwitchAudit {
  readonly #options: SwitchAuditOptions;
  readonly #ledger: AuditLedger;
  readonly #drops: DropLedger;
  #census: Census = { count: 0, ports: new Map() };
  #isUnderWay = false;

  constructor(options: SwitchAuditOptions) {
    this.#options = options;
    this.#ledger = new AuditLedger(options.pipeline);
    this.#drops = new DropLedger(options.pipeline, options.metrics.dropped);
  }

  get report(): AuditReport {
    return this.#ledger.report;
  }

  /** What the switch has learned, as of the last audit. */
  get census(): Census {
    return this.#census;
  }

  /** Packets that security groups have denied between the first audit and the last. */
  get denied(): Denied {
    return this.#drops.denied;
  }

  get isUnderWay(): boolean {
    return this.#isUnderWay;
  }

  /**
   * Audits the switch; to be called while nothing is outstanding. Resolves with false when `isValid` no longer holds at the
   * end: then what was read is thrown away. Rejects as `inspect` does.
   */
  async run(connection: Connection, isValid: () => boolean): Promise<boolean> {
    const { desired, outstanding, meters, policy, metrics, turns } = this.#options;
    this.#isUnderWay = true;
    outstanding.follow();
    try {
      const end = metrics.auditSeconds.startTimer();
      const findings = await inspect(connection, desired.flows, policy, turns);
      const found = await meters.read(connection);
      const dropped = await meters.readDrops(connection);
      end();
      if (!isValid()) return false;
      this.#drops.enter(findings.drops);
      this.#drops.enterMeters(dropped);
      this.#sweep(connection, findings.learned);
      this.#enter(findings, found);
      if (!findings.showsFragments) await showFragments(connection);
      return true;
    } finally {
      this.#isUnderWay = false;
    }
  }

  /**
   * Deletes learned flows whose learning flow is gone. Not while flows change: a flow that goes takes what it has learned
   * along, and one that comes may have learned something already.
   */
  #sweep(connection: Connection, learned: readonly Learned[]): void {
    const { desired, outstanding, log, metrics } = this.#options;
    const { census, orphans } = sortLearned(learned, desired.flows.values());
    this.#census = census;
    if (orphans.length === 0 || !outstanding.isQuiet) return;
    forget(
      connection,
      orphans.map(({ hi, lo }) => ({ hi, maskHi: 0xffffffff, lo })),
    );
    const flows = orphans.reduce((sum, { count }) => sum + count, 0);
    metrics.orphans.inc(flows);
    log.warn({ flows, ports: orphans.length }, 'learned flows of nobody removed');
  }

  #enter(findings: Findings, meters: MeterFindings): void {
    const { desired, outstanding, policy, log, metrics, onEmpty } = this.#options;
    const changes = outstanding.drift(findings.changes);
    const drift = changes.map((change) => ({ ...change, kind: driftKind(change) }));
    const strangers = [...findings.foreign.values()].filter(
      ({ key }) => policy === 'remove' && !desired.flows.get(key),
    );
    for (const change of drift) outstanding.found(change);
    for (const flow of strangers) outstanding.found({ before: flow, after: undefined });
    const counts = this.#ledger.enter(drift, findings, meters, Date.now());
    for (const kind of DRIFT_KINDS) metrics.drift.inc({ kind }, counts[kind]);
    if (!findings.showsFragments) log.warn('somebody changed what flows see of fragments: repaired');
    if (strangers.length > 0) log.warn({ flows: strangers.length }, 'foreign flows removed');
    if (drift.length + meters.drift.length === 0) return;
    const last = this.report.last.slice(0, LOGGED_DRIFT);
    log.warn({ ...counts, last }, 'somebody changed flows or meters: repaired');
    if (drift.filter(({ kind }) => kind === 'deleted').length === desired.flows.size) onEmpty();
  }
}
