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

/** A string that only equal references share. */
export function refKey(ref: FactRef): string {
  switch (ref.kind) {
    case 'localPort':
    case 'remotePort':
    case 'firewallPort':
    case 'member':
    case 'broadcastLimit':
      return `${ref.kind} ${ref.port}`;
    case 'segment':
      return `segment ${ref.network}`;
    case 'peer':
      return `peer ${ref.type} ${ref.chassis}`;
    case 'tunnelPort':
      return `tunnelPort ${ref.type}`;
    case 'physicalPort':
      return `physicalPort ${ref.name}`;
    case 'firewall':
      return 'firewall';
    case 'policy':
      return `policy ${ref.policy}`;
    case 'remoteGroup':
      return `remoteGroup ${ref.group}`;
  }
}
