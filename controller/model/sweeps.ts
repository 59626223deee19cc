/**
 * Many facts of a switch, marked as one: all that it knows of a network, but for peers; the members of a group that rules there
 * now name; or all members, since rules there no longer name some group.
 */
export type Sweep =
  | { readonly kind: 'network'; readonly network: string }
  | { readonly kind: 'membersIn'; readonly group: string }
  | { readonly kind: 'members' };

/** The same text for sweeps that mean the same. */
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
