import { ALL_TABLES, FLOW_FLAG, NO_BUFFER, PORT } from '../constants.ts';
import type { FlowMod, FlowModCommand, Message } from '../message.ts';
import type { FlowStats, FlowStatsRequest } from '../multipart.ts';
import { formatInstructions } from './actions.ts';
import { formatMatch } from './match.ts';
import { portText, type TextNames, tableText } from './names.ts';
import { hexText } from './value.ts';

const DEFAULT_PRIORITY = 0x8000;

const COMMANDS: Readonly<Record<FlowModCommand, string>> = {
  add: 'ADD',
  modify: 'MOD',
  modifyStrict: 'MOD_STRICT',
  delete: 'DEL',
  deleteStrict: 'DEL_STRICT',
};

const FLAGS: readonly (readonly [bit: number, word: string])[] = [
  [FLOW_FLAG.sendFlowRemoved, 'send_flow_rem'],
  [FLOW_FLAG.checkOverlap, 'check_overlap'],
  [FLOW_FLAG.resetCounts, 'reset_counts'],
  [FLOW_FLAG.noPacketCounts, 'no_packet_counts'],
  [FLOW_FLAG.noByteCounts, 'no_byte_counts'],
];

/**
 * A message as ovs-ofctl prints it: flow-mods, flow statistics and bundle additions in full, of all others the
 * first line's head.
 */
export function formatMessage(message: Message, names: TextNames = {}): string {
  if (message.type === 'flowMod') return `${head('OFPT_FLOW_MOD', message)} ${flowModText(message, names)}`;
  if (message.type === 'bundleAdd') {
    const flags = [...(message.flags & 1 ? ['atomic'] : []), ...(message.flags & 2 ? ['ordered'] : [])];
    const title = head('ONFT_BUNDLE_ADD_MESSAGE', message);
    const number = message.bundleId === 0 ? '0' : hexText(message.bundleId);
    const inner = formatMessage(message.message, names);
    return `${title}\n bundle_id=${number} flags=${flags.join(' ') || '0'}\n${inner}`;
  }
  if (message.type === 'multipartRequest' && message.part === 'flow') {
    return `${head('OFPST_FLOW request', message)}${requestText(message.body, names)}`;
  }
  if (message.type === 'multipartRequest' && message.part === 'aggregate') {
    return `${head('OFPST_AGGREGATE request', message)}${requestText(message.body, names)}`;
  }
  if (message.type === 'multipartReply' && message.part === 'flow') {
    const lines = message.body.map((flow) => `\n ${flowStatsText(flow, names)}`);
    return `${head('OFPST_FLOW reply', message)}${lines.join('')}`;
  }
  return head(titleOf(message), message);
}

function head(title: string, { xid }: { readonly xid: number }): string {
  return `${title} (OF1.3) (xid=0x${xid.toString(16)}):`;
}

/** OFPT_BARRIER_REQUEST for barrierRequest, OFPST_PORT_DESC reply for the parts of a multipart. */
function titleOf(message: Message): string {
  if (message.type === 'raw') return `OFPT_${message.typeNumber}`;
  if (message.type !== 'multipartRequest' && message.type !== 'multipartReply')
    return `OFPT_${upper(message.type)}`;
  const part = message.part === 'raw' ? String(message.partType) : upper(message.part);
  return `OFPST_${part} ${message.type === 'multipartRequest' ? 'request' : 'reply'}`;
}

function upper(name: string): string {
  return name.replace(/[A-Z]/g, '_$&').toUpperCase();
}

function flowModText(flow: FlowMod, names: TextNames): string {
  // An addition sets the cookie; its mask means nothing (OF 1.3.5, 7.3.4.1).
  const hasMask = flow.cookieMask !== 0n && flow.command !== 'add';
  const cookie = hasMask ? `${zeroable(flow.cookie)}/${hexText(flow.cookieMask)}` : hexText(flow.cookie);
  return words([
    COMMANDS[flow.command],
    flow.tableId !== 0 && `table:${tableText(flow.tableId, names)}`,
    ruleText(flow.priority, formatMatch(flow.match, names)),
    (hasMask || flow.cookie !== 0n) && `cookie:${cookie}`,
    flow.idleTimeout !== 0 && `idle:${flow.idleTimeout}`,
    flow.hardTimeout !== 0 && `hard:${flow.hardTimeout}`,
    flow.bufferId !== NO_BUFFER && `buf:${hexText(flow.bufferId)}`,
    flow.outPort !== PORT.any && `out_port:${portText(flow.outPort, names)}`,
    flagsText(flow.flags),
    `actions=${formatInstructions(flow.instructions, names)}`,
  ]);
}

function flowStatsText(flow: FlowStats, names: TextNames): string {
  const parts = [
    `cookie=${hexText(flow.cookie)}`,
    `duration=${durationText(flow.durationSec, flow.durationNsec)}`,
    `table=${tableText(flow.tableId, names)}`,
    `n_packets=${flow.packetCount}`,
    `n_bytes=${flow.byteCount}`,
    ...(flow.idleTimeout === 0 ? [] : [`idle_timeout=${flow.idleTimeout}`]),
    ...(flow.hardTimeout === 0 ? [] : [`hard_timeout=${flow.hardTimeout}`]),
  ];
  const rest = words([
    flagsText(flow.flags),
    ruleText(flow.priority, formatMatch(flow.match, names)),
    `actions=${formatInstructions(flow.instructions, names)}`,
  ]);
  return `${parts.join(', ')}, ${rest}`;
}

function requestText(request: FlowStatsRequest, names: TextNames): string {
  const text = words([
    request.tableId !== ALL_TABLES && `table=${tableText(request.tableId, names)}`,
    request.outPort !== PORT.any && `out_port=${portText(request.outPort, names)}`,
    formatMatch(request.match, names),
  ]);
  return text === '' ? '' : ` ${text}`;
}

function ruleText(priority: number, match: string): string {
  const rank = priority === DEFAULT_PRIORITY ? '' : `priority=${priority}`;
  return rank === '' || match === '' ? rank + match : `${rank},${match}`;
}

function flagsText(flags: number): string {
  return words(FLAGS.map(([bit, word]) => (flags & bit) !== 0 && word));
}

function durationText(seconds: number, nanoseconds: number): string {
  if (nanoseconds === 0) return `${seconds}s`;
  const digits = String(nanoseconds).padStart(9, '0');
  return `${seconds}.${nanoseconds % 1_000_000 === 0 ? digits.slice(0, 3) : digits}s`;
}

function zeroable(value: bigint): string {
  return value === 0n ? '0' : hexText(value);
}

function words(parts: readonly (string | false)[]): string {
  return parts.filter((part) => part !== false && part !== '').join(' ');
}
