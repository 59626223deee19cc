import { formatActions, formatInstructions, formatMatch } from 'openflow-codec';
import type { Packet } from '#pipeline/simulator';
import type { Case } from './compare.ts';
import { dotted } from './numbers.ts';
import type { Edit } from './real-switch.ts';

/** A case as lines for ovs-ofctl and ofproto/trace, to be played by hand. */
export function caseText({ flows, groups, packets }: Case): string {
  return [
    ...flows.map(({ tableId, priority, cookie, match, instructions }) => {
      const head = `table=${tableId},priority=${priority},cookie=0x${cookie.toString(16)}`;
      return [head, formatMatch(match), `actions=${formatInstructions(instructions)}`].filter(Boolean).join();
    }),
    ...groups.map(({ group, groupType, buckets }) => {
      const lists = buckets.map(({ actions }) => `bucket=actions=${formatActions(actions)}`);
      return [`group_id=${group}`, `type=${groupType}`, ...lists].join();
    }),
    ...packets.map(packetText),
  ].join('\n');
}

/** What ofproto/trace takes after the bridge's name. */
export function packetText({ inPort, bytes, tunnel }: Packet): string {
  const { id = 0n, src = 0, dst = 0 } = tunnel ?? {};
  const words = tunnel ? [`tun_id=${id}`, `tun_src=${dotted(src)}`, `tun_dst=${dotted(dst)}`] : [];
  return `${[`in_port=${inPort}`, ...words].join()} ${Buffer.from(bytes).toString('hex')}`;
}

export function editText({ packet, actions }: Edit): string {
  return `${packetText(packet)} actions=${formatActions(actions)}`;
}
