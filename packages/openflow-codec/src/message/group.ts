import { encodeActions, readActions } from '../action/codec.ts';
import { CodecError } from '../errors.ts';
import type { Bucket, GroupDescription, GroupFeatures, GroupModCommand, GroupStats } from '../group.ts';
import { struct } from '../wire/struct.ts';
import { type Body, many, sized } from './body.ts';
import { type MessageEntry, type MessageOf, writeStruct } from './entry.ts';

/** OFPGT_*, with OFPGMFC_BAD_TYPE for others. */
const GROUP_TYPE = {
  named: ['all', 'select', 'indirect', 'fastFailover'],
  as: 'u8',
  answer: [6, 10],
} as const;

/** ofp_group_mod between header and buckets (OF 1.3.5, 7.3.4.2). */
const GroupModBody = struct('ofp_group_mod', 8, {
  command: 'u16',
  groupType: GROUP_TYPE,
  pad: { pad: 1 },
  group: 'u32',
});
const BucketHeader = struct('ofp_bucket', 16, {
  length: 'u16',
  weight: 'u16',
  watchPort: 'u32',
  watchGroup: 'u32',
  pad: { pad: 4 },
});
const Description = struct('ofp_group_desc', 8, {
  length: 'u16',
  groupType: GROUP_TYPE,
  pad: { pad: 1 },
  group: 'u32',
});
const Stats = struct('ofp_group_stats', 40, {
  length: 'u16',
  pad: { pad: 2 },
  group: 'u32',
  referenceCount: 'u32',
  pad2: { pad: 4 },
  packetCount: 'u64',
  byteCount: 'u64',
  durationSec: 'u32',
  durationNsec: 'u32',
});
/** ofp_bucket_counter and ofp_meter_band_stats. */
export const PacketCountsStruct = struct('ofp_bucket_counter', 16, { packetCount: 'u64', byteCount: 'u64' });
const Features = struct('ofp_group_features', 40, {
  types: 'u32',
  capabilities: 'u32',
  maxAll: 'u32',
  maxSelect: 'u32',
  maxIndirect: 'u32',
  maxFastFailover: 'u32',
  actionsAll: 'u32',
  actionsSelect: 'u32',
  actionsIndirect: 'u32',
  actionsFastFailover: 'u32',
});

const BAD_COMMAND = [6, 11] as const;
const BAD_BUCKET = [6, 12] as const;

/** OFPGC_*, and the one of Open vSwitch. */
const COMMANDS: Readonly<Record<GroupModCommand, number>> = {
  add: 0,
  modify: 1,
  delete: 2,
  addOrModify: 0x8000,
};
const COMMAND_NAMES = new Map(
  Object.entries(COMMANDS).map(([name, number]) => [number, name as GroupModCommand]),
);

const buckets: Body<readonly Bucket[]> = sized({
  layout: BucketHeader,
  lengthAt: 0,
  answer: BAD_BUCKET,
  read: ({ length: _, ...members }, reader, end) => ({ ...members, actions: readActions(reader, end) }),
  members: (bucket: Bucket) => ({ ...bucket, length: 0 }),
  tail: ({ actions }, writer) => encodeActions(actions, writer),
});

const bucketCounts = many(PacketCountsStruct);

/** OFPT_GROUP_MOD. */
export const groupMod: MessageEntry<MessageOf<'groupMod'>> = {
  type: 15,
  read(reader, end, xid) {
    const start = reader.at;
    const { command: number, groupType, group } = reader.members(GroupModBody, end);
    const command = COMMAND_NAMES.get(number);
    if (command === undefined) throw commandError(start);
    return {
      type: 'groupMod',
      xid,
      command,
      groupType,
      group,
      buckets: buckets.read(reader, end),
    };
  },
  write(message, writer) {
    const command = COMMANDS[message.command];
    if (command === undefined) throw commandError();
    writeStruct(GroupModBody, { ...message, command }, writer);
    buckets.write(message.buckets, writer);
  },
};

/** Body of a group description reply (OF 1.3.5, 7.3.5.10). */
export const groupDescriptions: Body<readonly GroupDescription[]> = sized({
  layout: Description,
  lengthAt: 0,
  read: ({ groupType, group }, reader, end) => ({
    groupType,
    group,
    buckets: buckets.read(reader, end),
  }),
  members: ({ groupType, group }: GroupDescription) => ({
    length: 0,
    groupType,
    group,
  }),
  tail: (item, writer) => buckets.write(item.buckets, writer),
});

/** Body of a group statistics reply (OF 1.3.5, 7.3.5.9). */
export const groupStats: Body<readonly GroupStats[]> = sized({
  layout: Stats,
  lengthAt: 0,
  read: ({ length: _, ...members }, reader, end) => ({
    ...members,
    buckets: bucketCounts.read(reader, end),
  }),
  members: (item: GroupStats) => ({ ...item, length: 0 }),
  tail: (item, writer) => bucketCounts.write(item.buckets, writer),
});

/** Body of a group features reply (OF 1.3.5, 7.3.5.11). */
export const groupFeatures: Body<GroupFeatures> = {
  read(reader, end) {
    const { types: known, capabilities, ...lists } = reader.members(Features, end);
    return {
      types: known,
      capabilities,
      maxGroups: [lists.maxAll, lists.maxSelect, lists.maxIndirect, lists.maxFastFailover],
      actions: [lists.actionsAll, lists.actionsSelect, lists.actionsIndirect, lists.actionsFastFailover],
    };
  },
  write({ types: known, capabilities, maxGroups, actions }, writer) {
    const [maxAll, maxSelect, maxIndirect, maxFastFailover] = maxGroups;
    const [actionsAll, actionsSelect, actionsIndirect, actionsFastFailover] = actions;
    const max = { maxAll, maxSelect, maxIndirect, maxFastFailover };
    const allowed = { actionsAll, actionsSelect, actionsIndirect, actionsFastFailover };
    writeStruct(Features, { types: known, capabilities, ...max, ...allowed }, writer);
  },
};

function commandError(offset?: number): CodecError {
  const place = { struct: GroupModBody.name, field: 'command', ...(offset !== undefined && { offset }) };
  return new CodecError('OFC_VALUE', place, BAD_COMMAND);
}
