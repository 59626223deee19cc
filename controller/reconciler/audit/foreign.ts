import type { Connection } from '#controller/channel/connection';
import { COOKIE_SPACE_HI, COOKIE_SPACE_MASK_HI, LEARNED_SPACE_HI } from '#pipeline';
import { ReconcileError } from '../errors.ts';
import { InstalledFlow } from '../reading/read-back.ts';
import { type CookieRange, walkOurFlows } from '../reading/walk-flows.ts';

/** Our cookie space and that of what switches learn by our flows, which differ in one bit. */
const OURS: CookieRange = {
  hi: (COOKIE_SPACE_HI & LEARNED_SPACE_HI) >>> 0,
  maskHi: (COOKIE_SPACE_MASK_HI & ~(COOKIE_SPACE_HI ^ LEARNED_SPACE_HI)) >>> 0,
};
const ALL_TABLES = 0xff;
const ANY = 0xffffffff;
/** Flows of others that are looked at one by one; where there are more, they are only counted. */
const MOST_FOREIGN = 10_000;

/** How many flows of a switch are neither ours nor learned by ours. Rejects as `walkOurFlows` does. */
export async function countForeign(connection: Connection): Promise<number> {
  // Both are on their way before the first is answered, so that next to nothing comes between them.
  const [all, ours] = await Promise.all([
    countFlows(connection, { hi: 0, maskHi: 0 }),
    countFlows(connection, OURS),
  ]);
  return Math.max(0, all - ours);
}

/** The flows of a switch that are neither ours nor learned by ours, by key, of which there are `count`; none when they are too many. */
export async function readForeign(
  connection: Connection,
  count: number,
): Promise<ReadonlyMap<string, InstalledFlow>> {
  const flows = new Map<string, InstalledFlow>();
  if (count === 0 || count > MOST_FOREIGN) return flows;
  for (const range of OTHER_COOKIES)
    await walkOurFlows(
      connection,
      () => count,
      (entry) => {
        const flow = new InstalledFlow(entry);
        flows.set(flow.key, flow);
      },
      range,
    );
  return flows;
}

async function countFlows(connection: Connection, { hi, maskHi }: CookieRange): Promise<number> {
  const answer = await connection.request({
    type: 'multipartRequest',
    part: 'aggregate',
    more: false,
    body: {
      tableId: ALL_TABLES,
      outPort: ANY,
      outGroup: ANY,
      cookie: BigInt(hi) << 32n,
      cookieMask: BigInt(maskHi) << 32n,
      match: [],
    },
  });
  if (answer.type === 'multipartReply' && answer.part === 'aggregate') return answer.body.flowCount;
  throw new ReconcileError('RECO_READ_BACK', answer.type === 'error' ? answer.name : answer.type);
}

/** A switch can be asked for one prefix of cookies at a time: all others are those that differ from ours first in one bit. */
const OTHER_COOKIES: readonly CookieRange[] = bitsOf(OURS.maskHi).map((bit) => {
  const maskHi = (OURS.maskHi & -bit) >>> 0;
  return { hi: ((OURS.hi ^ bit) & maskHi) >>> 0, maskHi };
});

function bitsOf(mask: number): readonly number[] {
  return Array.from({ length: 32 }, (_, at) => 2 ** at).filter((bit) => (mask & bit) !== 0);
}
