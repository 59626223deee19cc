import { REASONS as PACKET_REASONS } from '../../action/controller.ts';
import { ALL_TABLES } from '../../constants.ts';
import type { AsyncProperty, RoleStatus } from '../../extension.ts';
import type { Config, FeaturesReply, Hello, Role, RoleMessage, TableMod } from '../../message.ts';
import type { QueueGetConfigReply, QueueProperty } from '../../queue.ts';
import { portText, type TextNames, tableText } from '../names.ts';
import { bitNames, hexDump } from '../plain.ts';
import { REMOVAL_WORDS } from './flow.ts';

const ALL_BITS = 0xffffffffffffffffn;
/** OFPC_* (OF 1.3.5, 7.3.1). */
const CAPABILITIES = [
  [1, 'FLOW_STATS'],
  [2, 'TABLE_STATS'],
  [4, 'PORT_STATS'],
  [8, 'GROUP_STATS'],
  [32, 'IP_REASM'],
  [64, 'QUEUE_STATS'],
  [256, 'PORT_BLOCKED'],
] as const;
/** OFPC_FRAG_* (OF 1.3.5, 7.3.2), and Nicira's. */
const FRAGMENTS = ['normal', 'drop', 'reassemble', 'nx-match'] as const;
const ROLES: Readonly<Record<Role, string>> = {
  noChange: 'nochange',
  equal: 'equal',
  master: 'primary',
  slave: 'secondary',
};
const ROLE_REASONS = {
  masterRequest: 'primary_request',
  config: 'configuration_changed',
  experimenter: 'experimenter_data_changed',
} as const;
/** Rates above are off (OF 1.3.5, 7.2.2), and the greatest one is no rate at all. */
const MOST_RATE = 1000;
const NO_RATE = 0xffff;

/** Bits of the reasons that messages with fixed masks may ask for (OF 1.3.5, 7.3.10, and Open vSwitch's own). */
const KNOWN_REASONS = { packetIn: 0x7, portStatus: 0x7, flowRemoved: 0x3f } as const;
/** Kinds of events, and their reasons by bit. */
const EVENTS = {
  packetIn: ['PACKET_IN', PACKET_REASONS],
  portStatus: ['PORT_STATUS', ['add', 'delete', 'modify']],
  flowRemoved: ['FLOW_REMOVED', REMOVAL_WORDS],
  roleStatus: ['ROLE_STATUS', Object.values(ROLE_REASONS)],
  tableStatus: ['TABLE_STATUS', ['', '', '', 'vacancy_down', 'vacancy_up']],
  requestForward: ['REQUESTFORWARD', ['group_mod_request', 'meter_mod_request']],
} as const satisfies Readonly<Record<string, readonly [string, readonly string[]]>>;
type EventName = keyof typeof EVENTS;
type EventMasks = Readonly<Partial<Record<`${EventName}${'Master' | 'Slave'}`, number>>>;
const EVENT_WIDTH = 16;

/** OFPT_HELLO after its head. */
export function helloText({ version = 4, elements }: Hello): string {
  const bitmaps = elements.flatMap((one) => (one.element === 'versionBitmap' ? [one.versions] : []));
  const versions = bitmaps[0] ?? Array.from({ length: version }, (_, index) => index + 1);
  const list = versions.map((one) => `0x${one.toString(16).padStart(2, '0')}`).join(', ');
  const unknown = elements.flatMap((one) =>
    one.element === 'raw' ? [`\n unknown data in hello:\n${hexDump(one.data)}`] : [],
  );
  return `\n version bitmap: ${list}${unknown.join('')}`;
}

/** OFPT_ECHO_* after their heads. */
export function echoText({ data }: { readonly data: Uint8Array }): string {
  return ` ${data.length} bytes of payload\n${hexDump(data)}`;
}

/** OFPT_FEATURES_REPLY after its head. */
export function featuresText(reply: FeaturesReply): string {
  const id = reply.datapathId.toString(16).padStart(16, '0');
  const auxiliary = reply.auxiliaryId === 0 ? '' : `, auxiliary_id:${reply.auxiliaryId}`;
  return [
    ` dpid:${id}`,
    `n_tables:${reply.tableCount}, n_buffers:${reply.bufferCount}${auxiliary}`,
    `capabilities: ${bitNames(reply.capabilities, CAPABILITIES)}`,
  ].join('\n');
}

/** OFPT_GET_CONFIG_REPLY and OFPT_SET_CONFIG after their heads. */
export function configText(message: Config<'getConfigReply' | 'setConfig'>): string {
  return ` frags=${FRAGMENTS[message.flags & 3] ?? ''} miss_send_len=${message.missSendLength}`;
}

/** OFPT_ROLE_* after their heads. */
export function roleText({ role, generationId }: RoleMessage<'roleRequest' | 'roleReply'>): string {
  return ` role=${ROLES[role]}${role === 'noChange' ? '' : generationText(generationId)}`;
}

/** ONFT_ROLE_STATUS after its head. */
export function roleStatusText({ role, generationId, reason }: RoleStatus): string {
  return ` role=${ROLES[role]}${generationText(generationId)} reason=${ROLE_REASONS[reason]}`;
}

/** NXT_ROLE_* after their heads. */
export function nxRoleText({ role }: { readonly role: 'other' | 'master' | 'slave' }): string {
  return ` role=${role === 'other' ? ROLES.equal : ROLES[role]}`;
}

/** OFPT_TABLE_MOD after its head. */
export function tableModText({ tableId }: TableMod, names: TextNames): string {
  return tableId === ALL_TABLES ? ' table_id: ALL_TABLES' : ` table_id=${tableText(tableId, names)}`;
}

/** OFPT_GET_ASYNC_REPLY, OFPT_SET_ASYNC and Nicira's form of it after their heads: ovs-ofctl drops unknown bits. */
export function asyncText(masks: EventMasks): string {
  const known = Object.entries(masks).map(
    ([name, mask]) => [name, (mask ?? 0) & knownReasons(name)] as const,
  );
  return eventsText(Object.fromEntries(known));
}

function knownReasons(name: string): number {
  const found = Object.entries(KNOWN_REASONS).find(([event]) => name.startsWith(event));
  return found?.[1] ?? 0;
}

function eventsText(masks: EventMasks): string {
  return (['Master', 'Slave'] as const)
    .map((role) => {
      const names = Object.keys(EVENTS) as EventName[];
      const lines = names.map((name) => eventText(name, masks[`${name}${role}`] ?? 0));
      return `\n ${role === 'Master' ? ROLES.master : ROLES.slave}:\n${lines.join('')}`;
    })
    .join('');
}

/** NXT_SET_ASYNC_CONFIG2 after its head. */
export function asyncPropertiesText(properties: readonly AsyncProperty[]): string {
  const masks = properties.flatMap((one) =>
    one.property === 'raw' ? [] : [[one.property, one.value] as const],
  );
  return eventsText(Object.fromEntries(masks));
}

/** OFPT_QUEUE_GET_CONFIG_REPLY after its head. */
export function queueConfigText({ port, queues }: QueueGetConfigReply, names: TextNames): string {
  if (queues.length === 0) return '';
  const lines = [...queues]
    .sort((a, b) => a.queue - b.queue)
    .map(({ queue, properties }) => `queue ${queue}:${properties.map(queuePropertyText).join('')}\n`);
  return ` port=${portText(port, names)}\n${lines.join('')}`;
}

function queuePropertyText(property: QueueProperty): string {
  if (property.property === 'minRate') return rateText('min_rate', property.value);
  return property.property === 'maxRate' ? rateText('max_rate', property.value) : '';
}

function generationText(generationId: bigint): string {
  return generationId === ALL_BITS ? '' : ` generation_id=${generationId}`;
}

function eventText(name: EventName, mask: number): string {
  const [title, reasons]: readonly [string, readonly string[]] = EVENTS[name];
  if (mask === 0) return `${title.padStart(EVENT_WIDTH)}: (off)\n`;
  const bits = Array.from({ length: 32 }, (_, bit) => bit).filter((bit) => (mask >>> bit) & 1);
  const words = bits.map((bit) => reasons[bit] || bit);
  return `${title.padStart(EVENT_WIDTH)}: ${words.join(' ')}\n`;
}

function rateText(name: string, rate: number): string {
  if (rate <= MOST_RATE) return ` ${name}:${Math.floor(rate / 10)}.${rate % 10}%`;
  return rate < NO_RATE ? ` ${name}:(disabled)` : '';
}
