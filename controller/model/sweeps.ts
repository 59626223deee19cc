/**
 * Many facts of a switch that may differ at once: all that it knows of a network, but for peers; the members of a group that has come to be named there; all members, since a group is named no more.
 */
export type Sweep =
  | { readonly kind: 'network'; readonly network: string }
  | { readonly kind: 'membersIn'; readonly group: string }
  | { readonly kind: 'members' };

/** What sweeps share that are one. */
export function sweepKey(sweep: Sweep): string {
  switch (sweep.kind) {
    case 'network':
      return `network ${sweep.network}`;
    case 'membersIn':
      return `membersIn ${sweep.group}`;
    case 'members':
      return 'members';
  }
}

/** Kinds of facts of ports that are wired on a switch. */
export const WIRED_KINDS = ['localPort', 'firewallPort', 'broadcastLimit'] as const;
