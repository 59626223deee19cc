import type { MultipartReply, MultipartRequest, QueueStats, SwitchDescription } from '../../multipart.ts';
import type { PartName, ReplyBody, RequestBody } from '../../part.ts';
import { bytesText } from '../bytes.ts';
import { portText, type TextNames } from '../names.ts';
import { hexText } from '../number.ts';
import { counterText, durationText } from '../plain.ts';
import { flowRequestText, flowStatsText, monitorText, updateText } from './flow.ts';
import { groupDescText, groupFeaturesText, groupStatsText, groupText } from './group.ts';
import { meterConfigText, meterFeaturesText, meterStatsText, meterText } from './meter.ts';
import { ipfixText } from './nicira.ts';
import { portDescText, portStatsText } from './port.ts';
import { tableFeaturesText, tableStatsText } from './table.ts';

/** How a part is called, and what is printed of its bodies. */
interface PartText<P extends PartName> {
  readonly title: string;
  request(body: RequestBody<P>, names: TextNames): string;
  reply(body: ReplyBody<P>, names: TextNames): string;
}

/** OFPQ_ALL (OF 1.3.5, 7.3.5.8). */
const ALL_QUEUES = 0xffffffff;
/** A counter that the switch does not have. */
const NO_DURATION = 0xffffffff;

const nothing = () => '';

/** Every part that has a form of its own. */
const PARTS: { readonly [P in PartName]: PartText<P> } = {
  desc: { title: 'OFPST_DESC', request: nothing, reply: descText },
  flow: {
    title: 'OFPST_FLOW',
    request: flowRequestText,
    reply: (flows, names) => flows.map((flow) => flowStatsText(flow, names)).join(''),
  },
  aggregate: {
    title: 'OFPST_AGGREGATE',
    request: flowRequestText,
    reply: ({ packetCount, byteCount, flowCount }) =>
      ` packet_count=${packetCount} byte_count=${byteCount} flow_count=${flowCount}`,
  },
  table: { title: 'OFPST_TABLE', request: nothing, reply: tableStatsText },
  port: {
    title: 'OFPST_PORT',
    request: ({ port }, names) => ` port_no=${portText(port, names)}`,
    reply: (ports, names) =>
      ` ${ports.length} ports\n${ports.map((port) => portStatsText(port, names)).join('')}`,
  },
  queue: {
    title: 'OFPST_QUEUE',
    request: ({ port, queue }, names) => ` port=${portText(port, names)} queue=${queueText(queue)}`,
    reply: (queues, names) =>
      ` ${queues.length} queues\n${queues.map((queue) => queueStatsText(queue, names)).join('')}`,
  },
  group: {
    title: 'OFPST_GROUP',
    request: ({ group }) => ` group_id=${groupText(group)}`,
    reply: (groups) => groups.map(groupStatsText).join(''),
  },
  groupDesc: {
    title: 'OFPST_GROUP_DESC',
    // OpenFlow 1.3 has no way to ask for one.
    request: () => ' group_id=ALL',
    reply: (groups, names) => groups.map((group) => groupDescText(group, names)).join(''),
  },
  groupFeatures: { title: 'OFPST_GROUP_FEATURES', request: nothing, reply: groupFeaturesText },
  meter: {
    title: 'OFPST_METER',
    request: ({ meter }) => ` meter=${meterText(meter)}`,
    reply: (meters) => meters.map(meterStatsText).join(''),
  },
  meterConfig: {
    title: 'OFPST_METER_CONFIG',
    request: ({ meter }) => ` meter=${meterText(meter)}`,
    reply: (meters) => meters.map((meter) => `\n${meterConfigText(meter)}`).join(''),
  },
  meterFeatures: { title: 'OFPST_METER_FEATURES', request: nothing, reply: meterFeaturesText },
  tableFeatures: { title: 'OFPST_TABLE_FEATURES', request: tableFeaturesText, reply: tableFeaturesText },
  portDesc: {
    title: 'OFPST_PORT_DESC',
    request: () => ' port=ANY',
    reply: (ports) =>
      `\n${[...ports]
        .sort((a, b) => a.port - b.port)
        .map(portDescText)
        .join('')}`,
  },
  flowMonitor: {
    title: 'ONFST_FLOW_MONITOR',
    request: (monitors, names) => monitors.map((monitor) => monitorText(monitor, names)).join(''),
    reply: (updates, names) => updates.map((update) => updateText(update, names)).join(''),
  },
  ipfixBridge: {
    title: 'NXST_IPFIX_BRIDGE',
    request: nothing,
    reply: (stats) => `\n  bridge ipfix: ${ipfixText(stats, 16)}`,
  },
  ipfixFlow: {
    title: 'NXST_IPFIX_FLOW',
    request: nothing,
    reply: (stats) =>
      ` ${stats.length} ids\n${stats.map((one) => `  id ${String(one.collectorSetId).padStart(3)}: ${ipfixText(one, 10)}`).join('')}`,
  },
  experimenter: {
    title: 'OFPST_EXPERIMENTER',
    request: ({ experimenter, experimenterType, data }) =>
      experimenterText(experimenter, experimenterType, data),
    reply: ({ experimenter, experimenterType, data }) =>
      experimenterText(experimenter, experimenterType, data),
  },
};

/** The title of a multipart message, such as `OFPST_FLOW reply`. */
export function multipartTitle(message: MultipartRequest | MultipartReply): string {
  const title = message.part === 'raw' ? `OFPST_${message.partType}` : PARTS[message.part].title;
  return `${title} ${message.type === 'multipartRequest' ? 'request' : 'reply'}`;
}

/** A multipart message after its head. */
export function multipartText(message: MultipartRequest | MultipartReply, names: TextNames): string {
  const more = message.more ? ' flags=[more]' : '';
  if (message.part === 'raw') return `${more} ${bytesText(message.body)}`;
  // The table's type ties each part to its bodies; TypeScript can't follow that through a union.
  const part = PARTS[message.part] as unknown as PartText<'desc'>;
  const body =
    message.type === 'multipartRequest'
      ? part.request(message.body as null, names)
      : part.reply(message.body as SwitchDescription, names);
  return more + body;
}

/** What is said of an experimenter that has no form of its own. */
export function experimenterText(experimenter: number, experimenterType: number, data: Uint8Array): string {
  return ` experimenter=${hexText(experimenter)} type=${hexText(experimenterType)} data=${bytesText(data)}`;
}

function descText(description: SwitchDescription): string {
  return [
    '',
    `Manufacturer: ${description.manufacturer}`,
    `Hardware: ${description.hardware}`,
    `Software: ${description.software}`,
    `Serial Num: ${description.serialNumber}`,
    `DP Description: ${description.datapath}\n`,
  ].join('\n');
}

function queueText(queue: number): string {
  return queue === ALL_QUEUES ? 'ALL' : String(queue);
}

function queueStatsText(stats: QueueStats, names: TextNames): string {
  const counters = `bytes=${counterText(stats.sentBytes)}, pkts=${counterText(stats.sentPackets)}, errors=${counterText(stats.sendErrors)}`;
  const hasDuration = stats.durationSec !== NO_DURATION;
  const duration = hasDuration ? durationText(stats.durationSec, stats.durationNsec) : '?';
  return `  port ${portText(stats.port, names)} queue ${queueText(stats.queue)}: ${counters}, duration=${duration}\n`;
}
