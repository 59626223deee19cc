import type { PortMod, PortStatus } from '../../message.ts';
import type { PortStats } from '../../multipart.ts';
import type { Port } from '../../port.ts';
import { macText } from '../address.ts';
import { portText, type TextNames } from '../names.ts';
import { bitNames, counterText, durationText } from '../plain.ts';

/** OFPPC_* (OF 1.3.5, 7.2.1). */
const CONFIG = [
  [1, 'PORT_DOWN'],
  [4, 'NO_RECV'],
  [32, 'NO_FWD'],
  [64, 'NO_PACKET_IN'],
] as const;
/** OFPPS_* (OF 1.3.5, 7.2.1). */
const STATE = [
  [1, 'LINK_DOWN'],
  [2, 'BLOCKED'],
  [4, 'LIVE'],
] as const;
/** OFPPF_* (OF 1.3.5, 7.2.1), from bit 0 up. */
const FEATURES = [
  '10MB-HD',
  '10MB-FD',
  '100MB-HD',
  '100MB-FD',
  '1GB-HD',
  '1GB-FD',
  '10GB-FD',
  '40GB-FD',
  '100GB-FD',
  '1TB-FD',
  'OTHER',
  'COPPER',
  'FIBER',
  'AUTO_NEG',
  'AUTO_PAUSE',
  'AUTO_PAUSE_ASYM',
].map((name, bit) => [1 << bit, name] as const);

const REASONS = { add: 'ADD', delete: 'DEL', modify: 'MOD' } as const;
const KILOBITS = 1000;
const NO_DURATION = 0xffffffff;

/** OFPT_PORT_STATUS after its head. */
export function portStatusText({ reason, port }: PortStatus): string {
  return ` ${REASONS[reason]}:${portDescText(port)}`;
}

/** One port of a description. */
export function portDescText(port: Port): string {
  const optional: readonly (readonly [name: string, bits: number])[] = [
    ['current:    ', port.current],
    ['advertised: ', port.advertised],
    ['supported:  ', port.supported],
    ['peer:       ', port.peer],
  ];
  const lines = [
    ` ${portText(port.port, {})}(${nameText(port.name)}): addr:${macText(port.hwAddr)}`,
    `     config:     ${knownNames(port.config, CONFIG)}`,
    `     state:      ${knownNames(port.state, STATE)}`,
    ...optional.flatMap(([name, bits]) => {
      const text = knownNames(bits, FEATURES);
      return text === '0' ? [] : [`     ${name}${text}`];
    }),
    `     speed: ${megabits(port.currentSpeed)} Mbps now, ${megabits(port.maxSpeed)} Mbps max\n`,
  ];
  return lines.join('\n');
}

/** OFPT_PORT_MOD after its head. */
export function portModText(message: PortMod, names: TextNames): string {
  const advertised = knownNames(message.advertise, FEATURES);
  const lines = [
    ` port: ${portText(message.port, names)}: addr:${macText(message.hwAddr)}`,
    `     config: ${knownNames(message.config & message.mask, CONFIG)}`,
    `     mask:   ${knownNames(message.mask, CONFIG)}`,
    `     advertise: ${advertised === '0' ? 'UNCHANGED' : advertised}`,
  ];
  return lines.join('\n');
}

/** The counters of one port. */
export function portStatsText(stats: PortStats, names: TextNames): string {
  const received = countersText([
    ['pkts', stats.receivedPackets],
    ['bytes', stats.receivedBytes],
    ['drop', stats.receiveDropped],
    ['errs', stats.receiveErrors],
    ['frame', stats.frameErrors],
    ['over', stats.overrunErrors],
    ['crc', stats.crcErrors],
  ]);
  const sent = countersText([
    ['pkts', stats.sentPackets],
    ['bytes', stats.sentBytes],
    ['drop', stats.sendDropped],
    ['errs', stats.sendErrors],
    ['coll', stats.collisions],
  ]);
  const name = portText(stats.port, names);
  const time = durationText(stats.durationSec, stats.durationNsec);
  const indent = ' '.repeat(11);
  const duration = stats.durationSec === NO_DURATION ? '' : `${indent}duration=${time}\n`;
  return `  port ${stats.port < 10 ? ' ' : ''}${name}: rx ${received}\n${indent}tx ${sent}\n${duration}`;
}

/** `name=value` for each counter. */
export function countersText(counters: readonly (readonly [name: string, value: bigint])[]): string {
  return counters.map(([name, value]) => `${name}=${counterText(value)}`).join(', ');
}

/** Names of the bits that have one, `0` for none: ovs-ofctl leaves out what else a port says. */
function knownNames(bits: number, names: readonly (readonly [bit: number, name: string])[]): string {
  return bitNames(bits & names.reduce((all, [bit]) => all | bit, 0), names);
}

function megabits(speed: number): number {
  return Math.floor(speed / KILOBITS);
}

/** Up to the first character that can't be printed. */
function nameText(name: string): string {
  return /^[\x20-\x7e]*/.exec(name)?.[0] ?? '';
}
