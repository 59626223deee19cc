import { encodeActions, readActions } from '../action/codec.ts';
import { CodecError } from '../errors.ts';
import { encodeMatch, readMatch } from '../match/codec.ts';
import { struct } from '../wire/struct.ts';
import type { MessageEntry, MessageOf } from './entry.ts';

/** OFPR_*. */
export const REASON = { named: ['noMatch', 'action', 'invalidTtl'], as: 'u8' } as const;

/** ofp_packet_in between header and match; two bytes of padding stand before the data (OF 1.3.5, 7.4.1). */
const PacketInBody = struct('ofp_packet_in', 16, {
  bufferId: 'u32',
  totalLength: 'u16',
  reason: REASON,
  tableId: 'u8',
  cookie: 'u64',
});
const PACKET_PAD = 2;

/** ofp_packet_out between header and actions (OF 1.3.5, 7.3.7). */
const PacketOutBody = struct('ofp_packet_out', 16, {
  bufferId: 'u32',
  inPort: 'u32',
  actionsLength: 'u16',
  pad: { pad: 6 },
});
const ACTIONS_LENGTH_AT = 8;

const assemblePacketIn = PacketInBody.assembler<MessageOf<'packetIn'>>()(
  'type',
  'packetIn',
  ['xid'],
  ['match', 'data'],
);

/** OFPT_PACKET_IN and OFPT_PACKET_OUT. */
export const PACKET_MESSAGES: {
  readonly [T in 'packetIn' | 'packetOut']: MessageEntry<MessageOf<T>>;
} = {
  packetIn: {
    type: 10,
    read(reader, end, xid) {
      const at = reader.take(PacketInBody.size, end, PacketInBody.name);
      const match = readMatch(reader, end);
      reader.take(PACKET_PAD, end, PacketInBody.name);
      return assemblePacketIn(reader.view, at, xid, match, reader.rest(end));
    },
    write(message, writer) {
      PacketInBody.append(message, writer);
      encodeMatch(message.match, writer);
      writer.pad(PACKET_PAD);
      writer.append(message.data);
    },
  },
  packetOut: {
    type: 13,
    read(reader, end, xid) {
      const at = reader.take(PacketOutBody.size, end, PacketOutBody.name);
      const { bufferId, inPort, actionsLength } = PacketOutBody.readMembers(reader.view, at);
      const actionsEnd = reader.at + actionsLength;
      if (actionsEnd > end) {
        const place = { struct: PacketOutBody.name, field: 'actionsLength', offset: at };
        throw new CodecError('OFC_LENGTH', place);
      }
      const actions = readActions(reader, actionsEnd);
      return { type: 'packetOut', xid, bufferId, inPort, actions, data: reader.rest(end) };
    },
    write({ bufferId, inPort, actions, data }, writer) {
      const start = writer.size;
      PacketOutBody.append({ bufferId, inPort, actionsLength: 0 }, writer);
      encodeActions(actions, writer);
      writer.writeSize(start + ACTIONS_LENGTH_AT, start + PacketOutBody.size, PacketOutBody.name);
      writer.append(data);
    },
  },
};
