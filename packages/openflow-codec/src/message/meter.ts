import { CodecError } from '../errors.ts';
import type { MeterBand, MeterConfig, MeterStats } from '../meter.ts';
import type { Reader } from '../wire/reader.ts';
import { struct } from '../wire/struct.ts';
import type { Writer } from '../wire/writer.ts';
import { type Body, many, sized } from './body.ts';
import { type MessageEntry, type MessageOf, writeStruct } from './entry.ts';
import { PacketCountsStruct } from './group.ts';

/** ofp_meter_mod between header and bands (OF 1.3.5, 7.3.4.4). */
const MeterModBody = struct('ofp_meter_mod', 8, {
  command: { named: ['add', 'modify', 'delete'], as: 'u16', answer: [12, 6] },
  flags: 'u16',
  meter: 'u32',
});

/** ofp_meter_band_header (OF 1.3.5, 7.3.4.4.1), and what follows it in each type of band. */
const BandHeader = struct('ofp_meter_band_header', 4, { type: 'u16', length: 'u16' });
const Drop = struct('ofp_meter_band_drop', 12, { rate: 'u32', burstSize: 'u32', pad: { pad: 4 } });
const DscpRemark = struct('ofp_meter_band_dscp_remark', 12, {
  rate: 'u32',
  burstSize: 'u32',
  precedenceLevel: 'u8',
  pad: { pad: 3 },
});
const Experimenter = struct('ofp_meter_band_experimenter', 12, {
  rate: 'u32',
  burstSize: 'u32',
  experimenter: 'u32',
});

/** OFPMBT_*. */
const BANDS = { drop: 1, dscpRemark: 2, experimenter: 0xffff } as const;

const Config = struct('ofp_meter_config', 8, { length: 'u16', flags: 'u16', meter: 'u32' });
const Stats = struct('ofp_meter_stats', 40, {
  meter: 'u32',
  length: 'u16',
  pad: { pad: 6 },
  flowCount: 'u32',
  packetInCount: 'u64',
  byteInCount: 'u64',
  durationSec: 'u32',
  durationNsec: 'u32',
});
const METER_SIZE = 4;

/** ofp_meter_multipart_request (OF 1.3.5, 7.3.5.12). */
export const MeterRequest = struct('ofp_meter_multipart_request', 8, { meter: 'u32', pad: { pad: 4 } });
/** ofp_meter_features (OF 1.3.5, 7.3.5.14). */
export const MeterFeaturesStruct = struct('ofp_meter_features', 16, {
  maxMeter: 'u32',
  bandTypes: 'u32',
  capabilities: 'u32',
  maxBands: 'u8',
  maxColor: 'u8',
  pad: { pad: 2 },
});

const bands: Body<readonly MeterBand[]> = {
  read(reader, end) {
    const list: MeterBand[] = [];
    while (reader.at < end) list.push(readBand(reader, end));
    return list;
  },
  write(list, writer) {
    for (const band of list) writeBand(band, writer);
  },
};

const bandCounts = many(PacketCountsStruct);

/** OFPT_METER_MOD. */
export const meterMod: MessageEntry<MessageOf<'meterMod'>> = {
  type: 29,
  read(reader, end, xid) {
    return { type: 'meterMod', xid, ...reader.members(MeterModBody, end), bands: bands.read(reader, end) };
  },
  write(message, writer) {
    writeStruct(MeterModBody, message, writer);
    bands.write(message.bands, writer);
  },
};

/** Body of a meter configuration reply (OF 1.3.5, 7.3.5.13). */
export const meterConfigs: Body<readonly MeterConfig[]> = sized({
  layout: Config,
  lengthAt: 0,
  read: ({ length: _, ...members }, reader, end) => ({ ...members, bands: bands.read(reader, end) }),
  members: (config: MeterConfig) => ({ ...config, length: 0 }),
  tail: (config, writer) => bands.write(config.bands, writer),
});

/** Body of a meter statistics reply (OF 1.3.5, 7.3.5.12). */
export const meterStats: Body<readonly MeterStats[]> = sized({
  layout: Stats,
  lengthAt: METER_SIZE,
  read: ({ length: _, ...members }, reader, end) => ({ ...members, bands: bandCounts.read(reader, end) }),
  members: (stats: MeterStats) => ({ ...stats, length: 0 }),
  tail: (stats, writer) => bandCounts.write(stats.bands, writer),
});

function readBand(reader: Reader, listEnd: number): MeterBand {
  const start = reader.at;
  const { type, length } = reader.members(BandHeader, listEnd);
  const end = start + length;
  if (length < BandHeader.size + Drop.size || end > listEnd) {
    throw new CodecError('OFC_LENGTH', { struct: BandHeader.name, field: 'length', offset: start });
  }
  const band = readModelled(type, reader, end);
  const isWhole = reader.at === end;
  reader.at = end;
  return band && isWhole ? band : { band: 'raw', bytes: reader.copy(start, end) };
}

/** Undefined for what can't be written back byte for byte. */
function readModelled(type: number, reader: Reader, end: number): MeterBand | undefined {
  const { view, at } = reader;
  if (type === BANDS.drop && Drop.isClean(view, at)) return { band: 'drop', ...reader.members(Drop, end) };
  if (type === BANDS.dscpRemark && DscpRemark.isClean(view, at)) {
    return { band: 'dscpRemark', ...reader.members(DscpRemark, end) };
  }
  if (type !== BANDS.experimenter) return undefined;
  return { band: 'experimenter', ...reader.members(Experimenter, end), data: reader.rest(end) };
}

function writeBand(band: MeterBand, writer: Writer): void {
  if (band.band === 'raw') {
    writer.append(band.bytes);
    return;
  }
  const start = writer.reserve(BandHeader.size);
  BandHeader.write(writer.view, start, { type: BANDS[band.band], length: 0 });
  if (band.band === 'drop') writeStruct(Drop, band, writer);
  else if (band.band === 'dscpRemark') writeStruct(DscpRemark, band, writer);
  else {
    writeStruct(Experimenter, band, writer);
    writer.append(band.data);
  }
  writer.writeSize(start + 2, start, BandHeader.name);
}
