import type { Instruction } from './action.ts';
import type { Match } from './match.ts';

/** ONFFMF_*: what a flow monitor reports. */
export const FLOW_MONITOR_FLAG = { initial: 1, add: 2, delete: 4, modify: 8, actions: 16, own: 32 } as const;

/** One monitor in a request (onf_flow_monitor_request; ovs-ofctl(8), monitor watch). */
export interface FlowMonitorRequest {
  readonly id: number;
  /** Sum of FLOW_MONITOR_FLAG. */
  readonly flags: number;
  /** The length that stands in front of the match, where it is not the match's own. */
  readonly matchLength?: number;
  /** PORT.any is all. */
  readonly outPort: number;
  /** 255 is all tables. */
  readonly tableId: number;
  readonly match: Match;
}

/** One event in a reply (nx_flow_update_full and nx_flow_update_abbrev, with OpenFlow 1.3's match and instructions). */
export type FlowUpdate =
  | {
      readonly event: 'added' | 'deleted' | 'modified';
      /** OFPRR_* of a deletion, 0 otherwise. */
      readonly reason: number;
      readonly priority: number;
      readonly idleTimeout: number;
      readonly hardTimeout: number;
      /** As in FlowMonitorRequest. */
      readonly matchLength?: number;
      readonly tableId: number;
      readonly cookie: bigint;
      readonly match: Match;
      readonly instructions: readonly Instruction[];
    }
  /** The change that the receiver's own message with this xid made. */
  | { readonly event: 'abbreviated'; readonly xid: number };

/** ONFT_FLOW_MONITOR_CANCEL: stops the monitor with this id. */
export interface FlowMonitorCancel {
  readonly type: 'flowMonitorCancel';
  readonly xid: number;
  readonly id: number;
}

/** ONFT_FLOW_MONITOR_PAUSED: the switch leaves events out, because the receiver is slow. */
export interface FlowMonitorPaused {
  readonly type: 'flowMonitorPaused';
  readonly xid: number;
}

/** ONFT_FLOW_MONITOR_RESUMED: all that was left out has been sent. */
export interface FlowMonitorResumed {
  readonly type: 'flowMonitorResumed';
  readonly xid: number;
}
