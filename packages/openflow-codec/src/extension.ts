import type { Action, Instruction } from './action.ts';
import type { FlowMonitorCancel, FlowMonitorPaused, FlowMonitorResumed } from './flow-monitor.ts';
import type { Match } from './match.ts';
import type { AsyncMasks, FlowModCommand, Message, PacketIn, Role } from './message.ts';
import type { Property, RawProperty } from './property.ts';

/** NXT_ROLE_REQUEST and its reply: roles without a generation, before OpenFlow 1.2 had its own. */
export interface NxRoleMessage<T extends 'nxRoleRequest' | 'nxRoleReply'> {
  readonly type: T;
  readonly xid: number;
  readonly role: 'other' | 'master' | 'slave';
}

/** NXT_SET_PACKET_IN_FORMAT: which message packets come in. */
export interface SetPacketInFormat {
  readonly type: 'setPacketInFormat';
  readonly xid: number;
  readonly format: 'standard' | 'nxtPacketIn' | 'nxtPacketIn2';
}

/** NXT_PACKET_IN: a packet with what Open vSwitch knew about it. */
export interface NxPacketIn extends Omit<PacketIn, 'type'> {
  readonly type: 'nxPacketIn';
}

/** State of a paused pipeline, private to the switch that sent it (NXCPT_*). */
export type ContinuationProperty =
  | Property<'bridge', Uint8Array>
  | Property<'stack', Uint8Array>
  | Property<'mirrors', number>
  | Property<'conntracked', null>
  | Property<'tableId', number>
  | Property<'cookie', bigint>
  | Property<'actions', readonly Action[]>
  | Property<'actionSet', readonly Action[]>
  | Property<'datapathPort', number>
  | RawProperty;

/** Property of a packet in or a resume (NXPINT_*). */
export type PacketIn2Property =
  | Property<'packet', Uint8Array>
  /** Bytes of the whole packet, where `packet` has fewer. */
  | Property<'fullLength', number>
  | Property<'bufferId', number>
  | Property<'tableId', number>
  | Property<'cookie', bigint>
  /** OFPR_*. */
  | Property<'reason', number>
  | Property<'metadata', Match>
  | Property<'userdata', Uint8Array>
  | Property<'continuation', readonly ContinuationProperty[]>
  | RawProperty;

/** NXT_PACKET_IN2, and NXT_RESUME which sends a paused packet back. */
export interface PacketIn2Message<T extends 'nxPacketIn2' | 'nxResume'> {
  readonly type: T;
  readonly xid: number;
  readonly properties: readonly PacketIn2Property[];
}

/** NXT_SET_CONTROLLER_ID: the id that `controller` actions name. */
export interface SetControllerId {
  readonly type: 'setControllerId';
  readonly xid: number;
  readonly controllerId: number;
}

/** NXT_FLOW_MOD: a flow-mod of the time of OpenFlow 1.0; on 1.3 it has instructions, as Open vSwitch reads it. */
export interface NxFlowMod {
  readonly type: 'nxFlowMod';
  readonly xid: number;
  /** With `cookie` in the match (a raw field) where a command is about flows with that one. */
  readonly cookie: bigint;
  readonly command: FlowModCommand;
  /** Means a table only after flowModTableId. */
  readonly tableId: number;
  readonly idleTimeout: number;
  readonly hardTimeout: number;
  readonly priority: number;
  readonly bufferId: number;
  /** OpenFlow 1.3 number. */
  readonly outPort: number;
  readonly flags: number;
  readonly match: Match;
  readonly instructions: readonly Instruction[];
}

/** NXT_FLOW_AGE: flow stats with ages, in OpenFlow 1.0. */
export interface FlowAge {
  readonly type: 'flowAge';
  readonly xid: number;
}

/** NXT_FLOW_MOD_TABLE_ID: the upper byte of a flow-mod's command is a table, in OpenFlow 1.0. */
export interface FlowModTableId {
  readonly type: 'flowModTableId';
  readonly xid: number;
  readonly set: number;
}

/** NXT_SET_ASYNC_CONFIG, as OFPT_SET_ASYNC. */
export interface NxSetAsyncConfig extends AsyncMasks {
  readonly type: 'nxSetAsyncConfig';
  readonly xid: number;
}

/** Which reasons of an event are sent, as a bit set; `…Slave` holds while the connection has that role. */
export type AsyncProperty =
  | Property<
      | 'packetInSlave'
      | 'packetInMaster'
      | 'portStatusSlave'
      | 'portStatusMaster'
      | 'flowRemovedSlave'
      | 'flowRemovedMaster'
      | 'roleStatusSlave'
      | 'roleStatusMaster'
      | 'tableStatusSlave'
      | 'tableStatusMaster'
      | 'requestForwardSlave'
      | 'requestForwardMaster',
      number
    >
  | RawProperty;

/** NXT_SET_ASYNC_CONFIG2, as OpenFlow 1.4's OFPT_SET_ASYNC. */
export interface NxSetAsyncConfig2 {
  readonly type: 'nxSetAsyncConfig2';
  readonly xid: number;
  readonly properties: readonly AsyncProperty[];
}

/** A Geneve option and the field tun_metadata`index` that stands for it (nx_tlv_map). */
export interface TlvMapping {
  readonly optionClass: number;
  readonly optionType: number;
  /** Bytes. */
  readonly optionLength: number;
  readonly index: number;
}

/** NXT_TLV_TABLE_MOD. */
export interface TlvTableMod {
  readonly type: 'tlvTableMod';
  readonly xid: number;
  readonly command: 'add' | 'delete' | 'clear';
  readonly mappings: readonly TlvMapping[];
}

/** NXT_TLV_TABLE_REQUEST. */
export interface TlvTableRequest {
  readonly type: 'tlvTableRequest';
  readonly xid: number;
}

/** NXT_TLV_TABLE_REPLY. */
export interface TlvTableReply {
  readonly type: 'tlvTableReply';
  readonly xid: number;
  /** Bytes of options that all fields together can hold. */
  readonly maxSpace: number;
  readonly maxFields: number;
  readonly mappings: readonly TlvMapping[];
}

/** NXT_CT_FLUSH_ZONE: forgets the connections of a zone. */
export interface CtFlushZone {
  readonly type: 'ctFlushZone';
  readonly xid: number;
  readonly zone: number;
}

/** What a connection's packets have in one direction; addresses are IPv6, or IPv4 mapped into it. */
export type CtTupleProperty =
  | Property<'source' | 'destination', bigint>
  | Property<'sourcePort' | 'destinationPort' | 'icmpId' | 'icmpType' | 'icmpCode', number>
  | RawProperty;

/** Property of a flush of connections (NXT_CT_*). */
export type CtFlushProperty =
  | Property<'original' | 'reply', readonly CtTupleProperty[]>
  | Property<'zone', number>
  | RawProperty;

/** NXT_CT_FLUSH: forgets connections. */
export interface CtFlush {
  readonly type: 'ctFlush';
  readonly xid: number;
  readonly protocol: number;
  readonly properties: readonly CtFlushProperty[];
}

/** ONFT_ROLE_STATUS (ONF EXT-191): the switch gave the receiver another role. */
export interface RoleStatus {
  readonly type: 'roleStatus';
  readonly xid: number;
  readonly role: Role;
  readonly reason: 'masterRequest' | 'config' | 'experimenter';
  readonly generationId: bigint;
  /** Always of an experimenter. */
  readonly properties: readonly RawProperty[];
}

/** ONFT_REQUESTFORWARD: a group-mod or meter-mod that another controller sent. */
export interface RequestForward {
  readonly type: 'requestForward';
  readonly xid: number;
  readonly request: Message;
}

/** Nicira's and the ONF's messages, which share OFPT_EXPERIMENTER (OF 1.3.5, 7.5.4); bundles are in message.ts. */
export type ExtensionMessage =
  | NxRoleMessage<'nxRoleRequest'>
  | NxRoleMessage<'nxRoleReply'>
  | SetPacketInFormat
  | NxPacketIn
  | PacketIn2Message<'nxPacketIn2'>
  | PacketIn2Message<'nxResume'>
  | SetControllerId
  | NxFlowMod
  | FlowAge
  | FlowModTableId
  | NxSetAsyncConfig
  | NxSetAsyncConfig2
  | TlvTableMod
  | TlvTableRequest
  | TlvTableReply
  | CtFlushZone
  | CtFlush
  | RoleStatus
  | RequestForward
  | FlowMonitorCancel
  | FlowMonitorPaused
  | FlowMonitorResumed;
