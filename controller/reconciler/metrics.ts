import { Counter, Histogram, type Registry } from 'prom-client';
import { DroppedPackets } from './audit/dropped-packets.ts';

/** What the reconciler counts, over all switches. */
export interface ReconcileMetrics {
  readonly changes: Counter;
  readonly bundles: Counter;
  readonly refusals: Counter<'error'>;
  readonly failures: Counter<'code'>;
  readonly installSeconds: Histogram;
  readonly readBackSeconds: Histogram;
  readonly drift: Counter<'kind'>;
  readonly auditSeconds: Histogram;
  readonly orphans: Counter;
  /** Told by `firewallMetrics`. */
  readonly dropped: DroppedPackets;
}

const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** Registers the reconciler's metrics. */
export function reconcileMetrics(registry: Registry): ReconcileMetrics {
  const registers = [registry];
  return {
    changes: new Counter({
      name: 'tenantflow_flow_changes_total',
      help: 'Flows added, changed or deleted on switches.',
      registers,
    }),
    bundles: new Counter({
      name: 'tenantflow_bundles_total',
      help: 'Bundles committed, and flow-mods that were sent alone.',
      registers,
    }),
    refusals: new Counter({
      name: 'tenantflow_flow_refusals_total',
      help: 'Flows that a switch refused, by OpenFlow error.',
      labelNames: ['error'],
      registers,
    }),
    failures: new Counter({
      name: 'tenantflow_reconcile_failures_total',
      help: 'Attempts that ended before a switch was reconciled, by code.',
      labelNames: ['code'],
      registers,
    }),
    drift: new Counter({
      name: 'tenantflow_drift_flows_total',
      help: 'Flows and meters that audits found deleted, added or changed by somebody else, and repaired.',
      labelNames: ['kind'],
      registers,
    }),
    orphans: new Counter({
      name: 'tenantflow_learned_orphans_total',
      help: 'Learned flows of ports that are gone, which audits found and had removed.',
      registers,
    }),
    dropped: new DroppedPackets(),
    auditSeconds: new Histogram({
      name: 'tenantflow_audit_seconds',
      help: 'Time from asking a switch for its flows to knowing in what they differ.',
      buckets: SECONDS,
      registers,
    }),
    readBackSeconds: new Histogram({
      name: 'tenantflow_read_back_seconds',
      help: 'Time from asking a switch that has connected for its flows to knowing in what they differ, if it has any.',
      buckets: SECONDS,
      registers,
    }),
    installSeconds: new Histogram({
      name: 'tenantflow_install_seconds',
      help: 'Time from writing changed flows of a switch to the barrier behind them.',
      buckets: SECONDS,
      registers,
    }),
  };
}
