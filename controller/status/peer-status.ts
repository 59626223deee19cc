import { formatIp } from '#controller/base/addresses';
import type { Model } from '#controller/model/model';
import type { PeerCounters } from '#controller/reconciler/reading/peer-counters';
import type { Reconciler } from '#controller/reconciler/reconciler';
import { TUNNEL_TYPES, type TunnelType } from '#controller/store/records';
import type { StoreView } from '#controller/store/store';

/** Another hypervisor as a switch reaches it, by one type of tunnel: a row of `peers` in GET /v1/switches/ID. */
export interface PeerStatus {
  readonly id: string;
  readonly type: TunnelType;
  /** Where packets for it are sent to. */
  readonly address: string;
  /** Its own switch is connected to the controller. */
  readonly connected: boolean;
  /** Packets sent to it and taken from it since their flows are there; null when this switch does not tell. */
  readonly sent: number | null;
  readonly received: number | null;
}

/** All hypervisors that a switch exchanges packets with, and how many. Asks the switch, if it is connected. */
export async function peerStatuses(
  view: StoreView,
  model: Pick<Model, 'facts'>,
  reconciler: Pick<Reconciler, 'switchOf' | 'peerCountersOf'>,
  chassisId: string,
): Promise<readonly PeerStatus[]> {
  const peers = [...model.facts(chassisId)].flatMap((fact) => (fact.kind === 'peer' ? [fact] : []));
  if (peers.length === 0) return [];
  const counters = await reconciler.peerCountersOf(chassisId);
  const owners = new Map(
    view
      .list('chassis')
      .flatMap(({ id, peerKeys }) => TUNNEL_TYPES.map((type) => [peerKeys[type], { id, type }] as const)),
  );
  return peers
    .flatMap(({ key, address: { version, bits } }): PeerStatus[] => {
      const owner = owners.get(key);
      if (!owner) return [];
      const { sent, received } = counters ? (counters.get(key) ?? NOTHING) : UNKNOWN;
      const connected = reconciler.switchOf(owner.id)?.isReachable ?? false;
      return [{ ...owner, address: formatIp(version, bits), connected, sent, received }];
    })
    .sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : a.type < b.type ? -1 : 1));
}

const NOTHING: PeerCounters = { sent: 0, received: 0 };
const UNKNOWN = { sent: null, received: null } as const;
