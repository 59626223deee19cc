import type { Logger } from 'pino';
import { isExpected, RECONCILE_CODES } from './errors.ts';
import type { ReconcileMetrics } from './metrics.ts';

/** Counts and logs why an attempt on a switch failed; what nobody expects is our own mistake. Returns it in words for people. */
export function tellFailure(
  error: unknown,
  what: string,
  { log, metrics, retryMs }: { log: Logger; metrics: ReconcileMetrics; retryMs: number | undefined },
): string {
  const expected = isExpected(error);
  const code = expected ? error.code : 'RECO_FAULT';
  const reason = expected ? error.message : RECONCILE_CODES.RECO_FAULT;
  metrics.failures.inc({ code });
  if (expected) log.warn({ code, reason, retryMs }, what);
  else log.error({ code, err: error, retryMs }, what);
  return reason;
}
