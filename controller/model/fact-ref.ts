import type { TunnelType } from '#controller/store/records';

/** The name of a fact on one switch, before anybody knows whether it holds and what it says. */
export type FactRef =
  | {
      readonly kind: 'localPort' | 'remotePort' | 'firewallPort' | 'member' | 'broadcastLimit';
      readonly port: string;
    }
  | { readonly kind: 'segment'; readonly network: string }
  | { readonly kind: 'peer'; readonly chassis: string; readonly type: TunnelType }
  | { readonly kind: 'tunnelPort'; readonly type: TunnelType }
  | { readonly kind: 'physicalPort'; readonly name: string }
  | { readonly kind: 'firewall' }
  | { readonly kind: 'policy'; readonly policy: string }
  | { readonly kind: 'remoteGroup'; readonly group: string };

/** References of one space differ by their subject, as those of a kind do; of peers, those of one type of tunnel. */
export type RefSpace = FactRef['kind'] | `peer ${TunnelType}`;

export function spaceOf(ref: FactRef): RefSpace {
  return ref.kind === 'peer' ? PEER_SPACES[ref.type] : ref.kind;
}

/** What only equal references of one space share. */
export function subjectOf(ref: FactRef): string {
  switch (ref.kind) {
    case 'localPort':
    case 'remotePort':
    case 'firewallPort':
    case 'member':
    case 'broadcastLimit':
      return ref.port;
    case 'segment':
      return ref.network;
    case 'peer':
      return ref.chassis;
    case 'tunnelPort':
      return ref.type;
    case 'physicalPort':
      return ref.name;
    case 'firewall':
      return '';
    case 'policy':
      return ref.policy;
    case 'remoteGroup':
      return ref.group;
  }
}

const PEER_SPACES = { vxlan: 'peer vxlan', gre: 'peer gre', geneve: 'peer geneve' } as const;
