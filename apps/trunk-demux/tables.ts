import { defineTable } from '#pipeline';

/** Where a packet whose VLAN tag was taken off is looked at again. */
export const untagged = defineTable({
  name: 'untagged',
  stage: 'admit',
  match: ['eth_type'],
  miss: 'next',
  doc: 'A second VLAN tag below the one that was taken off drops: guests’ own tags do not belong into these networks.',
});
