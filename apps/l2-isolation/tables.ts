import { defineTable } from '#pipeline';

/** Broadcast and multicast of a network: a copy to every local port, and to every peer unless it came from one. */
export const flood = defineTable({
  name: 'flood',
  stage: 'forward',
  match: ['network', 'fromFabric', 'floodPart'],
  replicates: true,
  miss: 'drop',
  doc: 'One isolated copy of a broadcast per local port and, for packets from a local port, per peer (head-end replication).',
  lost: 'It is for everybody in a network where nobody else is reached from here.',
});
