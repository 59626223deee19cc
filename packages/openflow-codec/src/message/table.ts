import type { Config, RoleMessage } from '../message.ts';
import { enumeration } from '../wire/enumeration.ts';
import { struct } from '../wire/struct.ts';
import { type MessageEntry, type MessageOf, type ModelledMessage, writeStruct } from './entry.ts';
import { error } from './error.ts';
import { type Extension, experimenter } from './experimenter.ts';
import { FLOW_MESSAGES } from './flow.ts';
import { hello } from './hello.ts';
import { multipartReply, multipartRequest } from './multipart.ts';
import { PACKET_MESSAGES } from './packet.ts';
import { portStatus } from './port.ts';

/** ofp_switch_features after the header (OF 1.3.5, 7.3.1). */
const Features = struct('ofp_switch_features', 24, {
  datapathId: 'u64',
  bufferCount: 'u32',
  tableCount: 'u8',
  auxiliaryId: 'u8',
  pad: { pad: 2 },
  capabilities: 'u32',
  reserved: 'u32',
});

/** ofp_switch_config after the header (OF 1.3.5, 7.3.2). */
const ConfigBody = struct('ofp_switch_config', 4, { flags: 'u16', missSendLength: 'u16' });

/** ofp_role_request after the header (OF 1.3.5, 7.3.9). */
const RoleBody = struct('ofp_role_request', 16, { role: 'u32', pad: { pad: 4 }, generationId: 'u64' });
const roles = enumeration(RoleBody.name, 'role', ['noChange', 'equal', 'master', 'slave'], [11, 2]);

/** Messages that share one entry, because they share OFPT_EXPERIMENTER. */
type FamilyOf<T extends ModelledMessage['type']> = T extends Extension['type'] ? Extension : MessageOf<T>;

/** Every modelled message: to add one, declare its type in Message and its entry here. */
const MESSAGES: { readonly [T in ModelledMessage['type']]: MessageEntry<FamilyOf<T>> } = {
  hello,
  error,
  echoRequest: echo('echoRequest', 2),
  echoReply: echo('echoReply', 3),
  experimenter,
  bundleControl: experimenter,
  bundleAdd: experimenter,
  featuresRequest: bare('featuresRequest', 5),
  featuresReply: {
    type: 6,
    read: (reader, { xid, end }) => ({ type: 'featuresReply', xid, ...reader.members(Features, end) }),
    write: (message, writer) => writeStruct(Features, message, writer),
  },
  getConfigRequest: bare('getConfigRequest', 7),
  getConfigReply: config('getConfigReply', 8),
  setConfig: config('setConfig', 9),
  ...PACKET_MESSAGES,
  ...FLOW_MESSAGES,
  portStatus,
  multipartRequest,
  multipartReply,
  barrierRequest: bare('barrierRequest', 20),
  barrierReply: bare('barrierReply', 21),
  roleRequest: role('roleRequest', 24),
  roleReply: role('roleReply', 25),
};

const BY_TYPE: (MessageEntry<ModelledMessage> | undefined)[] = [];
for (const entry of Object.values(MESSAGES)) BY_TYPE[entry.type] = entry;

/** The entry of a message, seen as one that takes it. */
export function entryOf(message: ModelledMessage): MessageEntry<ModelledMessage> {
  return MESSAGES[message.type];
}

/** The entry of an OFPT_* number, or undefined for one that is not modelled. */
export function entryOfType(type: number): MessageEntry<ModelledMessage> | undefined {
  return BY_TYPE[type];
}

function bare<const T extends string>(
  name: T,
  type: number,
): MessageEntry<{ readonly type: T; readonly xid: number }> {
  return { type, read: (_, { xid }) => ({ type: name, xid }), write: () => undefined };
}

function echo<const T extends string>(
  name: T,
  type: number,
): MessageEntry<{ readonly type: T; readonly xid: number; readonly data: Uint8Array }> {
  return {
    type,
    read: (reader, { xid, end }) => ({ type: name, xid, data: reader.rest(end) }),
    write: ({ data }, writer) => writer.append(data),
  };
}

function config<const T extends 'getConfigReply' | 'setConfig'>(
  name: T,
  type: number,
): MessageEntry<Config<T>> {
  return {
    type,
    read: (reader, { xid, end }) => ({ type: name, xid, ...reader.members(ConfigBody, end) }),
    write: (message, writer) => writeStruct(ConfigBody, message, writer),
  };
}

function role<const T extends 'roleRequest' | 'roleReply'>(
  name: T,
  type: number,
): MessageEntry<RoleMessage<T>> {
  return {
    type,
    read(reader, { xid, end }) {
      const { role: number, generationId } = reader.members(RoleBody, end);
      return { type: name, xid, role: roles.nameOf(number), generationId };
    },
    write: (message, writer) =>
      writeStruct(RoleBody, { ...message, role: roles.numberOf(message.role) }, writer),
  };
}
