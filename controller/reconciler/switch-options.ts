import type { Logger } from 'pino';
import type { Facts } from '#apps';
import type { Pipeline } from '#pipeline';
import type { ForeignPolicy } from './audit/foreign-policy.ts';
import type { Desired } from './desired/desired.ts';
import type { ReconcileMetrics } from './metrics.ts';
import type { Mastership } from './role.ts';
import type { Turns } from './turns.ts';

/** What the reconciler of one switch works with, and whom it tells. */
export interface SwitchOptions {
  readonly chassisId: string;
  readonly desired: Desired;
  /** The store's revision up to which `update` has told all that commits ask of this switch; nothing while more is to come. */
  readonly upTo: () => number | undefined;
  /** Of all switches. */
  readonly turns?: Turns;
  readonly pipeline: Pipeline<Facts>;
  readonly log: Logger;
  readonly metrics: ReconcileMetrics;
  readonly onProgress: (chassisId: string) => void;
  readonly mastership: Mastership;
  /** The switch has told of a master of this newer generation, or, with undefined, tells of none any more. */
  readonly onMaster?: (newer: bigint | undefined) => void;
  /** Default: `leave`. */
  readonly foreignFlows?: ForeignPolicy;
  /**
   * Called when the switch has none of our flows: it has also forgotten all connections that they had it remember. No flow is
   * sent before this resolves. It must not reject.
   */
  readonly onEmpty?: (chassisId: string) => Promise<void>;
}
