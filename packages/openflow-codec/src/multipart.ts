import type { Instruction } from './action.ts';
import type { FlowMonitorRequest, FlowUpdate } from './flow-monitor.ts';
import type { GroupDescription, GroupFeatures, GroupStats } from './group.ts';
import type { Match } from './match.ts';
import type { MeterConfig, MeterFeatures, MeterStats } from './meter.ts';
import type { Port } from './port.ts';
import type { ExperimenterData } from './property.ts';
import type { TableFeatures } from './table-features.ts';

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

/** ofp_port_stats (OF 1.3.5, 7.3.5.6). A counter that the switch does not have is all ones. */
export interface PortStats {
  readonly port: number;
  readonly receivedPackets: bigint;
  readonly sentPackets: bigint;
  readonly receivedBytes: bigint;
  readonly sentBytes: bigint;
  readonly receiveDropped: bigint;
  readonly sendDropped: bigint;
  readonly receiveErrors: bigint;
  readonly sendErrors: bigint;
  readonly frameErrors: bigint;
  readonly overrunErrors: bigint;
  readonly crcErrors: bigint;
  readonly collisions: bigint;
  readonly durationSec: number;
  readonly durationNsec: number;
}

/** ofp_queue_stats (OF 1.3.5, 7.3.5.8). A counter that the switch does not have is all ones. */
export interface QueueStats {
  readonly port: number;
  readonly queue: number;
  readonly sentBytes: bigint;
  readonly sentPackets: bigint;
  readonly sendErrors: bigint;
  readonly durationSec: number;
  readonly durationNsec: number;
}

/** nx_ipfix_stats_reply, of a bridge or of one exporter of flow samples. */
export interface IpfixStats {
  readonly totalFlows: bigint;
  readonly currentFlows: bigint;
  readonly packets: bigint;
  readonly ipv4Packets: bigint;
  readonly ipv6Packets: bigint;
  readonly errorPackets: bigint;
  readonly ipv4ErrorPackets: bigint;
  readonly ipv6ErrorPackets: bigint;
  readonly sentPackets: bigint;
  readonly sendErrors: bigint;
  readonly collectorSetId: number;
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
  /** PORT.any is all ports. */
  | (RequestHeader & { readonly part: 'port'; readonly body: { readonly port: number } })
  /** PORT.any is all ports, 0xffffffff all queues. */
  | (RequestHeader & {
      readonly part: 'queue';
      readonly body: { readonly port: number; readonly queue: number };
    })
  /** GROUP.all is all groups. */
  | (RequestHeader & { readonly part: 'group'; readonly body: { readonly group: number } })
  | (RequestHeader & { readonly part: 'groupDesc'; readonly body: null })
  | (RequestHeader & { readonly part: 'groupFeatures'; readonly body: null })
  /** METER.all is all meters. */
  | (RequestHeader & { readonly part: 'meter'; readonly body: { readonly meter: number } })
  | (RequestHeader & { readonly part: 'meterConfig'; readonly body: { readonly meter: number } })
  | (RequestHeader & { readonly part: 'meterFeatures'; readonly body: null })
  /** Without tables, asks for the features; with tables, sets them. */
  | (RequestHeader & { readonly part: 'tableFeatures'; readonly body: readonly TableFeatures[] })
  | (RequestHeader & { readonly part: 'portDesc'; readonly body: null })
  /** ONFMP_FLOW_MONITOR (ovs-ofctl(8), monitor watch). */
  | (RequestHeader & { readonly part: 'flowMonitor'; readonly body: readonly FlowMonitorRequest[] })
  | (RequestHeader & { readonly part: 'ipfixBridge'; readonly body: null })
  | (RequestHeader & { readonly part: 'ipfixFlow'; readonly body: null })
  | (RequestHeader & { readonly part: 'experimenter'; readonly body: ExperimenterData })
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
  | (ReplyHeader & { readonly part: 'port'; readonly body: readonly PortStats[] })
  | (ReplyHeader & { readonly part: 'queue'; readonly body: readonly QueueStats[] })
  | (ReplyHeader & { readonly part: 'group'; readonly body: readonly GroupStats[] })
  | (ReplyHeader & { readonly part: 'groupDesc'; readonly body: readonly GroupDescription[] })
  | (ReplyHeader & { readonly part: 'groupFeatures'; readonly body: GroupFeatures })
  | (ReplyHeader & { readonly part: 'meter'; readonly body: readonly MeterStats[] })
  | (ReplyHeader & { readonly part: 'meterConfig'; readonly body: readonly MeterConfig[] })
  | (ReplyHeader & { readonly part: 'meterFeatures'; readonly body: MeterFeatures })
  | (ReplyHeader & { readonly part: 'tableFeatures'; readonly body: readonly TableFeatures[] })
  | (ReplyHeader & { readonly part: 'portDesc'; readonly body: readonly Port[] })
  | (ReplyHeader & { readonly part: 'flowMonitor'; readonly body: readonly FlowUpdate[] })
  | (ReplyHeader & { readonly part: 'ipfixBridge'; readonly body: IpfixStats })
  | (ReplyHeader & { readonly part: 'ipfixFlow'; readonly body: readonly IpfixStats[] })
  | (ReplyHeader & { readonly part: 'experimenter'; readonly body: ExperimenterData })
  | (ReplyHeader & { readonly part: 'raw'; readonly partType: number; readonly body: Uint8Array });
