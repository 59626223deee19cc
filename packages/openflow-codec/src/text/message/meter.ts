import {
  METER_FLAG,
  type MeterBand,
  type MeterConfig,
  type MeterFeatures,
  type MeterMod,
  type MeterStats,
} from '../../meter.ts';
import { hexText } from '../number.ts';
import { bitNames, durationText } from '../plain.ts';

const COMMANDS = { add: 'ADD', modify: 'MOD', delete: 'DEL' } as const;
/** Greatest number of a meter, and those beyond it that have names (OF 1.3.5, 7.3.4.4). */
const MOST = 0xffff0000;
const NAMES: ReadonlyMap<number, string> = new Map([
  [0xfffffffd, 'slowpath'],
  [0xfffffffe, 'controller'],
  [0xffffffff, 'all'],
]);
const FLAGS = [
  [METER_FLAG.kilobits, 'kbps'],
  [METER_FLAG.packets, 'pktps'],
  [METER_FLAG.burst, 'burst'],
  [METER_FLAG.statistics, 'stats'],
] as const;
const BAND_TYPES = [
  [2, 'drop'],
  [4, 'dscp_remark'],
] as const;

/** OFPT_METER_MOD after its head. */
export function meterModText(message: MeterMod): string {
  // A deletion says which meter, and nothing else counts (OF 1.3.5, 7.3.4.4).
  const config = message.command === 'delete' ? { ...message, flags: 0, bands: [] } : message;
  return ` ${COMMANDS[message.command]} ${meterConfigText(config)}`;
}

/** A meter with its bands. */
export function meterConfigText({
  flags,
  meter,
  bands,
}: Pick<MeterConfig, 'flags' | 'meter' | 'bands'>): string {
  const known = FLAGS.filter(([bit]) => (flags & bit) !== 0);
  const rest = known.reduce((left, [bit]) => left & ~bit, flags);
  const words = [
    ...known.map(([, name]) => name),
    ...(rest === 0 ? [] : [`flags:${hexText(rest)}`]),
    'bands=',
  ];
  return `meter=${meterText(meter)} ${words.join(' ')}${bands.map((band) => bandText(band, flags)).join('')}\n`;
}

/** The counters of one meter. */
export function meterStatsText(stats: MeterStats): string {
  const head = [
    `meter:${meterText(stats.meter)}`,
    `flow_count:${stats.flowCount}`,
    `packet_in_count:${stats.packetInCount}`,
    `byte_in_count:${stats.byteInCount}`,
    `duration:${durationText(stats.durationSec, stats.durationNsec)}`,
    'bands:\n',
  ];
  const bands = stats.bands.map(
    ({ packetCount, byteCount }, index) => `${index}: packet_count:${packetCount} byte_count:${byteCount}\n`,
  );
  return `\n${head.join(' ')}${bands.join('')}`;
}

/** What the switch can do with meters. */
export function meterFeaturesText(features: MeterFeatures): string {
  const { maxMeter, maxBands, maxColor } = features;
  return [
    `\nmax_meter:${maxMeter} max_bands:${maxBands} max_color:${maxColor}`,
    `band_types: ${bitNames(features.bandTypes, BAND_TYPES)}`,
    `capabilities: ${bitNames(features.capabilities, FLAGS)}`,
  ].join('\n');
}

/** A meter's number or name. */
export function meterText(meter: number): string {
  return meter <= MOST ? String(meter) : (NAMES.get(meter) ?? 'unknown');
}

function bandText(band: MeterBand, flags: number): string {
  if (band.band === 'raw') return '\ntype=unknown';
  const burst = (flags & METER_FLAG.burst) === 0 ? '' : ` burst_size=${band.burstSize}`;
  const level = band.band === 'dscpRemark' ? ` prec_level=${band.precedenceLevel}` : '';
  const type = { drop: 'drop', dscpRemark: 'dscp_remark', experimenter: '65535' }[band.band];
  return `\ntype=${type} rate=${band.rate}${burst}${level}`;
}
