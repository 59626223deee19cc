import { encodeActions, readActions } from '../action/codec.ts';
import { CodecError } from '../errors.ts';
import { encodeMatch, readMatch } from '../match/codec.ts';
import { enumeration } from '../wire/enumeration.ts';
import { struct } from '../wire/struct.ts';
import { type MessageEntry, type MessageOf, writeStruct } from './entry.ts';

/** ofp_packet_in between header and match; two bytes of padding stand before the data (OF 1.3.5, 7.4.1). */
const PacketInBody = struct('ofp_packet_in', 16, {
  bufferId: 'u32',
  totalLength: 'u16',
  reason: 'u8',
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

/** OFPR_*. */
export const reasons = enumeration(PacketInBody.name, 'reason', ['noMatch', 'action', 'invalidTtl']);

/** OFPT_PACKET_IN and OFPT_PACKET_OUT. */
export const PACKET_MESSAGES: {
  readonly [T in 'packetIn' | 'packetOut']: MessageEntry<MessageOf<T>>;
} = {
  packetIn: {
    type: 10,
    read(reader, { xid, end }) {
      const at = reader.take(PacketInBody.size, end, PacketInBody.name);
      const body = PacketInBody.readMembers(reader.view, at);
      const match = readMatch(reader, end);
      reader.take(PACKET_PAD, end, PacketInBody.name);
      return {
        type: 'packetIn',
        xid,
        bufferId: body.bufferId,
        totalLength: body.totalLength,
        reason: reasons.nameOf(body.reason, at),
        tableId: body.tableId,
        cookie: body.cookie,
        match,
        data: reader.rest(end),
      };
    },
    write(message, writer) {
      const { bufferId, totalLength, tableId, cookie } = message;
      const reason = reasons.numberOf(message.reason);
      const at = writer.reserve(PacketInBody.size);
      PacketInBody.writeMembers(writer.view, at, { bufferId, totalLength, reason, tableId, cookie });
      encodeMatch(message.match, writer);
      writer.pad(PACKET_PAD);
      writer.append(message.data);
    },
  },
  packetOut: {
    type: 13,
    read(reader, { xid, end }) {
      const start = reader.at;
      const { actionsLength, ...members } = reader.members(PacketOutBody, end);
      const actionsEnd = reader.at + actionsLength;
      if (actionsEnd > end) {
        throw new CodecError('OFC_LENGTH', {
          struct: PacketOutBody.name,
          field: 'actionsLength',
          offset: start,
        });
      }
      const actions = readActions(reader, actionsEnd);
      return { type: 'packetOut', xid, ...members, actions, data: reader.rest(end) };
    },
    write(message, writer) {
      const start = writer.size;
      writeStruct(PacketOutBody, { ...message, actionsLength: 0 }, writer);
      encodeActions(message.actions, writer);
      writer.writeSize(start + ACTIONS_LENGTH_AT, start + PacketOutBody.size, PacketOutBody.name);
      writer.append(message.data);
    },
  },
};
