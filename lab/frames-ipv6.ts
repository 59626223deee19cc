import ipaddr from 'ipaddr.js';
import { checksum, IP_PROTOCOL, macBytes, u16 } from './frames.ts';

/** Addresses of an IPv6 packet, as text. */
export interface Ipv6Ends {
  readonly src: string;
  readonly dst: string;
}

/** Types of ICMPv6 (RFC 4861, 4; RFC 3810, 5.2). */
export const ICMPV6_TYPE = {
  routerSolicit: 133,
  routerAdvert: 134,
  neighbourSolicit: 135,
  neighbourAdvert: 136,
  listenerReport2: 143,
} as const;

/** Types of link-layer address options (RFC 4861, 4.6.1). */
const OPTION = { source: 1, target: 2 } as const;
const SOLICITED = 0x40;
const OVERRIDE = 0x20;

/** An IPv6 packet without extension headers (RFC 8200, 3). `protocol` is the number of what it carries. */
export function ipv6(
  { src, dst, protocol }: Ipv6Ends & { readonly protocol: number },
  payload: Uint8Array | readonly number[],
): Uint8Array {
  // Neighbour discovery is only believed with the highest hop limit (RFC 4861, 7.1.1).
  const head = [0x60, 0, 0, 0, ...u16(payload.length), protocol, 255];
  return Uint8Array.from([...head, ...addressBytes(src), ...addressBytes(dst), ...payload]);
}

/** An IPv6 packet with a UDP datagram in it (RFC 768; RFC 8200, 8.1). */
export function udp6(
  { srcPort, dstPort, ...ends }: Ipv6Ends & { readonly srcPort: number; readonly dstPort: number },
  payload: Uint8Array,
): Uint8Array {
  const start = [...u16(srcPort), ...u16(dstPort), ...u16(8 + payload.length)];
  const sum = upperChecksum(ends, IP_PROTOCOL.udp, [...start, 0, 0, ...payload]) || 0xffff;
  return ipv6({ ...ends, protocol: IP_PROTOCOL.udp }, [...start, ...u16(sum), ...payload]);
}

/** An IPv6 packet with an ICMPv6 message in it: `body` is all after the checksum (RFC 4443, 2.1). */
export function icmpv6(ends: Ipv6Ends, type: number, body: readonly number[], code = 0): Uint8Array {
  const sum = upperChecksum(ends, IP_PROTOCOL.icmpv6, [type, code, 0, 0, ...body]);
  return ipv6({ ...ends, protocol: IP_PROTOCOL.icmpv6 }, [type, code, ...u16(sum), ...body]);
}

/** Asks who has an address (RFC 4861, 4.3); `mac` is told as the sender's, and left out when absent. */
export function neighbourSolicit(ends: Ipv6Ends, target: string, mac?: string): Uint8Array {
  return icmpv6(ends, ICMPV6_TYPE.neighbourSolicit, [
    ...[0, 0, 0, 0],
    ...addressBytes(target),
    ...linkLayerOption(OPTION.source, mac),
  ]);
}

/** Says that an address is at `mac`, solicited and overriding (RFC 4861, 4.4). */
export function neighbourAdvert(ends: Ipv6Ends, target: string, mac?: string): Uint8Array {
  return icmpv6(ends, ICMPV6_TYPE.neighbourAdvert, [
    ...[SOLICITED | OVERRIDE, 0, 0, 0],
    ...addressBytes(target),
    ...linkLayerOption(OPTION.target, mac),
  ]);
}

/** The address that a MAC address gives itself on its link (RFC 4862, 5.3). */
export function linkLocalOf(mac: string): string {
  const [first = 0, ...rest] = macBytes(mac);
  const identifier = [first ^ 2, ...rest.slice(0, 2), 0xff, 0xfe, ...rest.slice(2)];
  return ipaddr.fromByteArray([0xfe, 0x80, 0, 0, 0, 0, 0, 0, ...identifier]).toString();
}

/** The multicast group that asks for an address (RFC 4291, 2.7.1), and its MAC address (RFC 2464, 7). */
export function solicitedGroup(target: string): { readonly ip: string; readonly mac: string } {
  const last = addressBytes(target).slice(13);
  const hex = last.map((byte) => byte.toString(16).padStart(2, '0'));
  const group = [0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, ...last];
  return { ip: ipaddr.fromByteArray(group).toString(), mac: `33:33:ff:${hex.join(':')}` };
}

/** Over the pseudo-header of RFC 8200, 8.1. */
function upperChecksum({ src, dst }: Ipv6Ends, next: number, upper: readonly number[]): number {
  const pseudo = [...addressBytes(src), ...addressBytes(dst), 0, 0, ...u16(upper.length), 0, 0, 0, next];
  return checksum([...pseudo, ...upper]);
}

function linkLayerOption(type: number, mac: string | undefined): readonly number[] {
  return mac === undefined ? [] : [type, 1, ...macBytes(mac)];
}

function addressBytes(text: string): readonly number[] {
  return ipaddr.IPv6.parse(text).toByteArray();
}
