import type { MultipartReply, MultipartRequest } from '../multipart.ts';
import type { Reader } from '../wire/reader.ts';
import { type LayoutOf, type Members, type Struct, struct } from '../wire/struct.ts';
import type { Writer } from '../wire/writer.ts';
import { type MessageEntry, writeStruct } from './entry.ts';
import { flowStatsReply, flowStatsRequest } from './flow-stats.ts';
import { PortStruct } from './port.ts';

/** ofp_multipart_request and ofp_multipart_reply after the header (OF 1.3.5, 7.3.5). */
export const MultipartHeader = struct('ofp_multipart', 8, { partType: 'u16', flags: 'u16', pad: { pad: 4 } });
/** OFPMPF_REQ_MORE and OFPMPF_REPLY_MORE. */
export const MORE = 1;
/** OFPT_MULTIPART_REPLY. */
export const MULTIPART_REPLY = 19;

const Description = struct('ofp_desc', 1056, {
  manufacturer: { text: 256 },
  hardware: { text: 256 },
  software: { text: 256 },
  serialNumber: { text: 32 },
  datapath: { text: 256 },
});
const Aggregate = struct('ofp_aggregate_stats_reply', 24, {
  packetCount: 'u64',
  byteCount: 'u64',
  flowCount: 'u32',
  pad: { pad: 4 },
});
const Table = struct('ofp_table_stats', 24, {
  tableId: 'u8',
  pad: { pad: 3 },
  activeCount: 'u32',
  lookupCount: 'u64',
  matchedCount: 'u64',
});

type Modelled<M> = Exclude<M, { readonly part: 'raw' }>;
type Requests = Modelled<MultipartRequest>;
type Replies = Modelled<MultipartReply>;
type PartName = Requests['part'];
type BodyOf<M extends { readonly part: string; readonly body: unknown }, P> = Extract<
  M,
  { readonly part: P }
>['body'];

/** How one body is read and written. */
interface Body<B> {
  read(reader: Reader, end: number): B;
  write(body: B, writer: Writer): void;
}

/** One row of the table of parts (OF 1.3.5, 7.3.5, ofp_multipart_type). */
interface Part<P extends PartName> {
  readonly type: number;
  readonly request: Body<BodyOf<Requests, P>>;
  readonly reply: Body<BodyOf<Replies, P>>;
}

const empty: Body<null> = { read: () => null, write: () => undefined };

const PARTS: { readonly [P in PartName]: Part<P> } = {
  desc: { type: 0, request: empty, reply: one(Description) },
  flow: { type: 1, request: flowStatsRequest, reply: flowStatsReply },
  aggregate: { type: 2, request: flowStatsRequest, reply: one(Aggregate) },
  table: { type: 3, request: empty, reply: many(Table) },
  portDesc: { type: 13, request: empty, reply: many(PortStruct) },
};

const NAMES = Object.keys(PARTS) as PartName[];
const BY_TYPE = new Map(NAMES.map((part) => [PARTS[part].type, part]));

/** OFPT_MULTIPART_REQUEST. */
export const multipartRequest: MessageEntry<MultipartRequest> = {
  type: 18,
  read(reader, { xid, end }) {
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
  read(reader, { xid, end }) {
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
  const part = BY_TYPE.get(partType);
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
  if (message.part === 'raw') writer.append(message.body);
  else bodyOf(message.part).write(message.body, writer);
}

/** A body that is one structure. */
function one<L extends LayoutOf>(layout: Struct<L>): Body<Readonly<Members<L>>> {
  return {
    read: (reader, end) => reader.members(layout, end),
    write: (body, writer) => writeStruct(layout, body, writer),
  };
}

/** A body that is any number of structures. */
function many<L extends LayoutOf>(layout: Struct<L>): Body<readonly Readonly<Members<L>>[]> {
  return {
    read(reader, end) {
      const items: Readonly<Members<L>>[] = [];
      while (reader.at < end) items.push(reader.members(layout, end));
      return items;
    },
    write(body, writer) {
      for (const item of body) writeStruct(layout, item, writer);
    },
  };
}
