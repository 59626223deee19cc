import type { Packet, Tunnel } from '#pipeline/simulator';
import type { Random } from '../codec-switch/random.ts';
import { findHeaders } from './frame-headers.ts';
import { likelyValue, PLAIN_PORTS, POOL, TUNNEL_PORTS } from './pools.ts';

/** A frame of any kind that matters here, whole or damaged, from any port or tunnel. */
export function randomPacket(random: Random): Packet {
  const bytes = damaged(Uint8Array.from(ethernet(random)), random);
  if (!random.oneIn(4)) return { inPort: random.pick(PLAIN_PORTS), bytes };
  return { inPort: random.pick(TUNNEL_PORTS), bytes, tunnel: randomTunnel(random) };
}

/** Over IPv4 or IPv6, now and then without a destination. */
function randomTunnel(random: Random): Tunnel {
  const id = random.pick(POOL.tunnelId);
  const isWhole = !random.oneIn(10);
  if (random.oneIn(3)) {
    const [ipv6Src, ipv6Dst] = [random.pick(POOL.tunnelEnd6), random.pick(POOL.tunnelEnd6)];
    return { id, ipv6Src, ...(isWhole && { ipv6Dst }) };
  }
  const [src, dst] = [random.pick(POOL.tunnelEnd), random.pick(POOL.tunnelEnd)];
  return { id, src, ...(isWhole && { dst }) };
}

/** Cut short or padded, now and then; Open vSwitch takes no frame without a whole Ethernet header. */
function damaged(bytes: Uint8Array, random: Random): Uint8Array {
  if (random.oneIn(20)) return bytes.slice(0, random.between(14, bytes.length));
  if (random.oneIn(10))
    return Uint8Array.from([...bytes, ...Array.from({ length: random.below(30) }, () => 0)]);
  if (!random.oneIn(20)) return bytes;
  const at = random.between(12, bytes.length - 1);
  const changed = bytes.map((byte, index) => (index === at ? random.below(256) : byte));
  return UNMODELLED.some((type) => findHeaders(changed, 1).type === type) ? bytes : changed;
}

/** MPLS and NSH: Open vSwitch reads them, the simulator does not. */
const UNMODELLED: readonly number[] = [0x8847, 0x8848, 0x894f];

function ethernet(random: Random): number[] {
  const tags = random.pick([0, 0, 0, 1, 1, 2, 3]);
  const headers = Array.from({ length: tags }, () => [
    ...u16(random.pick([0x8100, 0x8100, 0x88a8])),
    ...u16(random.pick(POOL.vid) | (random.pick([0, 0, 5]) << 13)),
  ]);
  const [type, payload] = network(random);
  const start = [...field('eth_dst', 6, random), ...field('eth_src', 6, random), ...headers.flat()];
  if (!random.oneIn(25)) return [...start, ...u16(type), ...payload];
  // IEEE 802.3 with LLC, with and without SNAP.
  const llc = random.oneIn(2) ? [0xaa, 0xaa, 3, 0, 0, 0, ...u16(type)] : [0x42, 0x42, 3];
  return [...start, ...u16(llc.length + payload.length), ...llc, ...payload];
}

function network(random: Random): readonly [number, number[]] {
  switch (random.below(10)) {
    case 0:
      return [0x88b5, [1, 2, 3, 4]];
    case 1:
    case 2:
      return [random.oneIn(10) ? 0x8035 : 0x0806, arp(random)];
    case 3:
    case 4:
    case 5:
      return [0x86dd, ipv6(random)];
    default:
      return [0x0800, ipv4(random)];
  }
}

function arp(random: Random): number[] {
  const operation = random.oneIn(15) ? random.pick([0, 255, 256, 300]) : random.pick([1, 2]);
  const head = random.oneIn(15) ? [0, 6, 8, 0, 6, 4] : [0, 1, 8, 0, 6, 4];
  return [
    ...[...head, ...u16(operation)],
    ...[...field('arp_sha', 6, random), ...field('arp_spa', 4, random)],
    ...[...field('arp_tha', 6, random), ...field('arp_tpa', 4, random)],
  ];
}

function ipv4(random: Random): number[] {
  const protocol = random.pick([6, 6, 17, 17, 1, 132, 2, 0, 99]);
  const payload = transport(protocol, random);
  const options = random.oneIn(10) ? [1, 1, 1, 0] : [];
  const size = 20 + options.length;
  return [
    ...[0x40 | (size / 4), random.pick([0, 0xb8, 3]), ...u16(size + payload.length), 0, 1],
    ...u16(random.oneIn(6) ? random.pick([0x2000, 0x2005, 5, 0x8000]) : 0x4000),
    ...[Number(likelyValue('nw_ttl', random)), protocol, ...u16(random.below(0x10000))],
    ...[...field('ip_src', 4, random), ...field('ip_dst', 4, random), ...options, ...payload],
  ];
}

function ipv6(random: Random): number[] {
  const last = random.pick([6, 17, 58, 58, 58, 132, 59, 0]);
  const extensions = random.oneIn(4) ? random.some([0, 43, 44, 51, 60], random.between(1, 2)) : [];
  const chain = [...extensions, last];
  const headers = extensions.flatMap((kind, index) => extension(kind, chain[index + 1] ?? 59, random));
  const payload = [...headers, ...transport(last, random)];
  return [
    ...u32(0x60000000 | (random.pick([0, 0xb8, 3]) << 20) | Number(likelyValue('ipv6_label', random))),
    ...[...u16(payload.length), chain[0] ?? 59, Number(likelyValue('nw_ttl', random))],
    ...[...field('ipv6_src', 16, random), ...field('ipv6_dst', 16, random), ...payload],
  ];
}

function extension(kind: number, next: number, random: Random): number[] {
  if (kind === 44) return [next, 0, ...u16(random.pick([0, 1, 8, 9])), 0, 0, 0, 1];
  if (kind === 43) return [next, 0, 0, random.below(2), 0, 0, 0, 0];
  return [next, 0, 0, 0, 0, 0, 0, 0];
}

function transport(protocol: number, random: Random): number[] {
  const ports = [...field('tcp_src', 2, random), ...field('tcp_dst', 2, random)];
  const sum = u16(random.pick([0, random.below(0x10000)]));
  switch (protocol) {
    case 6: {
      const flags = Number(likelyValue('tcp_flags', random));
      return [
        ...ports,
        0,
        0,
        0,
        1,
        0,
        0,
        0,
        1,
        random.oneIn(20) ? 0xf0 : 0x50,
        flags,
        1,
        0,
        ...sum,
        0,
        0,
        1,
        2,
      ];
    }
    case 17:
      return [...ports, 0, 12, ...sum, 1, 2, 3, 4];
    case 132:
      return [...ports, 0, 0, 0, 1, ...sum, ...sum, 1, 2, 3, 4];
    case 1:
    case 2:
      return [...field('icmp_type', 1, random), ...field('icmp_code', 1, random), ...sum, 0, 1, 0, 1, 9];
    case 58:
      return icmpv6(random, sum);
    default:
      return [1, 2, 3, 4, 5, 6, 7, 8];
  }
}

function icmpv6(random: Random, sum: readonly number[]): number[] {
  const type = Number(likelyValue('icmpv6_type', random));
  const head = [type, ...field('icmpv6_code', 1, random), ...sum, ...field('nd_reserved', 4, random)];
  if (type !== 135 && type !== 136) return [...head, 1, 2, 3];
  const options = random.some([1, 2, 3, random.pick([1, 2])], random.pick([0, 1, 1, 1, 2]));
  const option = (kind: number) => [kind, 1, ...field(kind === 1 ? 'nd_sll' : 'nd_tll', 6, random)];
  return [...head, ...field('nd_target', 16, random), ...options.flatMap(option)];
}

function field(name: Parameters<typeof likelyValue>[0], size: number, random: Random): number[] {
  const value = likelyValue(name, random);
  return Array.from({ length: size }, (_, index) =>
    Number((value >> BigInt(8 * (size - 1 - index))) & 0xffn),
  );
}

function u16(value: number): number[] {
  return [value >> 8, value & 0xff];
}

function u32(value: number): number[] {
  return [value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff];
}
