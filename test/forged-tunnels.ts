import { ETHERTYPE, ethernet, ipv4, ipv6, udp, udp6 } from '#lab';

/** Tunnel types by the headers between IP and the inner frame. */
export type TunnelType = 'vxlan' | 'gre' | 'geneve';

/** A tunnelled frame as it crosses the underlay, made by hand. */
export interface ForgedPacket {
  readonly type: TunnelType;
  /** MAC addresses on the underlay. */
  readonly fromMac: string;
  readonly toMac: string;
  /** Tunnel ends, both IPv4 or both IPv6. */
  readonly src: string;
  readonly dst: string;
  /** VNI, or key of GRE. */
  readonly key: number;
}

/** UDP ports that listen for tunnels (RFC 7348, 5; RFC 8926, 3.3). */
const UDP_PORT = { vxlan: 4789, geneve: 6081 } as const;
/** Where tunnels send from is for the sender to choose. */
const SOURCE_PORT = 50_000;
/** Transparent Ethernet bridging (RFC 8926, 3.4; GRE's protocol type). */
const INNER_ETHERNET = 0x6558;
const GRE = 47;

/** The packet with the frame in it. */
export function forged({ type, fromMac, toMac, src, dst, key }: ForgedPacket, inner: Uint8Array): Uint8Array {
  const tunnelled = Buffer.concat([Buffer.from(HEADERS[type](key)), inner]);
  const isV6 = src.includes(':');
  const header = { src: fromMac, dst: toMac, type: isV6 ? ETHERTYPE.ipv6 : ETHERTYPE.ipv4 };
  if (type === 'gre') return ethernet(header, (isV6 ? ipv6 : ipv4)({ src, dst, protocol: GRE }, tunnelled));
  const ends = { src, dst, srcPort: SOURCE_PORT, dstPort: UDP_PORT[type] };
  return ethernet(header, isV6 ? udp6(ends, tunnelled) : udp(ends, tunnelled));
}

const HEADERS: Readonly<Record<TunnelType, (key: number) => readonly number[]>> = {
  // RFC 7348, 5: the flag I, and the VNI.
  vxlan: (key) => [0x08, 0, 0, 0, ...bytes(key, 3), 0],
  // RFC 8926, 3.4: no options.
  geneve: (key) => [0, 0, ...bytes(INNER_ETHERNET, 2), ...bytes(key, 3), 0],
  // RFC 2890, 2: the flag K, and the key.
  gre: (key) => [0x20, 0, ...bytes(INNER_ETHERNET, 2), ...bytes(key, 4)],
};

/** A number as so many bytes, the highest first. */
function bytes(value: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, at) => Math.floor(value / 256 ** (count - 1 - at)) % 256);
}
