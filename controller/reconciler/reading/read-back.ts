import {
  CodecError,
  canonicalInstructionBytes,
  canonicalMatchBytes,
  type FlowStatsView,
} from 'openflow-codec';
import type { Connection } from '#controller/channel/connection';
import {
  bytesAsText,
  Flow,
  type FlowChange,
  type FlowSet,
  FlowTable,
  flowKey,
  hasContent,
  preparedKey,
  prepareKey,
  sameContent,
} from '#pipeline';
import type { Desired } from '../desired/desired.ts';
import { TURN, type Turns } from '../turns.ts';
import { walkFlows } from './walk-flows.ts';

/** A flow found on a switch that is not as we would have it there. */
export class InstalledFlow extends Flow {
  /** True when it carries a timeout or flag, which ours never do. */
  readonly expires: boolean;

  constructor(entry: FlowStatsView) {
    const hash = prepareKey(entry.tableId, entry.priority, entry.match());
    const key = preparedKey();
    super(key, entry.cookieHi, entry.cookieLo, bytesAsText(entry.instructions()), hash);
    this.expires = expires(entry);
  }
}

/**
 * Reads all flows of our cookie space from a switch, by key. For a flow that is as desired the result holds the desired object
 * itself, so that nothing is allocated for it. More flows may be desired by the end: `expected` says how many in all. Rejects as walkFlows does.
 */
export async function readBack(
  connection: Connection,
  desired: FlowSet,
  expected: () => number = () => desired.size,
): Promise<FlowTable> {
  const flows = new FlowTable();
  await walkFlows(connection, expected, (entry) => flows.put(foundFlow(desired, entry)));
  return flows;
}

/** A flow of ours that a switch has: the desired one itself, if it is as that. */
export function foundFlow(desired: FlowSet, entry: FlowStatsView): Flow {
  const wanted = desired.find(entry.tableId, entry.priority, entry.match());
  const isAsDesired =
    wanted !== undefined &&
    wanted.cookieLo === entry.cookieLo &&
    wanted.cookieHi === entry.cookieHi &&
    hasContent(wanted, entry.instructions()) &&
    !expires(entry);
  return isAsDesired ? wanted : new InstalledFlow(entry);
}

/**
 * Reads back while the desired flows are compiled turn by turn, because a switch gathers all its flows before it answers. Resolves
 * when everything is compiled and no facts are due, since flows that are still to come may be on the switch from before; or at
 * once when the switch has no flows of ours. Rejects as walkFlows does.
 */
export async function readBackBeside(
  connection: Connection,
  desired: Desired,
  turns: Turns,
  areFactsDue: () => boolean,
): Promise<FlowTable> {
  let isRead = false;
  const reading = readBack(connection, desired.compiled, () => desired.flows.size).finally(() => {
    isRead = true;
  });
  // Awaited below.
  reading.catch(() => undefined);
  for (; !isRead && !desired.isComplete; await turns.next()) desired.compileMore(TURN);
  const installed = await reading;
  const isToCome = () => !desired.isComplete || areFactsDue();
  for (; installed.size > 0 && isToCome(); await turns.next()) desired.compileMore(TURN);
  return installed;
}

/**
 * The fewest changes that turn what a switch has into what it ought to have, which may have changed since it was read.
 */
export function differences(desired: FlowSet, installed: FlowTable): FlowChange[] {
  const comparison = compare(desired, installed);
  for (;;) {
    const step = comparison.next();
    if (step.done) return step.value;
  }
}

/**
 * The same, giving way to others in between. Resolves with a function that returns the differences as of its call: it compares
 * again if the desired flows have changed meanwhile.
 */
export async function compareByTurns(
  desired: FlowSet,
  installed: FlowTable,
  turns: Turns,
): Promise<() => FlowChange[]> {
  const { edition } = desired;
  const changes = await differencesByTurns(desired, installed, turns);
  return () => (desired.edition === edition ? changes : differences(desired, installed));
}

/** The same; for flows that change meanwhile the result may be of before or after. */
export async function differencesByTurns(
  desired: FlowSet,
  installed: FlowTable,
  turns: Turns,
): Promise<FlowChange[]> {
  const comparison = compare(desired, installed);
  for (;;) {
    const step = comparison.next();
    if (step.done) return step.value;
    await turns.next();
  }
}

/** Flows that are compared in one turn: some milliseconds. */
const PIECE = 16_384;

function* compare(desired: FlowSet, installed: FlowTable): Generator<void, FlowChange[]> {
  const changes: FlowChange[] = [];
  let seen = 0;
  /** Keys of desired flows that were found under another notation. */
  const renamed = new Set<string>();
  let found = 0;
  for (const flow of installed.values()) {
    if (++seen % PIECE === 0) yield;
    const wanted = desired.like(flow) ?? desired.get(canonicalKey(flow));
    if (wanted?.key === flow.key) found++;
    if (wanted === flow) continue;
    if (wanted && wanted.key !== flow.key) renamed.add(wanted.key);
    if (!wanted) changes.push({ before: flow, after: undefined });
    else if (!isSame(wanted, flow)) changes.push({ before: flow, after: wanted });
  }
  if (found === desired.size) return changes;
  for (const flow of desired.values()) {
    if (++seen % PIECE === 0) yield;
    if (installed.like(flow) === undefined && !renamed.has(flow.key))
      changes.push({ before: undefined, after: flow });
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
