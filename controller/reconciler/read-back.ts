import {
  CodecError,
  canonicalInstructionBytes,
  canonicalMatchBytes,
  type FlowStatsView,
} from 'openflow-codec';
import type { Connection } from '#controller/channel/connection';
import { bytesAsText, Flow, type FlowChange, type FlowSet, flowKey, sameContent } from '#pipeline';
import type { Desired } from './desired.ts';
import { TURN, type Turns } from './turns.ts';
import { walkOurFlows } from './walk-flows.ts';

/** A flow found on a switch that is not as we would have it there. */
export class InstalledFlow extends Flow {
  /** True when it carries a timeout or flag, which ours never do. */
  readonly expires: boolean;

  constructor(entry: FlowStatsView, key: string, content: string) {
    super(key, entry.cookieHi, entry.cookieLo, content);
    this.expires = expires(entry);
  }
}

/**
 * Reads all flows of our cookie space from a switch, by key: those that are as desired as the desired flow itself, so that
 * nothing is made for them. More may be desired by the end: `expected` says how many in all. Rejects as walkOurFlows does.
 */
export async function readBack(
  connection: Connection,
  desired: FlowSet,
  expected: () => number = () => desired.size,
): Promise<Map<string, Flow>> {
  const flows = new Map<string, Flow>();
  await walkOurFlows(connection, expected, (entry) => {
    const key = flowKey(entry.tableId, entry.priority, entry.match());
    const content = bytesAsText(entry.instructions());
    const wanted = desired.get(key);
    const isAsDesired =
      wanted !== undefined &&
      wanted.content === content &&
      wanted.cookieLo === entry.cookieLo &&
      wanted.cookieHi === entry.cookieHi &&
      !expires(entry);
    const flow = isAsDesired ? wanted : new InstalledFlow(entry, key, content);
    flows.set(flow.key, flow);
  });
  return flows;
}

/**
 * Reads back while what is desired is compiled turn by turn: a switch gathers all its flows before it answers. Resolves when
 * nothing waits to be compiled, or at once when the switch has no flows of ours. Rejects as walkOurFlows does.
 */
export async function readBackBeside(
  connection: Connection,
  desired: Desired,
  turns: Turns,
): Promise<Map<string, Flow>> {
  let isRead = false;
  const reading = readBack(connection, desired.compiled, () => desired.flows.size).finally(() => {
    isRead = true;
  });
  // Told below.
  reading.catch(() => undefined);
  for (; !isRead && !desired.isComplete; await turns.next()) desired.compileMore(TURN);
  const installed = await reading;
  for (; installed.size > 0 && !desired.isComplete; await turns.next()) desired.compileMore(TURN);
  return installed;
}

/** A flow of a walk, to be kept. */
export function installedFlow(entry: FlowStatsView): InstalledFlow {
  const key = flowKey(entry.tableId, entry.priority, entry.match());
  return new InstalledFlow(entry, key, bytesAsText(entry.instructions()));
}

/**
 * The fewest changes that turn what a switch has into what it ought to have, which may have changed since it was read.
 */
export function differences(desired: FlowSet, installed: ReadonlyMap<string, Flow>): FlowChange[] {
  const changes: FlowChange[] = [];
  /** Keys of desired flows that were found under another notation. */
  const renamed = new Set<string>();
  for (const flow of installed.values()) {
    const wanted = desired.get(flow.key) ?? desired.get(canonicalKey(flow));
    if (wanted === flow) continue;
    if (wanted && wanted.key !== flow.key) renamed.add(wanted.key);
    if (!wanted) changes.push({ before: flow, after: undefined });
    else if (!isSame(wanted, flow)) changes.push({ before: flow, after: wanted });
  }
  for (const flow of desired.values()) {
    if (!installed.has(flow.key) && !renamed.has(flow.key)) changes.push({ before: undefined, after: flow });
  }
  return changes;
}

function isSame(wanted: Flow, found: Flow): boolean {
  if (found instanceof InstalledFlow && found.expires) return false;
  if (sameContent(wanted, found)) return true;
  if (wanted.cookieHi !== found.cookieHi || wanted.cookieLo !== found.cookieLo) return false;
  return canonicalContent(wanted) === canonicalContent(found);
}

function expires({ idleTimeout, hardTimeout, flags }: FlowStatsView): boolean {
  return idleTimeout !== 0 || hardTimeout !== 0 || flags !== 0;
}

/** The key that the flow would have had, had we written it. */
function canonicalKey(flow: Flow): string {
  return flowKey(flow.tableId, flow.priority, canonicalOr(flow.match, canonicalMatchBytes));
}

function canonicalContent(flow: Flow): string {
  return bytesAsText(canonicalOr(flow.instructions, canonicalInstructionBytes));
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
