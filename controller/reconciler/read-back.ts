import {
  CodecError,
  canonicalInstructionBytes,
  canonicalMatchBytes,
  type FlowStatsView,
} from 'openflow-codec';
import type { Connection } from '#controller/channel/connection';
import { equalBytes, type Flow, type FlowChange, type FlowSet, flowKey } from '#pipeline';
import { walkOurFlows } from './walk-flows.ts';

/** A flow found on a switch; `expires` when it carries a timeout or flag, which ours never do. */
export interface InstalledFlow extends Flow {
  readonly expires: boolean;
}

/**
 * Reads all flows of our cookie space from a switch, which ought to have `expected` of them. Rejects as walkOurFlows does.
 */
export async function readBack(
  connection: Connection,
  expected: number,
): Promise<Map<string, InstalledFlow>> {
  const flows = new Map<string, InstalledFlow>();
  await walkOurFlows(connection, expected, (entry) => {
    const flow = installedFlow(entry);
    flows.set(flow.key, flow);
  });
  return flows;
}

/** A flow of a walk, to be kept. */
export function installedFlow(entry: FlowStatsView): InstalledFlow {
  const match = entry.match().slice();
  return {
    tableId: entry.tableId,
    priority: entry.priority,
    cookieHi: entry.cookieHi,
    cookieLo: entry.cookieLo,
    match,
    instructions: entry.instructions().slice(),
    key: flowKey(entry.tableId, entry.priority, match),
    expires: entry.idleTimeout !== 0 || entry.hardTimeout !== 0 || entry.flags !== 0,
  };
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
