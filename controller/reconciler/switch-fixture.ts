import { pino } from 'pino';
import { Registry } from 'prom-client';
import { edgePipeline, type Facts } from '#apps';
import { Desired } from './desired/desired.ts';
import { reconcileMetrics } from './metrics.ts';
import { SwitchReconciler } from './switch.ts';
import type { SwitchOptions } from './switch-options.ts';

/** The reconciler of one switch by itself: it is the switch's master, and all facts up to revision 0 have been told. */
export function reconcilerOf(
  facts: readonly Facts[keyof Facts][],
  options: Partial<SwitchOptions> = {},
): SwitchReconciler {
  const pipeline = edgePipeline();
  return new SwitchReconciler({
    chassisId: 'hv1',
    desired: new Desired(pipeline, facts),
    upTo: () => 0,
    pipeline,
    log: pino({ level: 'silent' }),
    metrics: reconcileMetrics(new Registry()),
    onProgress: () => undefined,
    mastership: { role: 'master', generation: 1n },
    ...options,
  });
}
