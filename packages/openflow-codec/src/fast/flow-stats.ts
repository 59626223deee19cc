import { CodecError } from '../errors.ts';
import { Header } from '../message/codec.ts';
import { FlowStatsHeader, MIN_FLOW_STATS } from '../message/flow-stats.ts';
import { MORE, MULTIPART_REPLY, MultipartHeader } from '../message/multipart.ts';
import type { Values } from '../wire/layout.ts';

/** Part of a multipart reply, its body undecoded: a view of the message's own bytes. */
export interface MultipartBody {
  /** OFPMP_* (OF 1.3.5, 7.3.5). */
  readonly partType: number;
  readonly more: boolean;
  readonly body: Uint8Array;
}

/** The body of a whole OFPT_MULTIPART_REPLY, without decoding it. Throws CodecError when it is none. */
export function multipartBody(bytes: Uint8Array): MultipartBody {
  const view = viewOf(bytes);
  const size = Header.size + MultipartHeader.size;
  if (bytes.length < size) throw new CodecError('OFC_SHORT', { struct: MultipartHeader.name, offset: 0 });
  const { type } = Header.readMembers(view, 0);
  if (type !== MULTIPART_REPLY)
    throw new CodecError('OFC_VALUE', { struct: Header.name, field: 'type', offset: 1 });
  const { partType, flags } = MultipartHeader.readMembers(view, Header.size);
  return { partType, more: (flags & MORE) !== 0, body: bytes.subarray(size) };
}

/** One flow of a reply: members of ofp_flow_stats (OF 1.3.5, 7.3.5.2), valid during the callback only. */
export interface FlowStatsView extends Readonly<Values<typeof FlowStatsHeader.layout>> {
  /** The bytes of the ofp_match with its padding: a view, to be copied if kept. */
  match(): Uint8Array;
  /** The bytes of the instructions: a view, to be copied if kept. */
  instructions(): Uint8Array;
}

/**
 * Walks the flows in the body of a flow multipart reply without decoding matches and instructions: `onFlow` gets
 * the same object each time. Throws CodecError when a length is wrong; the flows before it have been seen then.
 */
export function walkFlowStats(body: Uint8Array, onFlow: (flow: FlowStatsView) => void): void {
  const view = viewOf(body);
  let matchAt = 0;
  let matchEnd = 0;
  let end = 0;
  // Not a copy of it by spreading: writing to such an object is several times as slow.
  const flow = Object.assign(FlowStatsHeader.make(), {
    match: () => body.subarray(matchAt, matchEnd),
    instructions: () => body.subarray(matchEnd, end),
  });
  for (let at = 0; at < body.length; at = end) {
    if (body.length - at < MIN_FLOW_STATS) {
      throw new CodecError('OFC_SHORT', { struct: FlowStatsHeader.name, offset: at });
    }
    FlowStatsHeader.read(view, at, flow);
    end = at + flow.length;
    matchAt = at + FlowStatsHeader.size;
    const matchLength = view.getUint16(matchAt + MATCH_LENGTH_AT);
    matchEnd = matchAt + ((matchLength + 7) & ~7);
    const isSound =
      flow.length >= MIN_FLOW_STATS && end <= body.length && matchLength >= 4 && matchEnd <= end;
    if (!isSound)
      throw new CodecError('OFC_LENGTH', { struct: FlowStatsHeader.name, field: 'length', offset: at });
    onFlow(flow);
  }
}

const MATCH_LENGTH_AT = 2;

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
