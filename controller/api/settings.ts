import type { NetworkRecord, NetworkType, QuotaResource, TunnelType } from '#controller/store/records';

/** Inclusive range of segmentation ids. */
export type IdRange = readonly [first: number, last: number];

/** What the operator decides about networks. */
export interface NetworkSettings {
  /** Bytes that an IP packet of the underlay may have. */
  readonly pathMtu: number;
  /** IP version of the underlay's addresses: how much tunnels take away from the MTU. */
  readonly overlayIpVersion: 4 | 6;
  /** Types tried in order for a network whose creator names none. */
  readonly tenantTypes: readonly NetworkType[];
  /** Ids handed out automatically; others may be asked for by number. */
  readonly tunnelIds: Readonly<Record<TunnelType, readonly IdRange[]>>;
  /** VLAN ids handed out per physical network; one without ranges is known, and its ids are asked for by number. */
  readonly vlans: Readonly<Record<string, readonly IdRange[]>>;
  /** Physical networks that may carry a flat network; `*` admits any. */
  readonly flat: readonly string[];
  /** Whether the attribute `vlan_transparent` is offered. */
  readonly vlanTransparent: boolean;
  /** Whether the attribute `qinq` is offered. */
  readonly qinq: boolean;
  /** How many of each a project may have that has no limits of its own; -1 is without limit. */
  readonly quotas: Readonly<Record<QuotaResource, number>>;
}

/** Bytes that each type adds to a packet over IPv4; untunnelled types add none that count. */
const OVERHEAD: Readonly<Record<NetworkType, number>> = {
  local: 0,
  flat: 0,
  vlan: 0,
  /** Outer IPv4 20, UDP 8, VXLAN 8 (RFC 7348), inner Ethernet 14. */
  vxlan: 50,
  /** Outer IPv4 20, GRE with key 8 (RFC 2890), inner Ethernet 14. */
  gre: 42,
  /** Outer IPv4 20, UDP 8, Geneve 8 and 8 of options (RFC 8926), inner Ethernet 14. */
  geneve: 58,
};

/** Bytes by which the header of IPv6 is longer than that of IPv4 (RFC 8200, 3). */
const LONGER_HEADER = 20;

/** Bytes of a VLAN tag (IEEE 802.1Q, 9.3). */
const TAG_SIZE = 4;

/**
 * Bytes of a packet of the underlay that a network takes away from its own packets. Guests' tags count where they are
 * carried: two on a transparent network in a tunnel; below a provider's tag those that switches do not expect.
 */
export function overheadOf(
  { type, vlanTransparent, qinq }: Pick<NetworkRecord, 'type' | 'vlanTransparent' | 'qinq'>,
  overlayIpVersion: NetworkSettings['overlayIpVersion'],
): number {
  const isTunnelled = type === 'vxlan' || type === 'gre' || type === 'geneve';
  const tags = vlanTransparent && isTunnelled ? 2 : vlanTransparent || qinq ? 1 : 0;
  const longer = isTunnelled && overlayIpVersion === 6 ? LONGER_HEADER : 0;
  return OVERHEAD[type] + longer + tags * TAG_SIZE;
}

/** The largest segmentation id of each type that has any: 12 bits of VLAN, 24 of VNI, 32 of GRE key. */
export const LARGEST_ID = { vlan: 4094, vxlan: 2 ** 24 - 1, gre: 2 ** 32 - 1, geneve: 2 ** 24 - 1 } as const;
