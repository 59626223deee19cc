import { encodeActions, readActions } from '../action/codec.ts';
import type { ContinuationProperty, PacketIn2Message, PacketIn2Property } from '../extension.ts';
import { encodeEntries, readEntries } from '../match/codec.ts';
import { bytes, flag, nested, type PropertyKind, properties, u8, u32, u64 } from '../wire/property.ts';
import { struct } from '../wire/struct.ts';
import { writeStruct } from './entry.ts';
import type { ExtensionEntry, Extensions } from './extension.ts';
import { nicira } from './nicira.ts';
import { readNxMatch, writeNxMatch } from './nx-match.ts';
import { REASON } from './packet.ts';

/** nx_packet_in up to its match; two bytes of padding stand before the data. */
const Body = struct('nx_packet_in', 24, {
  bufferId: 'u32',
  totalLength: 'u16',
  reason: REASON,
  tableId: 'u8',
  cookie: 'u64',
  matchLength: 'u16',
  pad: { pad: 6 },
});
const MATCH_LENGTH_AT = 16;
const PACKET_PAD = 2;
const UUID_SIZE = 16;

const actions = nested({ read: readActions, write: encodeActions });

const uuid: PropertyKind<Uint8Array> = {
  read: (reader, end) => (end - reader.at === UUID_SIZE ? reader.rest(end) : undefined),
  write: bytes.write,
};

const continuation = properties<ContinuationProperty>('nx_continuation', {
  bridge: [0x8000, uuid],
  stack: [0x8001, bytes],
  mirrors: [0x8002, u32],
  conntracked: [0x8003, flag],
  tableId: [0x8004, u8],
  cookie: [0x8005, u64],
  actions: [0x8006, actions],
  actionSet: [0x8007, actions],
  datapathPort: [0x8008, u32],
});

const packetProperties = properties<PacketIn2Property>('nx_packet_in2', {
  packet: [0, bytes],
  fullLength: [1, u32],
  bufferId: [2, u32],
  tableId: [3, u8],
  cookie: [4, u64],
  reason: [5, u8],
  metadata: [6, { read: readEntries, write: encodeEntries }],
  userdata: [7, bytes],
  continuation: [8, nested(continuation)],
});

/** Nicira's own packet in messages, and the one that sends a packet back. */
export const PACKET_IN2_MESSAGES: Extensions<'nxPacketIn' | 'nxPacketIn2' | 'nxResume'> = {
  nxPacketIn: {
    ids: nicira(17),
    read(reader, end, xid) {
      const { matchLength, ...members } = reader.members(Body, end);
      const match = readNxMatch(matchLength, reader, end);
      reader.take(PACKET_PAD, end, Body.name);
      return {
        type: 'nxPacketIn',
        xid,
        ...members,
        match,
        data: reader.rest(end),
      };
    },
    write(message, writer) {
      const start = writer.size;
      writeStruct(Body, { ...message, matchLength: 0 }, writer);
      writeNxMatch(message.match, start + MATCH_LENGTH_AT, writer);
      writer.pad(PACKET_PAD);
      writer.append(message.data);
    },
  },
  nxResume: withProperties('nxResume', 28),
  nxPacketIn2: withProperties('nxPacketIn2', 30),
};

function withProperties<const T extends 'nxPacketIn2' | 'nxResume'>(
  type: T,
  experimenterType: number,
): ExtensionEntry<PacketIn2Message<T>> {
  return {
    ids: nicira(experimenterType),
    read: (reader, end, xid) => ({ type, xid, properties: packetProperties.read(reader, end) }),
    write: (message, writer) => packetProperties.write(message.properties, writer),
  };
}
