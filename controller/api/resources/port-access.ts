import type { PortRecord } from '#controller/store/records';
import type { StoreView } from '#controller/store/store';
import type { Caller } from '../caller.ts';
import { fault } from '../faults.ts';
import { type Access, mayRead } from '../resource/policy.ts';
import { networkAsParent } from './network-access.ts';

/** A port is its project's; the owner of its network sees it, too, and may delete it. */
export const portAccess: Access<PortRecord> = {
  parent: { ...networkAsParent, idOf: ({ networkId }) => networkId },
  parentOwner: ['get', 'delete'],
};

/** A port that the caller is shown; any other does not exist for it. */
export function portSeenBy(caller: Caller, store: StoreView, id: string): PortRecord {
  const port = store.get('ports', id);
  if (port === undefined || !mayRead(portAccess, port, caller, store)) throw fault('PortNotFound', id);
  return port;
}

/** Refuses what only a port's own project may, whoever else is shown it: throws the fault PolicyNotAuthorized, which names the rule. */
export function checkOwnsPort({ role, projectId }: Caller, port: PortRecord, rule: string): void {
  if (role !== 'admin' && port.projectId !== projectId) throw fault('PolicyNotAuthorized', `rule:${rule}`);
}
