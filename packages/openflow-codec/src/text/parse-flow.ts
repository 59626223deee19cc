import { ALL_TABLES, FLOW_FLAG, GROUP, NO_BUFFER, PORT } from '../constants.ts';
import type { Match } from '../match.ts';
import type { FlowMod, FlowModCommand } from '../message.ts';
import { parsePort, parseTable, type TextNumbers } from './names.ts';
import { factsOf } from './needs.ts';
import { parseCookie, parseNumber } from './number.ts';
import { instructionsOf } from './parse-actions.ts';
import { MatchBuilder } from './parse-match.ts';
import { cut, type Pair, pairsOf, type Slice, splitAt, unexpected, wholeOf } from './slice.ts';

/** Priority of a flow that names none. */
const DEFAULT_PRIORITY = 0x8000;

/** Words of flows as `dump-flows` prints them, which say nothing about a flow that is to be made. */
const IGNORED: readonly string[] = ['duration', 'n_packets', 'n_bytes', 'idle_age', 'hard_age', 'importance'];

/** Flags by word. */
const FLAGS: Readonly<Record<string, number>> = {
  send_flow_rem: FLOW_FLAG.sendFlowRemoved,
  check_overlap: FLOW_FLAG.checkOverlap,
  reset_counts: FLOW_FLAG.resetCounts,
  no_packet_counts: FLOW_FLAG.noPacketCounts,
  no_byte_counts: FLOW_FLAG.noByteCounts,
};

/** What to do with the flow, and names that its text may have for ports and tables. */
export interface FlowOptions {
  /** `add` unless told; deletions have no actions. */
  readonly command?: FlowModCommand;
  readonly xid?: number;
  readonly numbers?: TextNumbers;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * Parses a flow as `ovs-ofctl add-flow` takes it, such as `table=3,priority=10,tcp,tp_dst=80,actions=output:1`,
 * into the message that adds it (or does what `command` says). Lines of `dump-flows` are understood too. Throws
 * TextError.
 */
export function parseFlow(
  text: string,
  { command = 'add', xid = 0, numbers = {} }: FlowOptions = {},
): FlowMod {
  const isDeletion = command === 'delete' || command === 'deleteStrict';
  const [head, list] = splitActions(wholeOf(text));
  if (!isDeletion && list === undefined) throw unexpected('OFT_SYNTAX', cut(head, text.length), 'actions=');
  if (isDeletion && list !== undefined) throw unexpected('OFT_SYNTAX', list, 'no actions in a deletion');
  const flow: Mutable<FlowMod> = {
    type: 'flowMod',
    xid,
    cookie: 0n,
    cookieMask: 0n,
    tableId: isDeletion ? ALL_TABLES : 0,
    command,
    idleTimeout: 0,
    hardTimeout: 0,
    priority: DEFAULT_PRIORITY,
    bufferId: NO_BUFFER,
    outPort: PORT.any,
    outGroup: GROUP.any,
    flags: 0,
    match: [],
    instructions: [],
  };
  const builder = new MatchBuilder(numbers);
  for (const pair of pairsOf(head)) {
    if (!builder.add(pair)) take(pair, flow, numbers);
  }
  // As ovs-ofctl: only deletions know all tables, and only an addition can set the cookie.
  if (flow.tableId === ALL_TABLES && !isDeletion) flow.tableId = 0;
  if (command !== 'add') flow.cookie &= flow.cookieMask;
  flow.match = builder.finish();
  if (list !== undefined) flow.instructions = instructionsOf(list, numbers, stateOf(flow.match));
  return flow;
}

/** What stands before `actions=`, and after it if it is there. */
function splitActions(slice: Slice): readonly [Slice, Slice | undefined] {
  const found = /(?<![\w])actions?\s*=/.exec(slice.text);
  return found === null
    ? [slice, undefined]
    : [cut(slice, 0, found.index), cut(slice, found.index + found[0].length)];
}

function take({ word, value }: Pair, flow: Mutable<FlowMod>, numbers: TextNumbers): void {
  const flag = Object.hasOwn(FLAGS, word.text) ? FLAGS[word.text] : undefined;
  if (flag !== undefined) {
    flow.flags |= flag;
    return;
  }
  switch (word.text) {
    case 'table':
      flow.tableId = parseTable(value, numbers);
      return;
    case 'priority':
      flow.priority = parseNumber(value, 16, 'a priority');
      return;
    case 'idle_timeout':
      flow.idleTimeout = parseNumber(value, 16, 'seconds');
      return;
    case 'hard_timeout':
      flow.hardTimeout = parseNumber(value, 16, 'seconds');
      return;
    case 'out_port':
      flow.outPort = parsePort(value, numbers);
      return;
    case 'out_group':
      flow.outGroup = parseNumber(value, 32, 'a group');
      return;
    case 'cookie':
      takeCookie(value, flow);
      return;
  }
  if (!IGNORED.includes(word.text))
    throw unexpected('OFT_WORD', word, 'a field, a protocol or a word of flows');
}

/** With a mask the cookie is compared, without one it is set: deletions only do the former, additions the latter. */
function takeCookie(slice: Slice, flow: Mutable<FlowMod>): void {
  const [cookie, mask] = splitAt(slice, '/') ?? [slice, undefined];
  const isDeletion = flow.command === 'delete' || flow.command === 'deleteStrict';
  if ((flow.command === 'add' && mask !== undefined) || (isDeletion && mask === undefined)) {
    throw unexpected('OFT_CONFLICT', slice, isDeletion ? 'a mask, such as /-1' : 'a cookie without a mask');
  }
  flow.cookie = parseCookie(cookie);
  if (mask !== undefined) flow.cookieMask = parseCookie(mask);
}

function stateOf(match: Match) {
  const { hasVlan, ethertype, protocol } = factsOf(match.filter((entry) => entry.field !== 'raw'));
  return { hasVlan, ethertype, protocol };
}
