import type { Property, RawProperty } from './property.ts';

/** Property of a queue (OF 1.3.5, 7.2.2). Rates are in 1/10 of a percent; above 1000 they are off. */
export type QueueProperty =
  | Property<'minRate', number>
  | Property<'maxRate', number>
  | Property<'experimenter', { readonly experimenter: number; readonly data: Uint8Array }>
  | RawProperty;

/** ofp_packet_queue (OF 1.3.5, 7.2.2). */
export interface PacketQueue {
  readonly queue: number;
  readonly port: number;
  readonly properties: readonly QueueProperty[];
}

/** OFPT_QUEUE_GET_CONFIG_REQUEST (OF 1.3.5, 7.3.6); PORT.any is all. */
export interface QueueGetConfigRequest {
  readonly type: 'queueGetConfigRequest';
  readonly xid: number;
  readonly port: number;
}

/** OFPT_QUEUE_GET_CONFIG_REPLY (OF 1.3.5, 7.3.6). */
export interface QueueGetConfigReply {
  readonly type: 'queueGetConfigReply';
  readonly xid: number;
  readonly port: number;
  readonly queues: readonly PacketQueue[];
}
