import type { PacketQueue, QueueProperty } from '../queue.ts';
import { fixed, type PropertyKind, properties } from '../wire/property.ts';
import { struct } from '../wire/struct.ts';
import { type Body, sized } from './body.ts';
import { type MessageEntry, type MessageOf, writeStruct } from './entry.ts';

/** ofp_queue_get_config_request and its reply up to the queues (OF 1.3.5, 7.3.6). */
const ConfigBody = struct('ofp_queue_get_config', 8, { port: 'u32', pad: { pad: 4 } });
const Queue = struct('ofp_packet_queue', 16, { queue: 'u32', port: 'u32', length: 'u16', pad: { pad: 6 } });
const LENGTH_AT = 8;

const Experimenter = struct('ofp_queue_prop_experimenter', 12, {
  pad: { pad: 4 },
  experimenter: 'u32',
  pad2: { pad: 4 },
});

/** Four zeros, two bytes, six zeros (OF 1.3.5, 7.2.2). */
const rate = fixed<'u16'>('u16', 12, 4);

const experimenter: PropertyKind<{ readonly experimenter: number; readonly data: Uint8Array }> = {
  read(reader, end) {
    if (end - reader.at < Experimenter.size || !Experimenter.isClean(reader.view, reader.at))
      return undefined;
    return { ...reader.members(Experimenter, end), data: reader.rest(end) };
  },
  write(value, writer) {
    writeStruct(Experimenter, value, writer);
    writer.append(value.data);
  },
};

const queueProperties = properties<QueueProperty>('ofp_queue_prop', {
  minRate: [1, rate],
  maxRate: [2, rate],
  experimenter: [0xffff, experimenter],
});

const queues: Body<readonly PacketQueue[]> = sized({
  layout: Queue,
  lengthAt: LENGTH_AT,
  read: ({ length: _, ...members }, reader, end) => ({
    ...members,
    properties: queueProperties.read(reader, end),
  }),
  members: (item: PacketQueue) => ({ ...item, length: 0 }),
  tail: (item, writer) => queueProperties.write(item.properties, writer),
});

/** OFPT_QUEUE_GET_CONFIG_REQUEST and its reply. */
export const QUEUE_MESSAGES: {
  readonly [T in 'queueGetConfigRequest' | 'queueGetConfigReply']: MessageEntry<MessageOf<T>>;
} = {
  queueGetConfigRequest: {
    type: 22,
    read: (reader, end, xid) => ({
      type: 'queueGetConfigRequest',
      xid,
      ...reader.members(ConfigBody, end),
    }),
    write: (message, writer) => writeStruct(ConfigBody, message, writer),
  },
  queueGetConfigReply: {
    type: 23,
    read: (reader, end, xid) => ({
      type: 'queueGetConfigReply',
      xid,
      ...reader.members(ConfigBody, end),
      queues: queues.read(reader, end),
    }),
    write(message, writer) {
      writeStruct(ConfigBody, message, writer);
      queues.write(message.queues, writer);
    },
  },
};
