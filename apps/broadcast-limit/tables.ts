import { defineTable } from '#pipeline';

export const broadcastLimit = defineTable({
  name: 'broadcast-limit',
  stage: 'respond',
  match: ['ingress', 'eth_dst'],
  miss: 'next',
  doc: 'Packets for everyone, which nobody has answered: a port that has a limit sends no more than that.',
});
