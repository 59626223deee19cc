import { defineTable } from '#pipeline';

/** The first question: a MAC address of the port's own? */
export const sender = defineTable({
  name: 'sender',
  stage: 'guard',
  match: ['ingress', 'eth_src'],
  miss: 'drop',
  doc: 'A port sends with its own MAC addresses only. Ports without port security go straight on; what is no port’s drops.',
  lost: 'It comes from a MAC address that is none of the port’s.',
});

export const source = defineTable({
  name: 'source',
  stage: 'guard',
  match: [
    ...(['ingress', 'eth_src', 'eth_type', 'ip_src', 'ipv6_src', 'ip_proto', 'udp_src', 'udp_dst'] as const),
    ...(['arp_op', 'arp_sha', 'arp_spa', 'icmpv6_type', 'nd_sll'] as const),
  ],
  miss: 'next',
  doc: 'ARP and IP come from addresses of the port that belong to that MAC address, and not from a server of DHCP or a router.',
});

export const neighbourOption = defineTable({
  name: 'neighbour-option',
  stage: 'guard',
  match: ['ingress', 'eth_src', 'eth_type', 'ip_proto', 'icmpv6_type', 'nd_target', 'nd_sll', 'nd_tll'],
  miss: 'next',
  doc: 'Neighbour discovery tells no link-layer address but the sender’s own (RFC 4861, 4.6.1).',
});

export const neighbourTarget = defineTable({
  name: 'neighbour-target',
  stage: 'guard',
  // The target is in a register, so that one flow serves what asks and what tells.
  match: ['ingress', 'eth_src', 'localAddress'],
  miss: 'drop',
  doc: 'A port advertises, or is about to take (RFC 4862, 5.4), no IPv6 address but its own.',
  lost: 'It advertises, or is about to take, an IPv6 address that is none of the port’s.',
});

export const claim = defineTable({
  name: 'claim',
  stage: 'guard',
  match: ['network', 'eth_type', 'arp_spa', 'ip_proto', 'icmpv6_type', 'nd_target'],
  miss: 'next',
  doc: 'Who is allowed a range of addresses may not claim those in it that are fixed addresses of other ports.',
});
