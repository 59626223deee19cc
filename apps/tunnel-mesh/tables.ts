import { defineTable } from '#pipeline';

export const tunnelPeer = defineTable({
  name: 'tunnel-peer',
  stage: 'admit',
  match: ['in_port', 'tun_src', 'tun_ipv6_src'],
  miss: 'drop',
  doc: 'Only packets from hypervisors that host one of the networks here are let out of the tunnel.',
  lost: 'It came by a tunnel from an address that is of no hypervisor with one of the networks here.',
});

export const tunnelKey = defineTable({
  name: 'tunnel-key',
  stage: 'admit',
  match: ['in_port', 'tun_id', 'vlan_vid'],
  miss: 'drop',
  doc: 'Tunnel type and key (VNI) give the network. Keys of networks without a port here drop, and so do VLAN tags in networks that carry none.',
  lost: 'It came by a tunnel with the key of no network that has a port here, or a VLAN tag that the network does not carry.',
});
