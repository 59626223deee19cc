import { formatActions, formatInstructions, formatMatch } from 'openflow-codec';
import type { Packet } from '#pipeline/simulator';
import type { Case } from './compare.ts';
import { colons, dotted } from './numbers.ts';
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
  const { id = 0n, src = 0, dst = 0, ipv6Src = 0n, ipv6Dst = 0n } = tunnel ?? {};
  const ipv4 = [`tun_src=${dotted(src)}`, `tun_dst=${dotted(dst)}`];
  const ipv6 = [`tun_ipv6_src=${colons(ipv6Src)}`, `tun_ipv6_dst=${colons(ipv6Dst)}`];
  const words = tunnel ? [`tun_id=${id}`, ...(ipv6Src === 0n ? ipv4 : ipv6)] : [];
  return `${[`in_port=${inPort}`, ...words].join()} ${Buffer.from(bytes).toString('hex')}`;
}

export function editText({ packet, actions }: Edit): string {
  return `${packetText(packet)} actions=${formatActions(actions)}`;
}
