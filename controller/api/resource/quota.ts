import { QUOTA_RESOURCES, type QuotaResource } from '#controller/store/records';
import type { StoreView } from '#controller/store/store';
import { fault } from '../faults.ts';
import type { NetworkSettings } from '../settings.ts';
import type { ResourceCollection } from './resource.ts';

/** How many of each resource. */
export type Amounts = Readonly<Record<QuotaResource, number>>;

/** Where the resources of each quota are. */
const COUNTED = {
  network: 'networks',
  subnet: 'subnets',
  port: 'ports',
  security_group: 'securityGroups',
  security_group_rule: 'securityGroupRules',
  trunk: 'trunks',
} as const satisfies Record<QuotaResource, ResourceCollection>;

/** How many of each resource a project may have, -1 without limit: its own limits, otherwise the operator's. */
export function limitsOf(store: StoreView, projectId: string, { quotas }: NetworkSettings): Amounts {
  const own = projectId === '' ? undefined : store.get('quotas', projectId);
  return { ...quotas, ...own?.limits };
}

/** How many of a resource a project has. */
export function usageOf(store: StoreView, projectId: string, resource: QuotaResource): number {
  return store.count(COUNTED[resource], 'project', projectId);
}

/** Refuses what would give a project more than it may have; to be called in the transaction that creates it. */
export function checkQuota(
  store: StoreView,
  projectId: string,
  wanted: Partial<Amounts>,
  settings: NetworkSettings,
): void {
  const limits = limitsOf(store, projectId, settings);
  const over = QUOTA_RESOURCES.filter((resource) => {
    const more = wanted[resource] ?? 0;
    return more > 0 && limits[resource] >= 0 && usageOf(store, projectId, resource) + more > limits[resource];
  });
  if (over.length > 0) throw fault('OverQuota', over);
}
