import type { PacketCounts } from './group.ts';

/** OFPMC_* (OF 1.3.5, 7.3.4.4). */
export type MeterModCommand = 'add' | 'modify' | 'delete';

/** OFPMF_*: the unit of rates is kb/s or packets/s (OF 1.3.5, 7.3.4.4). */
export const METER_FLAG = { kilobits: 1, packets: 2, burst: 4, statistics: 8 } as const;

/** One band of a meter (OF 1.3.5, 7.3.4.4.1). Rate and burst are in the unit that the meter's flags say. */
export type MeterBand =
  | { readonly band: 'drop'; readonly rate: number; readonly burstSize: number }
  /** Adds `precedenceLevel` to the drop precedence of the DSCP. */
  | {
      readonly band: 'dscpRemark';
      readonly rate: number;
      readonly burstSize: number;
      readonly precedenceLevel: number;
    }
  | {
      readonly band: 'experimenter';
      readonly rate: number;
      readonly burstSize: number;
      readonly experimenter: number;
      readonly data: Uint8Array;
    }
  /** Another type, header included; it is written back unchanged. */
  | { readonly band: 'raw'; readonly bytes: Uint8Array };

/** OFPT_METER_MOD (OF 1.3.5, 7.3.4.4). */
export interface MeterMod {
  readonly type: 'meterMod';
  readonly xid: number;
  readonly command: MeterModCommand;
  /** Sum of METER_FLAG. */
  readonly flags: number;
  readonly meter: number;
  readonly bands: readonly MeterBand[];
}

/** ofp_meter_config (OF 1.3.5, 7.3.5.13). */
export interface MeterConfig {
  readonly flags: number;
  readonly meter: number;
  readonly bands: readonly MeterBand[];
}

/** ofp_meter_stats (OF 1.3.5, 7.3.5.12). */
export interface MeterStats {
  readonly meter: number;
  readonly flowCount: number;
  readonly packetInCount: bigint;
  readonly byteInCount: bigint;
  readonly durationSec: number;
  readonly durationNsec: number;
  readonly bands: readonly PacketCounts[];
}

/** ofp_meter_features (OF 1.3.5, 7.3.5.14). */
export interface MeterFeatures {
  readonly maxMeter: number;
  /** Bit 1 << n stands for OFPMBT_* n. */
  readonly bandTypes: number;
  /** Bit set of OFPMF_*. */
  readonly capabilities: number;
  readonly maxBands: number;
  readonly maxColor: number;
}
