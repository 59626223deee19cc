import { band, defineTable, type StageName } from '#pipeline';
import type { Direction } from './facts.ts';

/** Fields by which rules tell packets apart. */
const PACKET = [
  ...([
    'eth_type',
    'ip_proto',
    'ip_frag',
    'ip_src',
    'ip_dst',
    'ipv6_src',
    'ipv6_dst',
    'tcp_src',
    'tcp_dst',
  ] as const),
  ...([
    'udp_src',
    'udp_dst',
    'sctp_src',
    'sctp_dst',
    'icmp_type',
    'icmp_code',
    'icmpv6_type',
    'icmpv6_code',
  ] as const),
] as const;
export type PacketField = (typeof PACKET)[number];
/** Fields by which packets that begin a connection, or may answer one, are told apart. */
const KIND = ['eth_dst', 'eth_type', 'ip_proto', 'ip_frag', 'tcp_flags', 'icmp_type', 'icmpv6_type'] as const;

/** Priorities in these tables. */
export const firewallBand = {
  ...band,
  /** What is shown of what is refused, before it is. */
  shown: 2100,
  /** The same of what nothing else of the table knows. */
  shownLast: 20,
  /** What comes before the protocols: fragments without ports, segments that end a connection. */
  ahead: 1500,
  /** What is taken up of connections that are forgotten, before what needs them remembered. */
  resuming: 1200,
  /** Members of groups: conjunctive matches stand apart, as no other flow may share their priority. */
  group: 900,
  /** What one way of remembering needs, before what both do. */
  backEnd: 600,
  /** What begins a connection, after what goes on with one: of that the datapath need not look at more than it must. */
  opening: 200,
} as const;

/**
 * What the firewall asks, once for each direction: security-groups owns these tables and knows the rules, and learn-firewall
 * or conntrack-firewall fills in how connections are remembered.
 */
export const firewallTables = { egress: tablesOf('egress'), ingress: tablesOf('ingress') } as const;

/** Where packets go on that the firewall lets pass. */
export const PASS = { egress: 'respond', ingress: 'deliver' } as const satisfies Record<Direction, StageName>;

/** The port's policy, looked up on the way of either direction. */
export const guests = defineTable({
  name: 'guests',
  stage: 'aside',
  match: ['guest'],
  miss: 'drop',
  doc: 'A port gives its policy. One that is not here has none, and nothing but basic services passes.',
});

function tablesOf(direction: Direction) {
  const stage = `${direction}Firewall` as const;
  const [to, other] = direction === 'ingress' ? ['to', 'sends'] : ['from', 'gets'];
  return {
    policy: defineTable({
      name: `${direction}-policy`,
      stage,
      match: ['eth_type', 'ip_proto', 'udp_src', 'udp_dst', 'icmpv6_type'],
      lookUps: 1,
      miss: 'next',
      doc: 'IP is put to the rules, but for what a network cannot do without: DHCP and neighbour discovery. All else passes.',
    }),
    rules: defineTable({
      name: `${direction}-rules`,
      stage,
      match: ['policy', 'isOpen', 'conj_id', ...PACKET],
      miss: 'drop',
      doc: `What security group rules admit ${to} a port. Each stands once for all ports with the same groups, and each group member once for all rules.`,
    }),
    admitted: defineTable({
      name: `${direction}-admitted`,
      stage,
      match: ['recovering', ...KIND],
      either: 'admitted',
      miss: 'drop',
      doc: 'A rule admits it. Does it begin a connection, whose answers must be admitted, too?',
    }),
    established: defineTable({
      name: `${direction}-established`,
      stage,
      match: ['policy', 'recovering', ...KIND],
      lookUps: 1,
      either: 'answer',
      miss: 'drop',
      doc: 'No rule admits it. Does it answer a connection that is remembered?',
    }),
    tracked: defineTable({
      name: `${direction}-tracked`,
      stage,
      match: ['ct_state'],
      either: 'answer',
      miss: 'drop',
      doc: 'What connection tracking knows of it.',
    }),
    mirror: defineTable({
      name: `${direction}-mirror`,
      stage,
      match: ['policy', 'guest', 'shown', 'admitted', 'opens', 'known', 'conj_id', ...PACKET],
      lookUps: 1,
      miss: 'drop',
      doc: `Would a rule admit what the port ${other} in answer? Then a beginning needs no memory, and an answer passes while that rule is there.`,
    }),
  } as const;
}
