import { REASONS } from '../../action/controller.ts';
import { NO_BUFFER } from '../../constants.ts';
import type { ContinuationProperty, NxPacketIn, PacketIn2Property } from '../../extension.ts';
import type { Match } from '../../match.ts';
import type { PacketIn, PacketInReason, PacketOut } from '../../message.ts';
import { formatActions } from '../actions.ts';
import { bytesText } from '../bytes.ts';
import { formatMatch } from '../match.ts';
import { portText, type TextNames, tableText } from '../names.ts';
import { hexText } from '../number.ts';
import { packetText } from '../packet.ts';

const ALL_BITS = 0xffffffffffffffffn;
const REASON_NUMBERS: Readonly<Record<PacketInReason, number>> = { noMatch: 0, action: 1, invalidTtl: 2 };

/** What packets in have in common, whatever message brings them. */
interface Arrival {
  readonly tableId: number;
  readonly cookie: bigint;
  readonly totalLength: number;
  readonly match: Match;
  readonly reason: number;
  readonly bufferId: number;
  readonly data: Uint8Array;
}

/** OFPT_PACKET_IN and NXT_PACKET_IN after their heads. */
export function packetInText(message: PacketIn | NxPacketIn, names: TextNames): string {
  return arrivalText({ ...message, reason: REASON_NUMBERS[message.reason] }, [], names);
}

/** NXT_PACKET_IN2 and NXT_RESUME after their heads. */
export function packetIn2Text(properties: readonly PacketIn2Property[], names: TextNames): string {
  let arrival: Arrival = {
    tableId: 0,
    cookie: ALL_BITS,
    totalLength: -1,
    match: [],
    reason: 0,
    bufferId: NO_BUFFER,
    data: new Uint8Array(),
  };
  let userdata = '';
  let continuation: readonly string[] = [];
  for (const one of properties) {
    if (one.property === 'packet') arrival = { ...arrival, data: one.value };
    else if (one.property === 'fullLength') arrival = { ...arrival, totalLength: one.value };
    else if (one.property === 'metadata') arrival = { ...arrival, match: one.value };
    else if (one.property === 'userdata') userdata = bytesText(one.value, '.');
    else if (one.property === 'continuation') continuation = continuationLines(one.value, names);
    else if (one.property !== 'raw') arrival = { ...arrival, [one.property]: one.value };
  }
  const lines = [...(userdata === '' ? [] : [` userdata=${userdata}`]), ...continuation];
  const totalLength = arrival.totalLength < 0 ? arrival.data.length : arrival.totalLength;
  return arrivalText({ ...arrival, totalLength }, lines, names);
}

/** OFPT_PACKET_OUT after its head. */
export function packetOutText(message: PacketOut, names: TextNames): string {
  const head = ` in_port=${portText(message.inPort, names)} actions=${formatActions(message.actions, names)}`;
  if (message.bufferId !== NO_BUFFER) return `${head} ${bufferText(message.bufferId)}`;
  const packet = message.data.length === 0 ? '' : `\n${packetText(message.data)}`;
  return `${head} data_len=${message.data.length}${packet}`;
}

function arrivalText(arrival: Arrival, lines: readonly string[], names: TextNames): string {
  const { tableId, cookie, totalLength, match, reason, bufferId, data } = arrival;
  const isBuffered = bufferId !== NO_BUFFER;
  const difference = isBuffered
    ? totalLength < data.length && ' (***total_len < data_len***)'
    : totalLength !== data.length && ' (***total_len != data_len***)';
  const head = [
    ...(tableId === 0 ? [] : [` table_id=${tableText(tableId, names)}`]),
    ...(cookie === ALL_BITS ? [] : [` cookie=${hexText(cookie)}`]),
    ` total_len=${totalLength} ${formatMatch(match, names)} (via ${REASONS[reason] ?? reason})`,
    ` data_len=${data.length} ${isBuffered ? bufferText(bufferId) : '(unbuffered)'}${difference || ''}`,
  ];
  return [head.join(''), ...lines, packetText(data)].join('\n');
}

function bufferText(bufferId: number): string {
  return `buffer=0x${bufferId.toString(16).padStart(8, '0')}`;
}

/** The lines of a continuation, each of them only if there is something to say. */
function continuationLines(parts: readonly ContinuationProperty[], names: TextNames): string[] {
  const lines = {
    bridge: '',
    stack: '',
    mirrors: '',
    conntracked: '',
    actions: '',
    action_set: '',
    odp_port: '',
  };
  const stack: string[] = [];
  const actions: string[] = [];
  let table = 0;
  let cookie = ALL_BITS;
  for (const part of parts) {
    if (part.property === 'bridge') lines.bridge = uuidText(part.value);
    else if (part.property === 'stack') stack.push(itemText(part.value));
    else if (part.property === 'mirrors') lines.mirrors = part.value === 0 ? '' : hexText(part.value);
    else if (part.property === 'conntracked') lines.conntracked = 'true';
    else if (part.property === 'tableId') table = part.value;
    else if (part.property === 'cookie') cookie = part.value;
    else if (part.property === 'actions') {
      actions.push(`unroll_xlate(table=${table}, cookie=${cookie})`);
      if (part.value.length > 0) actions.push(formatActions(part.value, names));
    } else if (part.property === 'actionSet') {
      lines.action_set = part.value.length === 0 ? '' : formatActions(part.value, names);
    } else if (part.property === 'datapathPort') lines.odp_port = part.value === 0 ? '' : String(part.value);
  }
  lines.stack = stack.length === 0 ? '' : `(top) ${stack.join(' ')} (bottom)`;
  lines.actions = actions.join(',');
  return Object.entries(lines).flatMap(([name, text]) =>
    text === '' ? [] : [` continuation.${name}=${text}`],
  );
}

/** A bridge's UUID, whose words ovs-vswitchd sends in the order that its machine has: the lowest byte first. */
function uuidText(bytes: Uint8Array): string {
  if (bytes.every((byte) => byte === 0)) return '';
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let digits = '';
  for (let at = 0; at + 4 <= bytes.length; at += 4)
    digits += view.getUint32(at, true).toString(16).padStart(8, '0');
  const cuts = [0, 8, 12, 16, 20, digits.length];
  return cuts
    .slice(1)
    .map((end, index) => digits.slice(cuts[index], end))
    .join('-');
}

function itemText(bytes: Uint8Array): string {
  const digits = bytesText(bytes).replace(/^0+/, '');
  return digits === '' ? '0' : `0x${digits}`;
}
