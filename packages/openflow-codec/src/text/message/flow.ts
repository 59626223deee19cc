import { ALL_TABLES, FLOW_FLAG, GROUP, NO_BUFFER, PORT } from '../../constants.ts';
import type { NxFlowMod } from '../../extension.ts';
import { FLOW_MONITOR_FLAG, type FlowMonitorRequest, type FlowUpdate } from '../../flow-monitor.ts';
import type { Match, RawField } from '../../match.ts';
import { REMOVAL_REASONS } from '../../message/flow.ts';
import type { FlowMod, FlowModCommand, FlowRemoved } from '../../message.ts';
import type { FlowStats, FlowStatsRequest } from '../../multipart.ts';
import { formatInstructions } from '../actions.ts';
import { formatMatch } from '../match.ts';
import { portText, type TextNames, tableText } from '../names.ts';
import { hexText, numberText } from '../number.ts';
import { bitNames, durationText } from '../plain.ts';

const DEFAULT_PRIORITY = 0x8000;
/** A cookie that ovs-ofctl does not print: in its own terms, none. */
const ALL_BITS = 0xffffffffffffffffn;

const COMMANDS: Readonly<Record<FlowModCommand, string>> = {
  add: 'ADD',
  modify: 'MOD',
  modifyStrict: 'MOD_STRICT',
  delete: 'DEL',
  deleteStrict: 'DEL_STRICT',
};

const FLAGS = [
  [FLOW_FLAG.sendFlowRemoved, 'send_flow_rem'],
  [FLOW_FLAG.checkOverlap, 'check_overlap'],
  [FLOW_FLAG.resetCounts, 'reset_counts'],
  [FLOW_FLAG.noPacketCounts, 'no_packet_counts'],
  [FLOW_FLAG.noByteCounts, 'no_byte_counts'],
] as const;

const MONITOR_FLAGS = [
  [FLOW_MONITOR_FLAG.initial, 'initial'],
  [FLOW_MONITOR_FLAG.add, 'add'],
  [FLOW_MONITOR_FLAG.delete, 'delete'],
  [FLOW_MONITOR_FLAG.modify, 'modify'],
  [FLOW_MONITOR_FLAG.actions, 'actions'],
  [FLOW_MONITOR_FLAG.own, 'own'],
] as const;

/** OFPRR_* by number, as ovs-ofctl writes them. */
export const REMOVAL_WORDS = ['idle', 'hard', 'delete', 'group_delete', 'meter_delete', 'eviction'] as const;

/** OFPT_FLOW_MOD after its head. */
export function flowModText(flow: FlowMod, names: TextNames): string {
  // An addition sets the cookie; its mask means nothing (OF 1.3.5, 7.3.4.1).
  const hasMask = flow.cookieMask !== 0n && flow.command !== 'add';
  const cookie = hasMask ? `${hexText(flow.cookie)}/${hexText(flow.cookieMask)}` : hexText(flow.cookie);
  const text = words([
    COMMANDS[flow.command],
    flow.tableId !== 0 && `table:${tableText(flow.tableId, names)}`,
    ruleText(flow.priority, formatMatch(flow.match, names)),
    (hasMask || (flow.cookie !== 0n && flow.cookie !== ALL_BITS)) && `cookie:${cookie}`,
    flow.idleTimeout !== 0 && `idle:${flow.idleTimeout}`,
    flow.hardTimeout !== 0 && `hard:${flow.hardTimeout}`,
    flow.bufferId !== NO_BUFFER && `buf:${hexText(flow.bufferId)}`,
    flow.outPort !== PORT.any && `out_port:${portText(flow.outPort, names)}`,
    flagsText(flow.flags),
    `actions=${formatInstructions(flow.instructions, names)}`,
  ]);
  return ` ${text}`;
}

/** NXT_FLOW_MOD after its head: the cookie that it compares is a field of its match. */
export function nxFlowModText(flow: NxFlowMod, names: TextNames): string {
  const isCookie = (entry: Match[number]): entry is RawField =>
    entry.field === 'raw' && isCookieField(entry.bytes);
  const { bytes } = flow.match.find(isCookie) ?? { bytes: undefined };
  const match = flow.match.filter((entry) => !isCookie(entry));
  const base = { ...flow, type: 'flowMod', match, cookieMask: 0n, outGroup: GROUP.any } as const;
  if (bytes === undefined) return flowModText(base, names);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const cookie = view.getBigUint64(4);
  const cookieMask = bytes.length > 12 ? view.getBigUint64(12) : 0xffffffffffffffffn;
  return flowModText({ ...base, cookie, cookieMask }, names);
}

/** NXM_NX_COOKIE, with a mask or without. */
function isCookieField(bytes: Uint8Array): boolean {
  return bytes[1] === 1 && (bytes[2] ?? 0) >> 1 === 30 && (bytes.length === 12 || bytes.length === 20);
}

/** OFPT_FLOW_REMOVED after its head. */
export function flowRemovedText(flow: FlowRemoved, names: TextNames): string {
  const text = [
    ruleText(flow.priority, formatMatch(flow.match, names)),
    `reason=${REMOVAL_WORDS[REMOVAL_REASONS.indexOf(flow.reason)]}`,
    ...(flow.tableId === ALL_TABLES ? [] : [`table_id=${tableText(flow.tableId, names)}`]),
    ...(flow.cookie === 0n ? [] : [`cookie:${hexText(flow.cookie)}`]),
    `duration${durationText(flow.durationSec, flow.durationNsec)}`,
    `idle${flow.idleTimeout}`,
    ...(flow.hardTimeout === 0 ? [] : [`hard${flow.hardTimeout}`]),
    `pkts${flow.packetCount} bytes${flow.byteCount}`,
  ];
  return ` ${text.join(' ')}`;
}

/** One flow of a reply. */
export function flowStatsText(flow: FlowStats, names: TextNames): string {
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
  return `\n ${parts.join(', ')}, ${rest}`;
}

/** A request for flows, or for what they add up to. */
export function flowRequestText(request: FlowStatsRequest, names: TextNames): string {
  const text = words([
    request.tableId !== ALL_TABLES && `table=${tableText(request.tableId, names)}`,
    request.outPort !== PORT.any && `out_port=${portText(request.outPort, names)}`,
    formatMatch(request.match, names),
  ]);
  return text === '' ? '' : ` ${text}`;
}

/** One monitor of a request. */
export function monitorText(monitor: FlowMonitorRequest, names: TextNames): string {
  const text = words([
    `id=${monitor.id}`,
    `flags=${bitNames(monitor.flags, MONITOR_FLAGS, ',')}`,
    monitor.outPort !== PORT.any && `out_port=${portText(monitor.outPort, names)}`,
    monitor.tableId !== ALL_TABLES && `table=${tableText(monitor.tableId, names)}`,
    formatMatch(monitor.match, names),
  ]);
  return `\n ${text}`;
}

/** One event of a monitor. */
export function updateText(update: FlowUpdate, names: TextNames): string {
  if (update.event === 'abbreviated') return `\n event=ABBREV xid=${hexText(update.xid)}`;
  const reason = update.event === 'deleted' && `reason=${REMOVAL_WORDS[update.reason] ?? update.reason}`;
  const head = words([
    `event=${update.event.toUpperCase()}`,
    reason,
    `table=${tableText(update.tableId, names)}`,
    update.idleTimeout !== 0 && `idle_timeout=${update.idleTimeout}`,
    update.hardTimeout !== 0 && `hard_timeout=${update.hardTimeout}`,
    `cookie=${numberText(update.cookie)}`,
  ]);
  const match = formatMatch(update.match, names);
  const actions = formatInstructions(update.instructions, names);
  const rest = words([match, actions !== 'drop' && `actions=${actions}`]);
  return `\n ${head} ${rest}`;
}

/** Priority, unless it is the one that needs no word, and match. */
function ruleText(priority: number, match: string): string {
  const rank = priority === DEFAULT_PRIORITY ? '' : `priority=${priority}`;
  return rank === '' || match === '' ? rank + match : `${rank},${match}`;
}

function flagsText(flags: number): string {
  return words(FLAGS.map(([bit, word]) => (flags & bit) !== 0 && word));
}

function words(parts: readonly (string | false)[]): string {
  return parts.filter((part) => part !== false && part !== '').join(' ');
}
