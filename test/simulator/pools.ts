import { type FieldName, PORT, VLAN_PRESENT } from 'openflow-codec';
import type { Random } from '../codec-switch/random.ts';

/** Few values of each kind, so that random flows and random packets meet. */
export const POOL = {
  mac: [0xfa163e000001n, 0xfa163e000002n, 0x01005e000005n, 0xffffffffffffn, 0x020000000000n],
  ipv4: [0x0a000001, 0x0a000002, 0x0a0000ff, 0xe0000005],
  ipv6: [0xfd000000000000000000000000000001n, 0xfe80000000000000f8163efffe000002n, 0xff02n << 112n, 0n],
  port: [53, 80, 67, 1024, 0],
  vid: [100, 200, 0, 4095],
  tunnelId: [77n, 0x10000004dn, 0n],
  tunnelEnd: [0xac1f0002, 0xac1f0003],
  tunnelEnd6: [0xfd310000000000000000000000000002n, 0xfd310000000000000000000000000003n],
  mark: [0, 1, 2, 0x80000000, 0xffffffff],
} as const;

/** Ports of the switch: plain ones, one per tunnel type, and one that is not there. */
export const PLAIN_PORTS = [11, 12, 13, 14] as const;
export const TUNNEL_PORTS = [1, 2, 3] as const;
export const ANY_PORTS = [...PLAIN_PORTS, ...TUNNEL_PORTS, 99, PORT.local] as const;

/** A value that a packet may well have in a field. */
export function likelyValue(field: FieldName, random: Random): bigint {
  const value = LIKELY[field]?.(random);
  if (value !== undefined) return BigInt(value);
  if (/^reg\d+$/.test(field)) return BigInt(random.pick(POOL.mark));
  throw new Error(`no values for ${field}`);
}

const mac = (random: Random) => random.pick(POOL.mac);
const ipv4 = (random: Random) => random.pick(POOL.ipv4);
const ipv6 = (random: Random) => random.pick(POOL.ipv6);
const port = (random: Random) => random.pick(POOL.port);

const LIKELY: Readonly<Partial<Record<FieldName, (random: Random) => number | bigint>>> = {
  in_port: (random) => random.pick(ANY_PORTS),
  metadata: (random) => random.pick([0n, 1n, 0x100000001n, 0x200000001n]),
  tun_id: (random) => random.pick(POOL.tunnelId),
  tun_src: (random) => random.pick(POOL.tunnelEnd),
  tun_dst: (random) => random.pick(POOL.tunnelEnd),
  tun_ipv6_src: (random) => random.pick(POOL.tunnelEnd6),
  tun_ipv6_dst: (random) => random.pick(POOL.tunnelEnd6),
  eth_src: mac,
  eth_dst: mac,
  eth_type: (random) => random.pick([0x0800, 0x0806, 0x86dd, 0x88b5, 0x8100, 0x88a8]),
  vlan_vid: (random) => VLAN_PRESENT | random.pick(POOL.vid),
  vlan_tci: (random) => VLAN_PRESENT | random.pick(POOL.vid) | (random.below(8) << 13),
  vlan_pcp: (random) => random.below(8),
  ip_src: ipv4,
  ip_dst: ipv4,
  arp_spa: ipv4,
  arp_tpa: ipv4,
  ipv6_src: ipv6,
  ipv6_dst: ipv6,
  nd_target: ipv6,
  ipv6_label: (random) => random.pick([0, 1, 0xfffff]),
  ip_proto: (random) => random.pick([6, 17, 1, 58, 132, 2, 44]),
  ip_frag: (random) => random.below(4),
  ip_dscp: (random) => random.pick([0, 46]),
  ip_ecn: (random) => random.below(4),
  nw_ttl: (random) => random.pick([0, 1, 2, 64]),
  tcp_src: port,
  tcp_dst: port,
  udp_src: port,
  udp_dst: port,
  sctp_src: port,
  sctp_dst: port,
  tcp_flags: (random) => random.pick([0x02, 0x12, 0x10, 0x11, 0x04]),
  icmp_type: (random) => random.pick([0, 3, 8]),
  icmp_code: (random) => random.pick([0, 1, 3]),
  icmpv6_type: (random) => random.pick([128, 133, 134, 135, 136]),
  icmpv6_code: (random) => random.pick([0, 0, 0, 1]),
  nd_sll: mac,
  nd_tll: mac,
  nd_reserved: (random) => random.pick([0, 0xe0000000, 0x60000000]),
  nd_options_type: (random) => random.pick([1, 2]),
  arp_op: (random) => random.pick([1, 2]),
  arp_sha: mac,
  arp_tha: mac,
};
