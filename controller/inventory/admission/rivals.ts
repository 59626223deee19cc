import type { ChassisRecord } from '#controller/store/records';
import type { StoreView } from '#controller/store/store';

/**
 * Why a hypervisor may not be stored beside another that is: one of its names is the other's. The other may be away only
 * for a while, with its flows at work, so it keeps them until an operator forgets it. Undefined when there is none.
 */
export function rivalOf(
  view: StoreView,
  { id, hostname, encapIps }: Pick<ChassisRecord, 'id' | 'hostname' | 'encapIps'>,
): string | undefined {
  const problem = (what: string, rival: ChassisRecord) =>
    `${what} belongs to chassis ${rival.id} (${rival.hostname}, ${rival.encapIps.join(', ')}); if that one is gone for good: tenantflow forget ${rival.id}`;
  const other = (rivals: readonly ChassisRecord[]) => rivals.find((rival) => rival.id !== id);
  const namesake = other(view.find('chassis', 'host', id));
  if (namesake) return problem(`system-id ${id}`, namesake);
  const host = other(view.find('chassis', 'host', hostname));
  if (host) return problem(`hostname ${hostname}`, host);
  for (const address of encapIps) {
    const neighbour = other(view.find('chassis', 'encapIp', address));
    if (neighbour) return problem(`tenantflow-encap-ip ${address}`, neighbour);
  }
  return undefined;
}
