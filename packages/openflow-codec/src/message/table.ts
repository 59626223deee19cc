import { dictionary } from '../wire/dictionary.ts';
import type { LayoutOf, Members } from '../wire/layout.ts';
import { type Struct, struct } from '../wire/struct.ts';
import { AsyncStruct } from './async.ts';
import { type MessageEntry, type MessageOf, type ModelledMessage, writeStruct } from './entry.ts';
import { error } from './error.ts';
import { EXTENSION_TYPES, experimenter } from './experimenter.ts';
import type { Extension, ModelledExtension } from './extension.ts';
import { FLOW_MESSAGES } from './flow.ts';
import { groupMod } from './group.ts';
import { hello } from './hello.ts';
import { meterMod } from './meter.ts';
import { multipartReply, multipartRequest } from './multipart.ts';
import { PACKET_MESSAGES } from './packet.ts';
import { portStatus } from './port.ts';
import { QUEUE_MESSAGES } from './queue.ts';
import { role } from './role.ts';

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

/** ofp_port_mod after the header (OF 1.3.5, 7.3.4.3). */
const PortModBody = struct('ofp_port_mod', 32, {
  port: 'u32',
  pad: { pad: 4 },
  hwAddr: 'u48',
  pad2: { pad: 2 },
  config: 'u32',
  mask: 'u32',
  advertise: 'u32',
  pad3: { pad: 4 },
});

/** ofp_table_mod after the header (OF 1.3.5, 7.3.3). */
const TableModBody = struct('ofp_table_mod', 8, { tableId: 'u8', pad: { pad: 3 }, config: 'u32' });

/** Messages that share one entry, because they share OFPT_EXPERIMENTER. */
type FamilyOf<T extends ModelledMessage['type']> = T extends Extension['type'] ? Extension : MessageOf<T>;

/** Every modelled message: to add one, declare its type in Message and its entry here. */
const MESSAGES: { readonly [T in ModelledMessage['type']]: MessageEntry<FamilyOf<T>> } = {
  hello,
  error,
  echoRequest: echo('echoRequest', 2),
  echoReply: echo('echoReply', 3),
  experimenter,
  ...extensions(),
  featuresRequest: bare('featuresRequest', 5),
  featuresReply: plain('featuresReply', 6, Features),
  getConfigRequest: bare('getConfigRequest', 7),
  getConfigReply: plain('getConfigReply', 8, ConfigBody),
  setConfig: plain('setConfig', 9, ConfigBody),
  ...PACKET_MESSAGES,
  ...FLOW_MESSAGES,
  portStatus,
  groupMod,
  portMod: plain('portMod', 16, PortModBody),
  tableMod: plain('tableMod', 17, TableModBody),
  multipartRequest,
  multipartReply,
  barrierRequest: bare('barrierRequest', 20),
  barrierReply: bare('barrierReply', 21),
  ...QUEUE_MESSAGES,
  roleRequest: role('roleRequest', 24),
  roleReply: role('roleReply', 25),
  getAsyncRequest: bare('getAsyncRequest', 26),
  getAsyncReply: plain('getAsyncReply', 27, AsyncStruct),
  setAsync: plain('setAsync', 28, AsyncStruct),
  meterMod,
};

const BY_NAME = dictionary<string, MessageEntry<ModelledMessage>>(Object.entries(MESSAGES));
const BY_TYPE: (MessageEntry<ModelledMessage> | undefined)[] = [];
for (const entry of Object.values(MESSAGES)) BY_TYPE[entry.type] = entry;

/** The entry of a message, seen as one that takes it; undefined for what is no message. */
export function entryOf(message: ModelledMessage): MessageEntry<ModelledMessage> | undefined {
  return BY_NAME[message.type];
}

/** The entry of an OFPT_* number, or undefined for one that is not modelled. */
export function entryOfType(type: number): MessageEntry<ModelledMessage> | undefined {
  return BY_TYPE[type];
}

function bare<const T extends string>(
  name: T,
  type: number,
): MessageEntry<{ readonly type: T; readonly xid: number }> {
  return { type, read: (_reader, _end, xid) => ({ type: name, xid }), write: () => undefined };
}

function echo<const T extends string>(
  name: T,
  type: number,
): MessageEntry<{ readonly type: T; readonly xid: number; readonly data: Uint8Array }> {
  return {
    type,
    read: (reader, end, xid) => ({ type: name, xid, data: reader.rest(end) }),
    write: ({ data }, writer) => writer.append(data),
  };
}

/** A message whose body is one structure. */
function plain<const T extends string, L extends LayoutOf>(
  name: T,
  type: number,
  layout: Struct<L>,
): MessageEntry<{ readonly type: T; readonly xid: number } & Members<L>> {
  return {
    type,
    read: (reader, end, xid) => ({ type: name, xid, ...reader.members(layout, end) }),
    write: (message, writer) => writeStruct(layout, message, writer),
  };
}

/** Every type of extension, with the entry that they share. */
function extensions(): { readonly [T in ModelledExtension['type']]: MessageEntry<Extension> } {
  return Object.fromEntries(EXTENSION_TYPES.map((type) => [type, experimenter])) as Record<
    ModelledExtension['type'],
    MessageEntry<Extension>
  >;
}
