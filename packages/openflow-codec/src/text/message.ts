import type { Message } from '../message.ts';
import { bytesText } from './bytes.ts';
import { errorText } from './message/error.ts';
import { flowModText, flowRemovedText, nxFlowModText } from './message/flow.ts';
import { groupModText } from './message/group.ts';
import { meterModText } from './message/meter.ts';
import { experimenterText, multipartText, multipartTitle } from './message/multipart.ts';
import { ctFlushText, tlvModText, tlvReplyText } from './message/nicira.ts';
import { packetIn2Text, packetInText, packetOutText } from './message/packet.ts';
import { portModText, portStatusText } from './message/port.ts';
import {
  asyncPropertiesText,
  asyncText,
  configText,
  echoText,
  featuresText,
  helloText,
  nxRoleText,
  queueConfigText,
  roleStatusText,
  roleText,
  tableModText,
} from './message/switch.ts';
import { portText, type TextNames } from './names.ts';
import { hexText, numberText } from './number.ts';
import { bitNames } from './plain.ts';

type MessageOf<T> = Extract<Message, { readonly type: T }>;

/** What is printed of a message: its title, unless that is made of its type, and what follows the head. */
interface MessageText<M> {
  readonly title?: string | ((message: M) => string);
  body(message: M, names: TextNames): string;
}

const nothing = { body: () => '' };
const BUNDLE_FLAGS = [
  [1, 'atomic'],
  [2, 'ordered'],
] as const;
const PACKET_FORMATS = {
  standard: 'standard',
  nxtPacketIn: 'nxt_packet_in',
  nxtPacketIn2: 'nxt_packet_in2',
} as const;

/** Every message, in the notation of ovs-ofctl. */
const MESSAGES: { readonly [T in Message['type']]: MessageText<MessageOf<T>> } = {
  hello: { body: helloText },
  error: { body: (message, names) => errorText(message, (failed) => formatMessage(failed, names)) },
  echoRequest: { body: echoText },
  echoReply: { body: echoText },
  experimenter: {
    body: ({ experimenter, experimenterType, data }) =>
      experimenterText(experimenter, experimenterType, data),
  },
  featuresRequest: nothing,
  featuresReply: { body: featuresText },
  getConfigRequest: nothing,
  getConfigReply: { body: configText },
  setConfig: { body: configText },
  packetIn: { body: packetInText },
  flowRemoved: { body: flowRemovedText },
  portStatus: { body: portStatusText },
  packetOut: { body: packetOutText },
  flowMod: { body: flowModText },
  groupMod: { body: groupModText },
  portMod: { body: portModText },
  tableMod: { body: tableModText },
  multipartRequest: { title: multipartTitle, body: multipartText },
  multipartReply: { title: multipartTitle, body: multipartText },
  barrierRequest: nothing,
  barrierReply: nothing,
  queueGetConfigRequest: { body: ({ port }, names) => ` port=${portText(port, names)}` },
  queueGetConfigReply: { body: queueConfigText },
  roleRequest: { body: roleText },
  roleReply: { body: roleText },
  getAsyncRequest: nothing,
  getAsyncReply: { body: asyncText },
  setAsync: { body: asyncText },
  meterMod: { body: meterModText },
  bundleControl: {
    title: 'ONFT_BUNDLE_CONTROL',
    body: ({ bundleId, control, flags }) =>
      `\n bundle_id=${numberText(bundleId)} type=${upper(control)} flags=${bitNames(flags, BUNDLE_FLAGS)}`,
  },
  bundleAdd: {
    title: 'ONFT_BUNDLE_ADD_MESSAGE',
    body: ({ bundleId, flags, message }, names) =>
      `\n bundle_id=${numberText(bundleId)} flags=${bitNames(flags, BUNDLE_FLAGS)}\n${formatMessage(message, names)}`,
  },
  nxRoleRequest: { title: 'NXT_ROLE_REQUEST', body: nxRoleText },
  nxRoleReply: { title: 'NXT_ROLE_REPLY', body: nxRoleText },
  setPacketInFormat: {
    title: 'NXT_SET_PACKET_IN_FORMAT',
    body: ({ format }) => ` format=${PACKET_FORMATS[format]}`,
  },
  nxPacketIn: { title: 'NXT_PACKET_IN', body: packetInText },
  nxPacketIn2: {
    title: 'NXT_PACKET_IN2',
    body: ({ properties }, names) => packetIn2Text(properties, names),
  },
  nxResume: { title: 'NXT_RESUME', body: ({ properties }, names) => packetIn2Text(properties, names) },
  setControllerId: { title: 'NXT_SET_CONTROLLER_ID', body: ({ controllerId }) => ` id=${controllerId}` },
  nxFlowMod: {
    title: 'NXT_FLOW_MOD',
    body: nxFlowModText,
  },
  flowAge: { title: 'NXT_FLOW_AGE', ...nothing },
  flowModTableId: {
    title: 'NXT_FLOW_MOD_TABLE_ID',
    body: ({ set }) => (set === 0 ? ' disable' : ' enable'),
  },
  nxSetAsyncConfig: { title: 'NXT_SET_ASYNC_CONFIG', body: asyncText },
  nxSetAsyncConfig2: {
    title: 'NXT_SET_ASYNC_CONFIG2',
    body: ({ properties }) => asyncPropertiesText(properties),
  },
  tlvTableMod: { title: 'NXT_TLV_TABLE_MOD', body: tlvModText },
  tlvTableRequest: { title: 'NXT_TLV_TABLE_REQUEST', ...nothing },
  tlvTableReply: { title: 'NXT_TLV_TABLE_REPLY', body: tlvReplyText },
  ctFlushZone: { title: 'NXT_CT_FLUSH_ZONE', body: ({ zone }) => ` zone_id=${zone}` },
  ctFlush: { title: 'NXT_CT_FLUSH', body: ctFlushText },
  roleStatus: { title: 'ONFT_ROLE_STATUS', body: roleStatusText },
  requestForward: {
    title: 'ONFT_REQUESTFORWARD',
    body: ({ request }, names) => requestText(request, names),
  },
  flowMonitorCancel: { title: 'ONFT_FLOW_MONITOR_CANCEL', body: ({ id }) => ` id=${id}` },
  flowMonitorPaused: { title: 'ONFT_FLOW_MONITOR_PAUSED', ...nothing },
  flowMonitorResumed: { title: 'ONFT_FLOW_MONITOR_RESUMED', ...nothing },
  raw: { title: ({ typeNumber }) => `OFPT_${typeNumber}`, body: ({ body }) => ` ${bytesText(body)}` },
};

/** Versions by number, as ovs-ofctl names them; OpenFlow 1.0 goes without. */
const VERSIONS: ReadonlyMap<number, string> = new Map([
  [1, ''],
  [2, ' (OF1.1)'],
  [3, ' (OF1.2)'],
  [4, ' (OF1.3)'],
  [5, ' (OF1.4)'],
  [6, ' (OF1.5)'],
]);

/** A message as `ovs-ofctl ofp-print` prints it, without the end of its last line. */
export function formatMessage(message: Message, names: TextNames = {}): string {
  const { title = `OFPT_${upper(message.type)}`, body } = textOf(message);
  const version = ('version' in message ? message.version : undefined) ?? 4;
  const name = typeof title === 'string' ? title : title(message);
  const where = VERSIONS.get(version) ?? ` (OF 0x${version.toString(16).padStart(2, '0')})`;
  const text = `${name}${where} (xid=${hexText(message.xid)}):${body(message, names)}`;
  return text.replace(/ $/, '').replace(/\n+$/, '');
}

/** BARRIER_REQUEST for barrierRequest. */
function upper(name: string): string {
  return name.replace(/[A-Z]/g, '_$&').toUpperCase();
}

function requestText(request: Message, names: TextNames): string {
  if (request.type === 'groupMod') return ` reason=group_mod${groupModText(request, names)}`;
  if (request.type === 'meterMod') return ` reason=meter_mod${meterModText(request)}`;
  return `\n${formatMessage(request, names)}`;
}

function textOf<M extends Message>(message: M): MessageText<M> {
  // The table's type ties each type to its message; TypeScript can't follow that through a union.
  return MESSAGES[message.type] as unknown as MessageText<M>;
}
