import { decode, type FlowStatsView, multipartBody, walkFlowStats } from 'openflow-codec';
import type { Connection } from '#controller/channel/connection';
import { ChannelError } from '#controller/channel/errors';
import { OFPT } from '#controller/channel/raw-message';
import { COOKIE_SPACE_HI, COOKIE_SPACE_MASK_HI } from '#pipeline';
import { ReconcileError } from '../errors.ts';

const ALL_TABLES = 0xff;
const ANY = 0xffffffff;
/** OFPMP_FLOW (OF 1.3.5, 7.3.5). */
const FLOW_PART = 1;
/** Flows that a switch may have beyond four times what it ought to have: what is read is held in memory. */
const SPARE_FLOWS = 200_000;

/** Which flows are meant: those whose cookie's upper half is `hi` where `maskHi` has ones, and its lower half `lo`, if given. */
export interface CookieRange {
  readonly hi: number;
  readonly maskHi: number;
  readonly lo?: number;
}

/** A counter of 64 bits, from its halves; exact up to 2^53. */
export function counterOf(hi: number, lo: number): number {
  return hi * 2 ** 32 + lo;
}

/** A range of cookies as OpenFlow's requests have it. */
export function cookieMatch({ hi, maskHi, lo }: CookieRange): { cookie: bigint; cookieMask: bigint } {
  const low = lo === undefined ? { value: 0n, mask: 0n } : { value: BigInt(lo), mask: 0xffffffffn };
  return {
    cookie: (BigInt(hi) << 32n) | low.value,
    cookieMask: (BigInt(maskHi) << 32n) | low.mask,
  };
}

const OUR_COOKIES: CookieRange = { hi: COOKIE_SPACE_HI, maskHi: COOKIE_SPACE_MASK_HI };
/** All that a switch has, whose ever it is. */
export const ALL_COOKIES: CookieRange = { hi: 0, maskHi: 0 };

/**
 * Walks the flows of our cookie space on a switch (OF 1.3.5, 7.3.5.2), or of another range of cookies. The switch ought to have
 * `expected` of them, which is only called once so many have come that it matters. Rejects with
 * ReconcileError when the switch refuses, with ChannelError when it does not answer or sends nonsense: then the connection
 * is closed.
 */
export async function walkFlows(
  connection: Connection,
  expected: () => number,
  onFlow: (entry: FlowStatsView) => void,
  range: CookieRange = OUR_COOKIES,
): Promise<void> {
  let count = 0;
  let failure: string | undefined;
  await connection.exchange(
    {
      type: 'multipartRequest',
      part: 'flow',
      more: false,
      body: ourFlows(range),
    },
    (answer) => {
      if (answer.type !== OFPT.multipartReply) {
        const error = decode(answer.bytes);
        failure = error.type === 'error' ? error.name : `message type ${answer.type}`;
        return true;
      }
      const { partType, body, more } = multipartBody(answer.bytes);
      if (partType !== FLOW_PART)
        throw new ChannelError('OFCH_UNEXPECTED', `multipart type ${partType} answers flow statistics`);
      walkFlowStats(body, (entry) => {
        count++;
        onFlow(entry);
      });
      checkCount(count, expected);
      return !more;
    },
  );
  if (failure !== undefined) throw new ReconcileError('RECO_READ_BACK', failure);
}

/** Throws ChannelError for more flows than make sense where so many are expected. */
export function checkCount(count: number, expected: () => number): void {
  if (count > SPARE_FLOWS && count > SPARE_FLOWS + 4 * expected())
    throw new ChannelError('OFCH_ANSWER_SIZE', `${count} flows`);
}

/**
 * How many flows of our cookie space a switch has (OF 1.3.5, 7.3.5.3). Rejects with ReconcileError when it refuses, and as
 * `Connection.request` does.
 */
export async function countOurFlows(connection: Connection): Promise<number> {
  const answer = await connection.request({
    type: 'multipartRequest',
    part: 'aggregate',
    more: false,
    body: ourFlows(OUR_COOKIES),
  });
  if (answer.type === 'multipartReply' && answer.part === 'aggregate') return answer.body.flowCount;
  throw new ReconcileError('RECO_READ_BACK', answer.type === 'error' ? answer.name : answer.type);
}

function ourFlows(range: CookieRange) {
  return { tableId: ALL_TABLES, outPort: ANY, outGroup: ANY, ...cookieMatch(range), match: [] };
}
