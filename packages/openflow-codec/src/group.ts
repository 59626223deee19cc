import type { Action } from './action.ts';

/** OFPGT_* (OF 1.3.5, 7.3.4.2). */
export type GroupType = 'all' | 'select' | 'indirect' | 'fastFailover';

/** OFPGC_* (OF 1.3.5, 7.3.4.2); `addOrModify` is Open vSwitch's own (0x8000). */
export type GroupModCommand = 'add' | 'modify' | 'delete' | 'addOrModify';

/** ofp_bucket (OF 1.3.5, 7.3.4.2). */
export interface Bucket {
  /** Share of the flows; only in groups of type `select`, 0 in others. */
  readonly weight: number;
  /** Port whose state decides about the bucket, PORT.any for none. */
  readonly watchPort: number;
  /** Group whose state decides about the bucket, GROUP.any for none. */
  readonly watchGroup: number;
  readonly actions: readonly Action[];
}

/** OFPT_GROUP_MOD (OF 1.3.5, 7.3.4.2). */
export interface GroupMod {
  readonly type: 'groupMod';
  readonly xid: number;
  readonly command: GroupModCommand;
  readonly groupType: GroupType;
  readonly group: number;
  readonly buckets: readonly Bucket[];
}

/** ofp_group_desc (OF 1.3.5, 7.3.5.10). */
export interface GroupDescription {
  readonly groupType: GroupType;
  readonly group: number;
  readonly buckets: readonly Bucket[];
}

/** What a bucket or a meter band has counted. */
export interface PacketCounts {
  readonly packetCount: bigint;
  readonly byteCount: bigint;
}

/** ofp_group_stats (OF 1.3.5, 7.3.5.9). */
export interface GroupStats {
  readonly group: number;
  /** Flows and groups that point to this one. */
  readonly referenceCount: number;
  readonly packetCount: bigint;
  readonly byteCount: bigint;
  readonly durationSec: number;
  readonly durationNsec: number;
  readonly buckets: readonly PacketCounts[];
}

/** ofp_group_features (OF 1.3.5, 7.3.5.11). Bit 1 << n of `types` and index n of the lists is OFPGT_* n. */
export interface GroupFeatures {
  readonly types: number;
  /** Bit set of OFPGFC_*. */
  readonly capabilities: number;
  readonly maxGroups: readonly [number, number, number, number];
  /** Bit sets of OFPAT_*. */
  readonly actions: readonly [number, number, number, number];
}
