import { groupSetKey } from './indexes.ts';
import type { PolicyRecord, PortRecord } from './records.ts';
import type { StoreView, Transaction } from './store.ts';

/** The part of a port that decides which policy it has. */
export type Grouped = Pick<PortRecord, 'portSecurityEnabled' | 'securityGroupIds'>;

/** The policy of a port; nothing without port security. */
function policyOf(view: StoreView, port: Grouped): PolicyRecord | undefined {
  return port.portSecurityEnabled ? view.find('policies', 'groupSet', groupSetKey(port))[0] : undefined;
}

/**
 * Makes the policy of a port that was just written, and takes away that of its state before, when it was the last one with
 * it. To be called after the write, in its transaction, wherever a port comes, goes, or changes its groups or port security.
 */
export function settlePolicies(
  tx: Transaction,
  before: Grouped | undefined,
  after: Grouped | undefined,
): void {
  if (after?.portSecurityEnabled && policyOf(tx, after) === undefined) {
    const key = tx.allocate('policy');
    tx.put('policies', String(key), { id: String(key), key, securityGroupIds: after.securityGroupIds });
  }
  const old = before && policyOf(tx, before);
  if (old && tx.count('ports', 'groupSet', groupSetKey(old)) === 0) tx.delete('policies', old.id);
}
