import type { GroupType, Instruction, Match } from 'openflow-codec';
import type { Classifier } from './classifier.ts';
import type { Conntrack } from './conntrack.ts';
import type { Run } from './translation.ts';

/** A group, its buckets made ready to run. */
export interface Group {
  readonly id: number;
  readonly type: GroupType;
  readonly buckets: readonly { readonly weight: number; readonly run: readonly Run[] }[];
}

/** One of the switch's own tunnel ports, with `remote_ip=flow` and `key=flow`. */
export interface TunnelPort {
  /** `local_ip`: IPv4 as a number (0 for none), IPv6 as a bigint. */
  readonly address: number | bigint;
}

/** A flow that `learn` asks for. */
export interface Learned {
  readonly limit: number;
  readonly tableId: number;
  readonly priority: number;
  readonly cookie: bigint;
  readonly idleTimeout: number;
  readonly hardTimeout: number;
  readonly flags: number;
  readonly match: Match;
  readonly instructions: readonly Instruction[];
}

/** What one packet sees of a switch. */
export interface SwitchState {
  readonly classifiers: readonly (Classifier | undefined)[];
  readonly groups: ReadonlyMap<number, Group>;
  readonly tunnelPorts: ReadonlyMap<number, TunnelPort>;
  /** Every port is there unless told. */
  readonly hasPort?: (port: number) => boolean;
  /** OFPC_FRAG_*: with `normal` fragments have no ports, with `nx-match` first ones have. */
  readonly fragments: 'normal' | 'drop' | 'nx-match';
  /** Index of the bucket that a select group takes. */
  readonly select: (group: Group, key: Uint32Array) => number;
  /** Adds or refreshes a learned flow; false when its limit is reached. */
  readonly learn: (flow: Learned, now: number) => boolean;
  /** Looks a frame up in a zone of connection tracking. */
  readonly track: Conntrack['track'];
}
