import { defineTable } from '#pipeline';

/** Where a packet whose priority tag was taken off is looked at again. */
export const untagged = defineTable({
  name: 'untagged',
  stage: 'admit',
  match: ['eth_type'],
  miss: 'next',
  doc: 'A second VLAN tag below a priority tag (VLAN id 0) drops: tags do not belong into these networks.',
});

/** Broadcast and multicast of a network: a copy to every local port, and to every peer unless it came from one. */
export const flood = defineTable({
  name: 'flood',
  stage: 'forward',
  match: ['network', 'fromTunnel', 'floodPart'],
  miss: 'drop',
  doc: 'One isolated copy of a broadcast per local port and, for packets from a local port, per peer (head-end replication).',
});
