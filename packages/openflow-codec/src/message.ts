import type { Action, Instruction } from './action.ts';
import type { ExtensionMessage } from './extension.ts';
import type { GroupMod } from './group.ts';
import type { Match } from './match.ts';
import type { MeterMod } from './meter.ts';
import type { MultipartReply, MultipartRequest } from './multipart.ts';
import type { Port } from './port.ts';
import type { QueueGetConfigReply, QueueGetConfigRequest } from './queue.ts';

/** One element of HELLO (OF 1.3.5, 7.5.1): the versions that the sender speaks, in ascending order. */
export type HelloElement =
  | { readonly element: 'versionBitmap'; readonly versions: readonly number[] }
  | { readonly element: 'raw'; readonly elementType: number; readonly data: Uint8Array };

/** OFPT_HELLO (OF 1.3.5, 7.5.1). */
export interface Hello {
  readonly type: 'hello';
  readonly xid: number;
  /** The highest that the sender speaks; OpenFlow 1.3 (4) unless told. */
  readonly version?: number;
  readonly elements: readonly HelloElement[];
}

/** OFPT_ERROR (OF 1.3.5, 7.4.4). */
export interface ErrorMessage {
  readonly type: 'error';
  readonly xid: number;
  readonly errorType: number;
  readonly errorCode: number;
  /** The name of type and code, such as OFPFMFC_OVERLAP, or 'unknown'. */
  readonly name: string;
  /** At least 64 bytes of the message that failed; text for OFPET_HELLO_FAILED. */
  readonly data: Uint8Array;
  /** Experimenter id; only with errorType 0xffff, whose errorCode is the experimenter's own. */
  readonly experimenter?: number;
}

/** OFPT_ECHO_REQUEST (OF 1.3.5, 7.5.2): asks whether the other end still answers. */
export interface EchoRequest {
  readonly type: 'echoRequest';
  readonly xid: number;
  readonly data: Uint8Array;
}

/** OFPT_ECHO_REPLY (OF 1.3.5, 7.5.3): the request's xid and data. */
export interface EchoReply {
  readonly type: 'echoReply';
  readonly xid: number;
  readonly data: Uint8Array;
}

/** OFPT_EXPERIMENTER that no other type below models (OF 1.3.5, 7.5.4). */
export interface Experimenter {
  readonly type: 'experimenter';
  readonly xid: number;
  readonly experimenter: number;
  readonly experimenterType: number;
  readonly data: Uint8Array;
}

/** OFPT_FEATURES_REQUEST (OF 1.3.5, 7.3.1). */
export interface FeaturesRequest {
  readonly type: 'featuresRequest';
  readonly xid: number;
}

/** OFPT_FEATURES_REPLY (OF 1.3.5, 7.3.1). */
export interface FeaturesReply {
  readonly type: 'featuresReply';
  readonly xid: number;
  readonly datapathId: bigint;
  readonly bufferCount: number;
  readonly tableCount: number;
  readonly auxiliaryId: number;
  readonly capabilities: number;
  readonly reserved: number;
}

/** OFPT_GET_CONFIG_REQUEST (OF 1.3.5, 7.3.2). */
export interface GetConfigRequest {
  readonly type: 'getConfigRequest';
  readonly xid: number;
}

/** OFPT_GET_CONFIG_REPLY and OFPT_SET_CONFIG (OF 1.3.5, 7.3.2). */
export interface Config<T extends 'getConfigReply' | 'setConfig'> {
  readonly type: T;
  readonly xid: number;
  /** OFPC_FRAG_*: 0 normal, 1 drop, 2 reassemble, 3 Nicira's nx-match. */
  readonly flags: number;
  /** Bytes of a packet to send to the controller; 0xffff is all. */
  readonly missSendLength: number;
}

/** OFPR_*: why a packet came to the controller (OF 1.3.5, 7.4.1). */
export type PacketInReason = 'noMatch' | 'action' | 'invalidTtl';

/** OFPT_PACKET_IN (OF 1.3.5, 7.4.1). */
export interface PacketIn {
  readonly type: 'packetIn';
  readonly xid: number;
  readonly bufferId: number;
  readonly totalLength: number;
  readonly reason: PacketInReason;
  readonly tableId: number;
  readonly cookie: bigint;
  readonly match: Match;
  readonly data: Uint8Array;
}

/** OFPRR_*: why a flow is gone (OF 1.3.5, 7.4.2). The last two are of OpenFlow 1.4; Open vSwitch sends them in 1.3, too. */
export type FlowRemovedReason =
  | 'idleTimeout'
  | 'hardTimeout'
  | 'delete'
  | 'groupDelete'
  | 'meterDelete'
  | 'eviction';

/** OFPT_FLOW_REMOVED (OF 1.3.5, 7.4.2). */
export interface FlowRemoved {
  readonly type: 'flowRemoved';
  readonly xid: number;
  readonly cookie: bigint;
  readonly priority: number;
  readonly reason: FlowRemovedReason;
  readonly tableId: number;
  readonly durationSec: number;
  readonly durationNsec: number;
  readonly idleTimeout: number;
  readonly hardTimeout: number;
  readonly packetCount: bigint;
  readonly byteCount: bigint;
  readonly match: Match;
}

/** OFPPR_*: what happened to a port (OF 1.3.5, 7.4.3). */
export type PortReason = 'add' | 'delete' | 'modify';

/** OFPT_PORT_STATUS (OF 1.3.5, 7.4.3). */
export interface PortStatus {
  readonly type: 'portStatus';
  readonly xid: number;
  readonly reason: PortReason;
  readonly port: Port;
}

/** OFPT_PACKET_OUT (OF 1.3.5, 7.3.7). `data` must be empty when `bufferId` names a buffer. */
export interface PacketOut {
  readonly type: 'packetOut';
  readonly xid: number;
  readonly bufferId: number;
  readonly inPort: number;
  readonly actions: readonly Action[];
  readonly data: Uint8Array;
}

/** OFPFC_*: what a flow-mod does (OF 1.3.5, 7.3.4.1). */
export type FlowModCommand = 'add' | 'modify' | 'modifyStrict' | 'delete' | 'deleteStrict';

/** OFPT_FLOW_MOD (OF 1.3.5, 7.3.4.1). Timeouts are seconds, 0 is never. */
export interface FlowMod {
  readonly type: 'flowMod';
  readonly xid: number;
  readonly cookie: bigint;
  readonly cookieMask: bigint;
  readonly tableId: number;
  readonly command: FlowModCommand;
  readonly idleTimeout: number;
  readonly hardTimeout: number;
  readonly priority: number;
  readonly bufferId: number;
  readonly outPort: number;
  readonly outGroup: number;
  /** Sum of FLOW_FLAG. */
  readonly flags: number;
  readonly match: Match;
  readonly instructions: readonly Instruction[];
}

/** OFPT_BARRIER_REQUEST (OF 1.3.5, 7.3.8): all messages before it are done before all after it. */
export interface BarrierRequest {
  readonly type: 'barrierRequest';
  readonly xid: number;
}

/** OFPT_BARRIER_REPLY (OF 1.3.5, 7.3.8). */
export interface BarrierReply {
  readonly type: 'barrierReply';
  readonly xid: number;
}

/** OFPCR_ROLE_*: what a controller may do (OF 1.3.5, 7.3.9). */
export type Role = 'noChange' | 'equal' | 'master' | 'slave';

/** OFPT_ROLE_REQUEST and its reply (OF 1.3.5, 7.3.9). */
export interface RoleMessage<T extends 'roleRequest' | 'roleReply'> {
  readonly type: T;
  readonly xid: number;
  readonly role: Role;
  readonly generationId: bigint;
}

/** ONF_BCT_*: the step of a bundle (ONF EXT-230). */
export type BundleControlType =
  | 'openRequest'
  | 'openReply'
  | 'closeRequest'
  | 'closeReply'
  | 'commitRequest'
  | 'commitReply'
  | 'discardRequest'
  | 'discardReply';

/** ONF EXT-230 bundle control: experimenter message 0x4f4e4600/2300. */
export interface BundleControl {
  readonly type: 'bundleControl';
  readonly xid: number;
  readonly bundleId: number;
  readonly control: BundleControlType;
  /** Sum of BUNDLE_FLAG. */
  readonly flags: number;
  /** Bundle properties as they are on the wire, if any. */
  readonly properties?: Uint8Array;
}

/** ONF EXT-230 bundle add: experimenter message 0x4f4e4600/2301. The inner message must have the outer xid. */
export interface BundleAdd {
  readonly type: 'bundleAdd';
  readonly xid: number;
  readonly bundleId: number;
  readonly flags: number;
  readonly message: Message;
  /** Padding of the message and bundle properties as they are on the wire, if any. */
  readonly properties?: Uint8Array;
}

/** OFPT_PORT_MOD (OF 1.3.5, 7.3.4.3). Only the bits of `config` that are 1 in `mask` change. */
export interface PortMod {
  readonly type: 'portMod';
  readonly xid: number;
  readonly port: number;
  readonly hwAddr: bigint;
  /** Bit set of OFPPC_*. */
  readonly config: number;
  readonly mask: number;
  /** Bit set of OFPPF_*; 0 changes nothing. */
  readonly advertise: number;
}

/** OFPT_TABLE_MOD (OF 1.3.5, 7.3.3). */
export interface TableMod {
  readonly type: 'tableMod';
  readonly xid: number;
  readonly tableId: number;
  readonly config: number;
}

/** Which reasons of an event are sent to a controller, as bit sets, by its role (OF 1.3.5, 7.3.10). */
export interface AsyncMasks {
  readonly packetInMaster: number;
  readonly packetInSlave: number;
  readonly portStatusMaster: number;
  readonly portStatusSlave: number;
  readonly flowRemovedMaster: number;
  readonly flowRemovedSlave: number;
}

/** OFPT_GET_ASYNC_REQUEST (OF 1.3.5, 7.3.10). */
export interface GetAsyncRequest {
  readonly type: 'getAsyncRequest';
  readonly xid: number;
}

/** OFPT_GET_ASYNC_REPLY and OFPT_SET_ASYNC (OF 1.3.5, 7.3.10). */
export interface AsyncConfig<T extends 'getAsyncReply' | 'setAsync'> extends AsyncMasks {
  readonly type: T;
  readonly xid: number;
}

/** A message type that this codec does not model yet; it is written back unchanged. */
export interface RawMessage {
  readonly type: 'raw';
  readonly xid: number;
  readonly version: number;
  readonly typeNumber: number;
  /** Everything after the 8-byte header. */
  readonly body: Uint8Array;
}

/** One OpenFlow 1.3 message, discriminated by `type`. 64-bit members are bigint. */
export type Message =
  | Hello
  | ErrorMessage
  | EchoRequest
  | EchoReply
  | Experimenter
  | FeaturesRequest
  | FeaturesReply
  | GetConfigRequest
  | Config<'getConfigReply'>
  | Config<'setConfig'>
  | PacketIn
  | FlowRemoved
  | PortStatus
  | PacketOut
  | FlowMod
  | MultipartRequest
  | MultipartReply
  | BarrierRequest
  | BarrierReply
  | RoleMessage<'roleRequest'>
  | RoleMessage<'roleReply'>
  | GroupMod
  | PortMod
  | TableMod
  | QueueGetConfigRequest
  | QueueGetConfigReply
  | GetAsyncRequest
  | AsyncConfig<'getAsyncReply'>
  | AsyncConfig<'setAsync'>
  | MeterMod
  | BundleControl
  | BundleAdd
  | ExtensionMessage
  | RawMessage;

/** Name of a message type. */
export type MessageType = Message['type'];
