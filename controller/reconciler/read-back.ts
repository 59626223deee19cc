import {
  CodecError,
  canonicalInstructionBytes,
  canonicalMatchBytes,
  decode,
  multipartBody,
  walkFlowStats,
} from 'openflow-codec';
import type { Connection } from '#controller/channel/connection';
import { ChannelError } from '#controller/channel/errors';
import { OFPT } from '#controller/channel/raw-message';
import {
  COOKIE_SPACE_HI,
  COOKIE_SPACE_MASK_HI,
  equalBytes,
  type Flow,
  type FlowChange,
  type FlowSet,
  flowKey,
} from '#pipeline';
import { ReconcileError } from './errors.ts';

/** A flow found on a switch; `expires` when it carries a timeout or flag, which ours never do. */
export interface InstalledFlow extends Flow {
  readonly expires: boolean;
}

const ALL_TABLES = 0xff;
const ANY = 0xffffffff;
/** OFPMP_FLOW (OF 1.3.5, 7.3.5). */
const FLOW_PART = 1;
/** Flows that a switch may have beyond four times what it ought to have: what is read is held in memory. */
const SPARE_FLOWS = 200_000;

/**
 * Reads all flows of our cookie space from a switch (OF 1.3.5, 7.3.5.2), which ought to have `expected` of them.
 * Rejects with ReconcileError when the switch refuses, with ChannelError when it does not answer or sends nonsense:
 * then the connection is closed.
 */
export async function readBack(
  connection: Connection,
  expected: number,
): Promise<Map<string, InstalledFlow>> {
  const flows = new Map<string, InstalledFlow>();
  const most = 4 * expected + SPARE_FLOWS;
  let failure: string | undefined;
  await connection.exchange(
    {
      type: 'multipartRequest',
      part: 'flow',
      more: false,
      body: {
        tableId: ALL_TABLES,
        outPort: ANY,
        outGroup: ANY,
        cookie: BigInt(COOKIE_SPACE_HI) << 32n,
        cookieMask: BigInt(COOKIE_SPACE_MASK_HI) << 32n,
        match: [],
      },
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
        const match = entry.match().slice();
        const flow = {
          tableId: entry.tableId,
          priority: entry.priority,
          cookieHi: entry.cookieHi,
          cookieLo: entry.cookieLo,
          match,
          instructions: entry.instructions().slice(),
          key: flowKey(entry.tableId, entry.priority, match),
          expires: entry.idleTimeout !== 0 || entry.hardTimeout !== 0 || entry.flags !== 0,
        };
        flows.set(flow.key, flow);
      });
      if (flows.size > most) throw new ChannelError('OFCH_ANSWER_SIZE', `${flows.size} flows`);
      return !more;
    },
  );
  if (failure !== undefined) throw new ReconcileError('RECO_READ_BACK', failure);
  return flows;
}

/** The fewest changes that turn what a switch has into what it ought to have. */
export function differences(desired: FlowSet, installed: ReadonlyMap<string, InstalledFlow>): FlowChange[] {
  const changes: FlowChange[] = [];
  const found = new Set<string>();
  for (const flow of installed.values()) {
    const wanted = desired.get(flow.key) ?? desired.get(canonicalKey(flow));
    if (wanted) found.add(wanted.key);
    if (!wanted) changes.push({ before: flow, after: undefined });
    else if (!isSame(wanted, flow)) changes.push({ before: flow, after: wanted });
  }
  for (const flow of desired.values()) {
    if (!found.has(flow.key)) changes.push({ before: undefined, after: flow });
  }
  return changes;
}

function isSame(wanted: Flow, found: InstalledFlow): boolean {
  if (found.expires || wanted.cookieHi !== found.cookieHi || wanted.cookieLo !== found.cookieLo) return false;
  if (equalBytes(wanted.instructions, found.instructions)) return true;
  const canonical = canonicalOr(found.instructions, canonicalInstructionBytes);
  return equalBytes(canonicalOr(wanted.instructions, canonicalInstructionBytes), canonical);
}

/** The key that the flow would have had, had we written it. */
function canonicalKey(flow: Flow): string {
  return flowKey(flow.tableId, flow.priority, canonicalOr(flow.match, canonicalMatchBytes));
}

/** Bytes that our codec cannot read are nothing that we wrote: they stay as they are and equal nothing of ours. */
function canonicalOr(bytes: Uint8Array, canonical: (bytes: Uint8Array) => Uint8Array): Uint8Array {
  try {
    return canonical(bytes);
  } catch (error) {
    if (error instanceof CodecError) return bytes;
    throw error;
  }
}
