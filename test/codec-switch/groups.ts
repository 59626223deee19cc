import { GROUP, type GroupMod, METER_FLAG, type MeterBand, type MeterMod, PORT } from 'openflow-codec';
import { randomSetActions } from './actions.ts';
import type { Random } from './random.ts';

/** A group that the switch takes. */
export function randomGroup(group: number, random: Random): GroupMod {
  const groupType = random.pick(['all', 'select', 'indirect', 'fastFailover'] as const);
  const count = groupType === 'indirect' ? 1 : random.below(5);
  return {
    type: 'groupMod',
    xid: group,
    command: random.pick(['add', 'addOrModify'] as const),
    groupType,
    group,
    buckets: Array.from({ length: count }, () => ({
      weight: groupType === 'select' ? random.uint(16) : 0,
      watchPort: groupType === 'fastFailover' ? random.between(1, 0xfeff) : PORT.any,
      watchGroup: GROUP.any,
      actions: randomSetActions(random),
    })),
  };
}

/** A meter that the switch takes: its userspace datapath knows the band `drop` only. */
export function randomMeter(meter: number, random: Random): MeterMod {
  const hasBurst = random.oneIn(2);
  const band = (): MeterBand => ({
    band: 'drop',
    rate: random.between(1, 2 ** 32 - 1),
    burstSize: hasBurst ? random.between(1, 2 ** 32 - 1) : 0,
  });
  return {
    type: 'meterMod',
    xid: meter,
    command: 'add',
    flags:
      random.pick([METER_FLAG.kilobits, METER_FLAG.packets]) |
      (hasBurst ? METER_FLAG.burst : 0) |
      (random.oneIn(2) ? METER_FLAG.statistics : 0),
    meter,
    bands: Array.from({ length: random.between(1, 3) }, band),
  };
}
