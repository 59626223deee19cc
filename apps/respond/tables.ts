import { defineTable } from '#pipeline';

export const question = defineTable({
  name: 'question',
  stage: 'respond',
  match: [
    ...(['network', 'ingress', 'vlan_vid', 'eth_dst', 'eth_type', 'arp_op', 'arp_tpa'] as const),
    ...(['ip_proto', 'icmpv6_type', 'nd_target', 'nd_sll'] as const),
  ],
  miss: 'next',
  doc: 'Who asks everybody for a known address is answered here, or led to its owner; nobody else hears of it.',
});

export const answer = defineTable({
  name: 'answer',
  stage: 'respond',
  match: ['eth_type', 'ip_proto', 'icmpv6_type'],
  miss: 'drop',
  doc: 'Turns the question into its answer, which goes back to the logical port that it came from.',
});

export const answerOption = defineTable({
  name: 'answer-option',
  stage: 'respond',
  match: ['eth_type', 'ip_proto', 'icmpv6_type'],
  miss: 'drop',
  doc: 'Writes the MAC address into a neighbour advertisement, which is one only since the table before.',
});
