import { CodecError } from '../errors.ts';
import { encodeInstructions, readInstructions } from '../instruction/codec.ts';
import { encodeMatch, readMatch } from '../match/codec.ts';
import type { FlowStats, FlowStatsRequest } from '../multipart.ts';
import type { Reader } from '../wire/reader.ts';
import { struct } from '../wire/struct.ts';
import type { Writer } from '../wire/writer.ts';
import { writeStruct } from './entry.ts';

/** ofp_flow_stats_request up to its match (OF 1.3.5, 7.3.5.2). */
const Request = struct('ofp_flow_stats_request', 32, {
  tableId: 'u8',
  pad: { pad: 3 },
  outPort: 'u32',
  outGroup: 'u32',
  pad2: { pad: 4 },
  cookie: 'u64',
  cookieMask: 'u64',
});

/** ofp_flow_stats up to its match (OF 1.3.5, 7.3.5.2). */
export const FlowStatsHeader = struct('ofp_flow_stats', 48, {
  length: 'u16',
  tableId: 'u8',
  pad: { pad: 1 },
  durationSec: 'u32',
  durationNsec: 'u32',
  priority: 'u16',
  idleTimeout: 'u16',
  hardTimeout: 'u16',
  flags: 'u16',
  pad2: { pad: 4 },
  cookie: 'u64',
  packetCount: 'u64',
  byteCount: 'u64',
});

/** Smallest entry: the header and an empty match. */
export const MIN_FLOW_STATS = FlowStatsHeader.size + 8;

/** Body of a flow or aggregate request. */
export const flowStatsRequest = {
  read(reader: Reader, end: number): FlowStatsRequest {
    return { ...reader.members(Request, end), match: readMatch(reader, end) };
  },
  write(body: FlowStatsRequest, writer: Writer): void {
    writeStruct(Request, body, writer);
    encodeMatch(body.match, writer);
  },
};

/** Body of a flow reply. */
export const flowStatsReply = {
  read(reader: Reader, end: number): FlowStats[] {
    const flows: FlowStats[] = [];
    while (reader.at < end) flows.push(readFlowStats(reader, end));
    return flows;
  },
  write(body: readonly FlowStats[], writer: Writer): void {
    for (const flow of body) {
      const start = writer.reserve(FlowStatsHeader.size);
      FlowStatsHeader.writeMembers(writer.view, start, {
        length: 0,
        tableId: flow.tableId,
        durationSec: flow.durationSec,
        durationNsec: flow.durationNsec,
        priority: flow.priority,
        idleTimeout: flow.idleTimeout,
        hardTimeout: flow.hardTimeout,
        flags: flow.flags,
        cookie: flow.cookie,
        packetCount: flow.packetCount,
        byteCount: flow.byteCount,
      });
      encodeMatch(flow.match, writer);
      encodeInstructions(flow.instructions, writer);
      writer.writeSize(start, start, FlowStatsHeader.name);
    }
  },
};

function readFlowStats(reader: Reader, listEnd: number): FlowStats {
  const start = reader.take(FlowStatsHeader.size, listEnd, FlowStatsHeader.name);
  const head = FlowStatsHeader.readMembers(reader.view, start);
  const end = start + head.length;
  if (head.length < MIN_FLOW_STATS || end > listEnd) {
    throw new CodecError('OFC_LENGTH', { struct: FlowStatsHeader.name, field: 'length', offset: start });
  }
  return {
    tableId: head.tableId,
    durationSec: head.durationSec,
    durationNsec: head.durationNsec,
    priority: head.priority,
    idleTimeout: head.idleTimeout,
    hardTimeout: head.hardTimeout,
    flags: head.flags,
    cookie: head.cookie,
    packetCount: head.packetCount,
    byteCount: head.byteCount,
    match: readMatch(reader, end),
    instructions: readInstructions(reader, end),
  };
}
