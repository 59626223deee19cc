import { CodecError } from '../errors.ts';
import type { FlowMonitorRequest, FlowUpdate } from '../flow-monitor.ts';
import { encodeInstructions, readInstructions } from '../instruction/codec.ts';
import { encodeMatch, readMatch } from '../match/codec.ts';
import type { Match } from '../match.ts';
import type { Reader } from '../wire/reader.ts';
import { struct } from '../wire/struct.ts';
import type { Writer } from '../wire/writer.ts';
import type { Body } from './body.ts';
import { writeStruct } from './entry.ts';

const Request = struct('onf_flow_monitor_request', 16, {
  id: 'u32',
  flags: 'u16',
  matchLength: 'u16',
  outPort: 'u32',
  tableId: 'u8',
  pad: { pad: 3 },
});
const EVENTS = ['added', 'deleted', 'modified', 'abbreviated'] as const;
const UpdateHeader = struct('nx_flow_update_header', 4, {
  length: 'u16',
  event: { named: EVENTS, as: 'u16' },
});
const Full = struct('nx_flow_update_full', 20, {
  reason: 'u16',
  priority: 'u16',
  idleTimeout: 'u16',
  hardTimeout: 'u16',
  matchLength: 'u16',
  tableId: 'u8',
  pad: { pad: 1 },
  cookie: 'u64',
});
const Abbreviated = struct('nx_flow_update_abbrev', 4, { xid: 'u32' });

/** What every abbreviated update begins with, as 32 bits: its length, which is always the same, and what it is. */
export const ABBREVIATED_HEAD =
  ((UpdateHeader.size + Abbreviated.size) << 16) | EVENTS.indexOf('abbreviated');
export const ABBREVIATED_SIZE = UpdateHeader.size + Abbreviated.size;

const REQUEST_LENGTH_AT = 6;
const FULL_LENGTH_AT = 8;

/** Body of a flow monitor request: any number of monitors. */
export const flowMonitorRequest: Body<readonly FlowMonitorRequest[]> = {
  read(reader, end) {
    const monitors: FlowMonitorRequest[] = [];
    while (reader.at < end) {
      const { matchLength, ...members } = reader.members(Request, end);
      monitors.push({ ...members, ...readSizedMatch(matchLength, reader, end) });
    }
    return monitors;
  },
  write(monitors, writer) {
    for (const monitor of monitors) {
      const start = writer.size;
      writeStruct(Request, { ...monitor, matchLength: 0 }, writer);
      writeSizedMatch(monitor, start + REQUEST_LENGTH_AT, writer);
    }
  },
};

/** Body of a flow monitor reply: any number of events. */
export const flowMonitorReply: Body<readonly FlowUpdate[]> = {
  read(reader, end) {
    const updates: FlowUpdate[] = [];
    while (reader.at < end) updates.push(readUpdate(reader, end));
    return updates;
  },
  write(updates, writer) {
    for (const update of updates) writeUpdate(update, writer);
  },
};

function readUpdate(reader: Reader, listEnd: number): FlowUpdate {
  const start = reader.at;
  const { length, event } = reader.members(UpdateHeader, listEnd);
  const end = start + length;
  const isAbbreviated = event === 'abbreviated';
  const least = UpdateHeader.size + (isAbbreviated ? Abbreviated : Full).size;
  if (length < least || end > listEnd || (isAbbreviated && length > least)) {
    throw new CodecError('OFC_LENGTH', { struct: UpdateHeader.name, field: 'length', offset: start });
  }
  if (isAbbreviated) return { event, ...reader.members(Abbreviated, end) };
  const { matchLength, ...members } = reader.members(Full, end);
  const match = readSizedMatch(matchLength, reader, end);
  return { event, ...members, ...match, instructions: readInstructions(reader, end) };
}

function writeUpdate(update: FlowUpdate, writer: Writer): void {
  const start = writer.size;
  writeStruct(UpdateHeader, { length: 0, event: update.event }, writer);
  if (update.event === 'abbreviated') {
    writeStruct(Abbreviated, update, writer);
  } else {
    const at = writer.size;
    writeStruct(Full, { ...update, matchLength: 0 }, writer);
    writeSizedMatch(update, at + FULL_LENGTH_AT, writer);
    encodeInstructions(update.instructions, writer);
  }
  writer.writeSize(start, start, UpdateHeader.name);
}

interface SizedMatch {
  readonly match: Match;
  readonly matchLength?: number;
}

/** The match, and the length in front of it where it is not the match's own. */
function readSizedMatch(matchLength: number, reader: Reader, end: number): SizedMatch {
  const at = reader.at;
  const match = readMatch(reader, end);
  return reader.view.getUint16(at + 2) === matchLength ? { match } : { match, matchLength };
}

function writeSizedMatch({ match, matchLength }: SizedMatch, lengthAt: number, writer: Writer): void {
  const at = writer.size;
  encodeMatch(match, writer);
  writer.view.setUint16(lengthAt, matchLength ?? writer.view.getUint16(at + 2));
}
