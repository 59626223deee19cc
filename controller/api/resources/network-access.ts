import type { NetworkRecord } from '#controller/store/records';
import { fault } from '../faults.ts';
import type { Access, Parent } from '../resource/policy.ts';

/** Everybody sees networks that are shared or external, as Neutron's default policy has it. */
export const networkAccess: Access<NetworkRecord> = { isPublic: isPublicNetwork };

/** The network that a subnet or a port is part of. */
export const networkAsParent: Parent = {
  attribute: 'network_id',
  find: (id, store) => {
    const network = store.get('networks', id);
    return network && { projectId: network.projectId, isPublic: isPublicNetwork(network) };
  },
  notFound: (id) => fault('NetworkNotFound', id),
};

export function isPublicNetwork({ shared, external }: NetworkRecord): boolean {
  return shared || external;
}
