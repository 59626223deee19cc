import type { Instruction } from './action.ts';
import type { Match } from './match.ts';
import type { Port } from './port.ts';

/** ofp_flow_stats_request and ofp_aggregate_stats_request (OF 1.3.5, 7.3.5.2 and 7.3.5.3). */
export interface FlowStatsRequest {
  /** 255 is all tables. */
  readonly tableId: number;
  readonly outPort: number;
  readonly outGroup: number;
  readonly cookie: bigint;
  readonly cookieMask: bigint;
  readonly match: Match;
}

/** ofp_flow_stats (OF 1.3.5, 7.3.5.2). */
export interface FlowStats {
  readonly tableId: number;
  readonly durationSec: number;
  readonly durationNsec: number;
  readonly priority: number;
  readonly idleTimeout: number;
  readonly hardTimeout: number;
  readonly flags: number;
  readonly cookie: bigint;
  readonly packetCount: bigint;
  readonly byteCount: bigint;
  readonly match: Match;
  readonly instructions: readonly Instruction[];
}

/** ofp_aggregate_stats_reply (OF 1.3.5, 7.3.5.3). */
export interface AggregateStats {
  readonly packetCount: bigint;
  readonly byteCount: bigint;
  readonly flowCount: number;
}

/** ofp_desc (OF 1.3.5, 7.3.5.1). */
export interface SwitchDescription {
  readonly manufacturer: string;
  readonly hardware: string;
  readonly software: string;
  readonly serialNumber: string;
  readonly datapath: string;
}

/** ofp_table_stats (OF 1.3.5, 7.3.5.4). */
export interface TableStats {
  readonly tableId: number;
  readonly activeCount: number;
  readonly lookupCount: bigint;
  readonly matchedCount: bigint;
}

interface RequestHeader {
  readonly type: 'multipartRequest';
  readonly xid: number;
  /** True when another part of the same multipart follows (OFPMPF_REQ_MORE). */
  readonly more: boolean;
}

/** OFPT_MULTIPART_REQUEST (OF 1.3.5, 7.3.5), discriminated further by `part`. */
export type MultipartRequest =
  | (RequestHeader & { readonly part: 'desc'; readonly body: null })
  | (RequestHeader & { readonly part: 'flow'; readonly body: FlowStatsRequest })
  | (RequestHeader & { readonly part: 'aggregate'; readonly body: FlowStatsRequest })
  | (RequestHeader & { readonly part: 'table'; readonly body: null })
  | (RequestHeader & { readonly part: 'portDesc'; readonly body: null })
  | (RequestHeader & { readonly part: 'raw'; readonly partType: number; readonly body: Uint8Array });

interface ReplyHeader {
  readonly type: 'multipartReply';
  readonly xid: number;
  /** True when another part of the same multipart follows (OFPMPF_REPLY_MORE). */
  readonly more: boolean;
}

/**
 * OFPT_MULTIPART_REPLY (OF 1.3.5, 7.3.5), discriminated further by `part`. Long flow replies are cheaper to
 * walk with walkFlowStats, which builds no objects.
 */
export type MultipartReply =
  | (ReplyHeader & { readonly part: 'desc'; readonly body: SwitchDescription })
  | (ReplyHeader & { readonly part: 'flow'; readonly body: readonly FlowStats[] })
  | (ReplyHeader & { readonly part: 'aggregate'; readonly body: AggregateStats })
  | (ReplyHeader & { readonly part: 'table'; readonly body: readonly TableStats[] })
  | (ReplyHeader & { readonly part: 'portDesc'; readonly body: readonly Port[] })
  | (ReplyHeader & { readonly part: 'raw'; readonly partType: number; readonly body: Uint8Array });
