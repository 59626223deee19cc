import { defineTable, regs } from '#pipeline';

export const connections = defineTable({
  name: 'connections',
  stage: 'aside',
  match: [],
  fairBy: regs.guest,
  miss: 'drop',
  doc: 'Connections that are remembered, learned by the switch: each knows what answers it.',
});

export const openings = defineTable({
  name: 'openings',
  stage: 'aside',
  match: ['guest', 'lasting'],
  miss: 'drop',
  doc: 'Has the switch learn a connection of the port.',
});
