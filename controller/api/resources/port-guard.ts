import type { NetworkRecord, PortRecord } from '#controller/store/records';
import type { Transaction } from '#controller/store/store';
import { fault } from '../faults.ts';
import type { Context } from '../resource/resource.ts';
import { ensureDefaultGroup, usableGroup } from './project-groups.ts';

/** What guards a port's packets. */
export type Guard = Pick<PortRecord, 'portSecurityEnabled' | 'securityGroupIds'>;

/** The part of a request that is about it; undefined where it says nothing. */
export interface GuardRequest {
  readonly port_security_enabled?: boolean | undefined;
  readonly security_groups?: readonly string[] | undefined;
}

/** A new port's guard: the ports of Neutron's own services have none, others are in the default group unless said otherwise. */
export function guardOfNew(
  tx: Transaction,
  projectId: string,
  network: NetworkRecord,
  request: GuardRequest & { readonly device_owner: string },
  context: Context,
): Guard {
  const ofProject = ensureDefaultGroup(tx, projectId, context);
  const isNeutrons = request.device_owner.startsWith('network:');
  const portSecurityEnabled = !isNeutrons && (request.port_security_enabled ?? network.portSecurityEnabled);
  const asked = request.security_groups ?? (portSecurityEnabled ? [ofProject.id] : []);
  if (!portSecurityEnabled && asked.length > 0) throw fault('PortSecurityAndIPRequiredForSecurityGroups');
  return { portSecurityEnabled, securityGroupIds: checkedGroups(tx, asked, context) };
}

/** A port's guard after a request. Port security goes only when the groups go first, or with them. */
export function changedGuard(
  tx: Transaction,
  port: PortRecord,
  request: GuardRequest,
  context: Context,
): Guard {
  const portSecurityEnabled = request.port_security_enabled ?? port.portSecurityEnabled;
  const asked = request.security_groups;
  if (!portSecurityEnabled) {
    if (asked !== undefined && asked.length > 0) throw fault('PortSecurityAndIPRequiredForSecurityGroups');
    if (asked === undefined && port.securityGroupIds.length > 0)
      throw fault('PortSecurityPortHasSecurityGroup');
    return { portSecurityEnabled, securityGroupIds: [] };
  }
  const securityGroupIds = asked === undefined ? port.securityGroupIds : checkedGroups(tx, asked, context);
  return { portSecurityEnabled, securityGroupIds };
}

/** The groups in the order in which they are kept, if all exist and go together. */
function checkedGroups(tx: Transaction, ids: readonly string[], { caller }: Context): readonly string[] {
  const sorted = [...ids].sort();
  const missing = sorted.filter((id) => usableGroup(tx, id, caller) === undefined);
  if (missing.length > 0) throw fault('SecurityGroupNotFound', missing.join(', '));
  if (new Set(sorted.map((id) => tx.get('securityGroups', id)?.stateful)).size > 1)
    throw fault(
      'SecurityGroupConflict',
      'Cannot apply both stateful and stateless security groups on the same port at the same time',
    );
  return sorted;
}
