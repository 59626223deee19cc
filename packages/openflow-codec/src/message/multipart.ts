import { EXPERIMENTER } from '../field.ts';
import type { MultipartReply, MultipartRequest } from '../multipart.ts';
import type { PartName, ReplyBody, RequestBody } from '../part.ts';
import type { ExperimenterData } from '../property.ts';
import type { Members } from '../wire/layout.ts';
import type { Reader } from '../wire/reader.ts';
import { struct } from '../wire/struct.ts';
import type { Writer } from '../wire/writer.ts';
import { type Body, empty, many, one } from './body.ts';
import { ExperimenterHeader, type MessageEntry, writeStruct } from './entry.ts';
import { flowMonitorReply, flowMonitorRequest } from './flow-monitor.ts';
import { flowStatsReply, flowStatsRequest } from './flow-stats.ts';
import { groupDescriptions, groupFeatures, groupStats } from './group.ts';
import { MeterFeaturesStruct, MeterRequest, meterConfigs, meterStats } from './meter.ts';
import { PortStruct } from './port.ts';
import {
  Aggregate,
  Description,
  GroupRequest,
  IpfixStatsStruct,
  PortRequest,
  PortStatsStruct,
  QueueRequest,
  QueueStatsStruct,
  Table,
} from './statistics.ts';
import { tableFeatures } from './table-features.ts';

/** ofp_multipart_request and ofp_multipart_reply after the header (OF 1.3.5, 7.3.5). */
export const MultipartHeader = struct('ofp_multipart', 8, { partType: 'u16', flags: 'u16', pad: { pad: 4 } });
/** OFPMPF_REQ_MORE and OFPMPF_REPLY_MORE. */
export const MORE = 1;
/** OFPT_MULTIPART_REPLY. */
export const MULTIPART_REPLY = 19;

/** One row of the table of parts (OF 1.3.5, 7.3.5, ofp_multipart_type). */
interface Part<P extends PartName> {
  readonly type: number;
  /** Of the experimenter parts that are modelled. */
  readonly ids?: Members<typeof ExperimenterHeader.layout>;
  readonly request: Body<RequestBody<P>>;
  readonly reply: Body<ReplyBody<P>>;
}

/** OFPMP_EXPERIMENTER. */
export const EXPERIMENTER_PART = 0xffff;
/** ONFMP_FLOW_MONITOR (ONF EXT-187). */
export const FLOW_MONITOR_TYPE = 1870;

/** ofp_experimenter_multipart_header and what follows it (OF 1.3.5, 7.3.5.16). */
const experimenterData: Body<ExperimenterData> = {
  read: (reader, end) => ({ ...reader.members(ExperimenterHeader, end), data: reader.rest(end) }),
  write(body, writer) {
    writeStruct(ExperimenterHeader, body, writer);
    writer.append(body.data);
  },
};

const PARTS: { readonly [P in PartName]: Part<P> } = {
  desc: { type: 0, request: empty, reply: one(Description) },
  flow: { type: 1, request: flowStatsRequest, reply: flowStatsReply },
  aggregate: { type: 2, request: flowStatsRequest, reply: one(Aggregate) },
  table: { type: 3, request: empty, reply: many(Table) },
  port: { type: 4, request: one(PortRequest), reply: many(PortStatsStruct) },
  queue: { type: 5, request: one(QueueRequest), reply: many(QueueStatsStruct) },
  group: { type: 6, request: one(GroupRequest), reply: groupStats },
  groupDesc: { type: 7, request: empty, reply: groupDescriptions },
  groupFeatures: { type: 8, request: empty, reply: groupFeatures },
  meter: { type: 9, request: one(MeterRequest), reply: meterStats },
  meterConfig: { type: 10, request: one(MeterRequest), reply: meterConfigs },
  meterFeatures: { type: 11, request: empty, reply: one(MeterFeaturesStruct) },
  tableFeatures: { type: 12, request: tableFeatures, reply: tableFeatures },
  portDesc: { type: 13, request: empty, reply: many(PortStruct) },
  flowMonitor: {
    type: EXPERIMENTER_PART,
    ids: { experimenter: EXPERIMENTER.onf, experimenterType: FLOW_MONITOR_TYPE },
    request: flowMonitorRequest,
    reply: flowMonitorReply,
  },
  ipfixBridge: {
    type: EXPERIMENTER_PART,
    ids: { experimenter: EXPERIMENTER.nicira, experimenterType: 3 },
    request: empty,
    reply: one(IpfixStatsStruct),
  },
  ipfixFlow: {
    type: EXPERIMENTER_PART,
    ids: { experimenter: EXPERIMENTER.nicira, experimenterType: 4 },
    request: empty,
    reply: many(IpfixStatsStruct),
  },
  experimenter: { type: EXPERIMENTER_PART, request: experimenterData, reply: experimenterData },
};

/** The names of all modelled parts. */
export const PART_NAMES = Object.keys(PARTS) as PartName[];
const BY_TYPE = new Map(
  PART_NAMES.filter((part) => PARTS[part].type !== EXPERIMENTER_PART).map((part) => [PARTS[part].type, part]),
);

/** OFPT_MULTIPART_REQUEST. */
export const multipartRequest: MessageEntry<MultipartRequest> = {
  type: 18,
  read(reader, end, xid) {
    return {
      type: 'multipartRequest',
      xid,
      ...readPart(reader, end, (part) => PARTS[part].request),
    } as MultipartRequest;
  },
  write: (message, writer) => writePart(message, writer, (part) => PARTS[part].request),
};

/** OFPT_MULTIPART_REPLY. */
export const multipartReply: MessageEntry<MultipartReply> = {
  type: MULTIPART_REPLY,
  read(reader, end, xid) {
    return {
      type: 'multipartReply',
      xid,
      ...readPart(reader, end, (part) => PARTS[part].reply),
    } as MultipartReply;
  },
  write: (message, writer) => writePart(message, writer, (part) => PARTS[part].reply),
};

/** What all parts have, and the body that PARTS ties to the part's name: TypeScript can't follow that tie. */
function readPart(
  reader: Reader,
  end: number,
  bodyOf: (part: PartName) => Pick<Body<unknown>, 'read'>,
): object {
  const { partType, flags } = reader.members(MultipartHeader, end);
  const more = (flags & MORE) !== 0;
  const part = partType === EXPERIMENTER_PART ? experimenterPart(reader, end) : BY_TYPE.get(partType);
  return part === undefined
    ? { part: 'raw', partType, more, body: reader.rest(end) }
    : { part, more, body: bodyOf(part).read(reader, end) };
}

function writePart(
  message: MultipartRequest | MultipartReply,
  writer: Writer,
  bodyOf: (part: PartName) => Body<unknown>,
): void {
  const partType = message.part === 'raw' ? message.partType : PARTS[message.part].type;
  writeStruct(MultipartHeader, { partType, flags: message.more ? MORE : 0 }, writer);
  if (message.part === 'raw') {
    writer.append(message.body);
    return;
  }
  const { ids } = PARTS[message.part];
  if (ids !== undefined) writeStruct(ExperimenterHeader, ids, writer);
  bodyOf(message.part).write(message.body, writer);
}

/** The part that the ids stand for, which are read; `experimenter`, whose body begins with them, when none is. */
function experimenterPart(reader: Reader, end: number): PartName {
  const start = reader.at;
  const found = reader.members(ExperimenterHeader, end);
  const part = PART_NAMES.find((name) => {
    const { ids } = PARTS[name];
    return ids?.experimenter === found.experimenter && ids.experimenterType === found.experimenterType;
  });
  if (part === undefined) reader.at = start;
  return part ?? 'experimenter';
}
