import { GROUP, PORT } from '../../constants.ts';
import type {
  Bucket,
  GroupDescription,
  GroupFeatures,
  GroupMod,
  GroupStats,
  GroupType,
} from '../../group.ts';
import { formatActions } from '../actions.ts';
import { portText, type TextNames } from '../names.ts';
import { hexText, numberText } from '../number.ts';
import { durationText } from '../plain.ts';

const COMMANDS = { add: 'ADD', modify: 'MOD', delete: 'DEL', addOrModify: 'ADD_OR_MOD' } as const;
const TYPES: Readonly<Record<GroupType, string>> = {
  all: 'all',
  select: 'select',
  indirect: 'indirect',
  fastFailover: 'ff',
};
const TYPE_TITLES = ['all', 'select', 'indirect', 'fast failover'] as const;
const ALL_BITS = 0xffffffffffffffffn;
const NO_DURATION = 0xffffffff;

/** OFPAT_* that ovs-ofctl names, in its order. */
const ACTIONS = [
  [0, 'output'],
  [22, 'group'],
  [25, 'set_field'],
  [18, 'strip_vlan'],
  [17, 'push_vlan'],
  [23, 'mod_nw_ttl'],
  [24, 'dec_ttl'],
  [15, 'set_mpls_ttl'],
  [16, 'dec_mpls_ttl'],
  [19, 'push_mpls'],
  [20, 'pop_mpls'],
  [21, 'set_queue'],
] as const;

/** OFPT_GROUP_MOD after its head. */
export function groupModText(message: GroupMod, names: TextNames): string {
  return `\n ${COMMANDS[message.command]} ${descriptionText(message, names)}`;
}

/** One group of a description. */
export function groupDescText(group: GroupDescription, names: TextNames): string {
  return `\n ${descriptionText(group, names)}`;
}

/** A group's number, or what ovs-ofctl calls it. */
export function groupText(group: number): string {
  if (group === GROUP.all) return 'ALL';
  return group === GROUP.any ? 'ANY' : String(group);
}

/** The counters of one group. */
export function groupStatsText(stats: GroupStats): string {
  const parts = [
    `group_id=${stats.group}`,
    ...(stats.durationSec === NO_DURATION
      ? []
      : [`duration=${durationText(stats.durationSec, stats.durationNsec)}`]),
    `ref_count=${stats.referenceCount}`,
    `packet_count=${stats.packetCount}`,
    `byte_count=${stats.byteCount}`,
    ...stats.buckets.flatMap(({ packetCount, byteCount }, index) =>
      packetCount === ALL_BITS
        ? []
        : [`bucket${index}:packet_count=${packetCount}`, `byte_count=${byteCount}`],
    ),
  ];
  return `\n ${parts.join(',')}`;
}

/** What the switch can do with groups. */
export function groupFeaturesText(features: GroupFeatures): string {
  const lines = [
    '',
    ' Group table:',
    `    Types:  ${hexText(features.types)}`,
    `    Capabilities:  ${hexText(features.capabilities)}`,
    ...TYPE_TITLES.flatMap((title, type) =>
      (features.types & (1 << type)) === 0
        ? []
        : [
            `    ${title} group:`,
            `       max_groups=${numberText(features.maxGroups[type] ?? 0)}`,
            `       actions: ${actionNames(features.actions[type] ?? 0)}`,
          ],
    ),
  ];
  return lines.join('\n');
}

/** The actions of a bit set of OFPAT_* that have names. */
export function actionNames(bits: number): string {
  const known = ACTIONS.filter(([type]) => (bits & (1 << type)) !== 0).map(([, name]) => name);
  return known.length === 0 ? '(none)' : known.join(' ');
}

function descriptionText(
  { groupType, group, buckets }: GroupDescription | GroupMod,
  names: TextNames,
): string {
  const parts = [`group_id=${group}`, `type=${TYPES[groupType]}`];
  return [...parts, ...buckets.map((bucket) => bucketText(bucket, groupType, names))].join(',');
}

function bucketText(
  { weight, watchPort, watchGroup, actions }: Bucket,
  type: GroupType,
  names: TextNames,
): string {
  const parts = [
    ...(weight === (type === 'select' ? 1 : 0) ? [] : [`weight:${weight}`]),
    ...(watchPort === PORT.any ? [] : [`watch_port:${portText(watchPort, names)}`]),
    ...(watchGroup === GROUP.any ? [] : [`watch_group:${watchGroup}`]),
    `actions=${formatActions(actions, names)}`,
  ];
  return `bucket=${parts.join(',')}`;
}
