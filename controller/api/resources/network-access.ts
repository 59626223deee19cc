import type { NetworkRecord, SubnetRecord } from '#controller/store/records';
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

/** A subnet is made and changed by the owner of its network, and seen by whoever sees the network. */
export const subnetAccess = {
  isPublic: ({ networkId }, store) => networkAsParent.find(networkId, store)?.isPublic ?? false,
  parent: { ...networkAsParent, idOf: ({ networkId }) => networkId },
  parentOwner: ['get', 'update', 'delete'],
  create: 'parentOwner',
} as const satisfies Access<SubnetRecord>;

function isPublicNetwork({ shared, external }: NetworkRecord): boolean {
  return shared || external;
}
