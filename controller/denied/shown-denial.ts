import type { StoreView } from '#controller/store/store';
import type { Denial, DeniedPacket } from './denied-packet.ts';

/** A denied packet in the words of tenants: what `/v1/denied` and the log tell of it. */
export interface ShownDenial extends DeniedPacket {
  /** When the controller got it (RFC 3339). */
  readonly at: string;
  readonly switch: string;
  readonly port_id: string | null;
  readonly network_id: string | null;
  /** As the port sees it. */
  readonly direction: Denial['direction'];
  readonly security_group_ids: readonly string[];
  readonly reason: Denial['reason'];
}

/** Names what a switch knows by keys; null for what is gone meanwhile. */
export function shownDenial(
  { direction, reason, port, policy, network, packet }: Denial,
  chassisId: string,
  store: StoreView,
  portOf: (chassisId: string, key: number) => string | undefined,
): ShownDenial {
  const portId = portOf(chassisId, port);
  const networkId = store.get('ports', portId ?? '')?.networkId;
  return {
    at: new Date().toISOString(),
    switch: chassisId,
    port_id: portId ?? null,
    network_id:
      networkId !== undefined && store.get('networks', networkId)?.key === network ? networkId : null,
    direction,
    security_group_ids: store.get('policies', String(policy))?.securityGroupIds ?? [],
    reason,
    ...packet,
  };
}
