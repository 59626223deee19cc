import type { FieldName } from 'openflow-codec';
import type { Register, RegisterName } from './registers.ts';

/** What a table may match on: a field of OpenFlow or a register of the pipeline. */
export type MatchName = FieldName | RegisterName;

/** The questions a packet answers on its way, in this order. */
export const STAGES = {
  admit: 'Where does this packet come from?',
  guard: 'May this port send with these addresses?',
  egressFirewall: "Does the sender's security group allow it?",
  respond: 'Can we answer it here?',
  forward: 'To which logical port, peer or flood set?',
  ingressFirewall: "Does the receiver's security group allow it?",
  deliver: 'Out of which port, and how dressed?',
  aside:
    'What is known of it besides? Looked up on the way, by tables of any stage before; never the way itself.',
} as const;
export type StageName = keyof typeof STAGES;
export const STAGE_NAMES = Object.keys(STAGES) as readonly StageName[];

/** A table's contract: where it stands, what its flows may match, and what becomes of a packet that none matches. */
export interface Table<M extends MatchName = MatchName> {
  readonly name: string;
  readonly stage: StageName;
  readonly match: readonly M[];
  /** Registers of the app's own that its flows may match, too. */
  readonly registers?: readonly Register[];
  /** Most tables that one flow here looks up on the side, by `lookUp` or resubmit, before it ends. Default none. */
  readonly lookUps?: number;
  /** Of the tables of a stage with different words here, a packet meets those of one at most. */
  readonly either?: string;
  /** Whether flows here may make copies of a packet (`replicate`); no other such table may lie ahead of a copy. */
  readonly replicates?: true;
  /**
   * Switches learn flows into this table. When it is full, one of the flows that have the most common value of this register
   * makes room: that which has gone longest without a packet.
   */
  readonly fairBy?: Register;
  /** `drop` counts the packet under the table's name; `next` sends it on: to the next app in this stage (if it has no shared table), else to the next stage. In stage `aside` neither does anything. */
  readonly miss: 'drop' | 'next';
  readonly doc: string;
  /** What a packet is that drops here because no flow matches it, for operators. Default: `doc`. */
  readonly lost?: string;
}

/** Declares a table. Its id follows from its stage and its place among the apps that are loaded. */
export function defineTable<const M extends MatchName>(table: Table<M>): Table<M> {
  return Object.freeze(table);
}

/** The tables that every app may emit into: where tenants' packets enter, are directed and leave. */
export const edge = {
  admit: defineTable({
    name: 'admit',
    stage: 'admit',
    match: ['in_port', 'vlan_vid'],
    miss: 'drop',
    doc: 'The port a packet came in by, and its VLAN, give the network and the logical ingress port.',
    lost: 'It came by an interface that serves no port here: none is plugged by it, or it is disabled or wired elsewhere.',
  }),
  forward: defineTable({
    name: 'forward',
    stage: 'forward',
    match: ['network', 'fromFabric', 'eth_dst'],
    miss: 'drop',
    doc: 'Network and destination MAC give the logical egress port, the peer or the flood list. Unknown unicast drops.',
    lost: 'Its destination MAC address is of no port of its network that is plugged in, and nothing is learned from packets.',
  }),
  deliver: defineTable({
    name: 'deliver',
    stage: 'deliver',
    match: ['ingress', 'egress', 'vlan_vid', 'eth_type'],
    miss: 'drop',
    doc: 'The logical egress port gives the OpenFlow port and what the packet wears there.',
    lost: 'It is for a port that is not, or no longer, here.',
  }),
} as const;
