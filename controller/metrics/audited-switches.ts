import type { Model } from '#controller/model/model';
import type { Reconciler } from '#controller/reconciler/reconciler';
import type { StoreView } from '#controller/store/store';
import type { FirewallScraped } from './firewall-metrics.ts';

/** What audits have found on all switches, in the words of tenants. */
export function auditedSwitches(
  store: StoreView,
  model: Pick<Model, 'claimedBy'>,
  reconciler: Pick<Reconciler, 'switches'>,
): Pick<FirewallScraped, 'switches' | 'groupsOf' | 'portAt'> {
  return {
    *switches() {
      for (const { chassisId: id, audits, evictions } of reconciler.switches)
        yield { id, census: audits.census, denied: audits.denied, evictions };
    },
    groupsOf: (policy) => store.get('policies', String(policy))?.securityGroupIds,
    portAt: (id, key) => [...model.claimedBy(id)].find((port) => store.get('ports', port)?.key === key),
  };
}
