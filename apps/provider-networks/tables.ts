import { defineTable } from '#pipeline';

/** Packets from a physical network. */
export const fromWire = defineTable({
  name: 'from-wire',
  stage: 'admit',
  match: ['in_port', 'vlan_vid'],
  miss: 'drop',
  doc: 'Physical network and VLAN give the network. VLANs of no network that is present here drop.',
  lost: 'Its VLAN on the physical network is of no network that is present here.',
});

/** Where a packet from a physical network is looked at again when its VLAN tag was taken off. */
export const fromWireUntagged = defineTable({
  name: 'from-wire-untagged',
  stage: 'admit',
  match: ['eth_type'],
  miss: 'drop',
  doc: 'A second VLAN tag below the one that was taken off drops: only networks that carry guests’ tags let it in.',
});

/** What a packet wears on a physical network. */
export const toWire = defineTable({
  name: 'to-wire',
  stage: 'deliver',
  match: ['egress', 'network'],
  miss: 'drop',
  doc: 'The network gives the VLAN tag on the physical network.',
});
