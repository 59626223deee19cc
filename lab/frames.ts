/**
 * Builds frames to send and takes captured ones apart. Addresses are text (`fa:16:3e:00:00:01`, `10.0.0.1`),
 * frames and payloads are bytes. No builder pads to Ethernet's minimum: a namespace's link does not ask for it.
 */

export const ETHERTYPE = {
  ipv4: 0x0800,
  arp: 0x0806,
  vlan: 0x8100,
  ipv6: 0x86dd,
  qinq: 0x88a8,
  experiment: 0x88b5,
} as const;
export const IP_PROTOCOL = { icmp: 1, tcp: 6, udp: 17, icmpv6: 58 } as const;
export const BROADCAST = 'ff:ff:ff:ff:ff:ff';

/** One VLAN tag (IEEE 802.1Q, 9.6). */
export interface VlanTag {
  readonly vid: number;
  /** Priority code point, 0 to 7. Default 0. */
  readonly pcp?: number;
  /** Tag protocol: ETHERTYPE.vlan (default) or ETHERTYPE.qinq. */
  readonly protocol?: number;
}

export interface EthernetHeader {
  readonly src: string;
  readonly dst: string;
  /** Outermost first. Default none. */
  readonly vlans?: readonly VlanTag[];
  readonly type: number;
}

/** A captured frame taken apart; `vlans` holds every tag before the type. */
export interface EthernetFrame extends Required<EthernetHeader> {
  readonly vlans: readonly Required<VlanTag>[];
  readonly payload: Uint8Array;
}

/** An Ethernet frame, without its check sequence (IEEE 802.3, 3.1.1). */
export function ethernet({ src, dst, vlans = [], type }: EthernetHeader, payload: Uint8Array): Uint8Array {
  const tags = vlans.map(({ vid, pcp = 0, protocol = ETHERTYPE.vlan }) => [
    ...u16(protocol),
    ...u16((pcp << 13) | vid),
  ]);
  return Uint8Array.from([...macBytes(dst), ...macBytes(src), ...tags.flat(), ...u16(type), ...payload]);
}

/** Takes a frame apart; undefined if it ends too early to be one. */
export function readEthernet(frame: Uint8Array): EthernetFrame | undefined {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const vlans: Required<VlanTag>[] = [];
  let at = 12;
  while (at + 2 <= view.byteLength) {
    const type = view.getUint16(at);
    if (type !== ETHERTYPE.vlan && type !== ETHERTYPE.qinq) {
      const payload = frame.subarray(at + 2);
      return {
        dst: macText(frame.subarray(0, 6)),
        src: macText(frame.subarray(6, 12)),
        vlans,
        type,
        payload,
      };
    }
    if (at + 4 > view.byteLength) break;
    const tci = view.getUint16(at + 2);
    vlans.push({ vid: tci & 0xfff, pcp: tci >> 13, protocol: type });
    at += 4;
  }
  return undefined;
}

/** An ARP packet for IPv4 over Ethernet (RFC 826); operation 1 asks, 2 answers. */
export function arp(packet: {
  readonly operation: 1 | 2;
  readonly senderMac: string;
  readonly senderIp: string;
  readonly targetMac?: string;
  readonly targetIp: string;
}): Uint8Array {
  const { operation, senderMac, senderIp, targetMac = '00:00:00:00:00:00', targetIp } = packet;
  return Uint8Array.from([
    ...[...u16(1), ...u16(ETHERTYPE.ipv4), 6, 4, ...u16(operation)],
    ...[...macBytes(senderMac), ...ipv4Bytes(senderIp), ...macBytes(targetMac), ...ipv4Bytes(targetIp)],
  ]);
}

export interface Ipv4Header {
  readonly src: string;
  readonly dst: string;
  readonly protocol: number;
  /** Default 64. */
  readonly ttl?: number;
}

/** An IPv4 packet without options (RFC 791, 3.1). */
export function ipv4({ src, dst, protocol, ttl = 64 }: Ipv4Header, payload: Uint8Array): Uint8Array {
  const length = 20 + payload.length;
  const header = [
    0x45,
    0,
    ...u16(length),
    ...u16(0),
    ...u16(0x4000),
    ttl,
    protocol,
    0,
    0,
    ...ipv4Bytes(src),
    ...ipv4Bytes(dst),
  ];
  header.splice(10, 2, ...u16(checksum(header)));
  return Uint8Array.from([...header, ...payload]);
}

/** An IPv4 packet with a UDP datagram in it (RFC 768). */
export function udp(
  { src, dst, srcPort, dstPort }: { src: string; dst: string; srcPort: number; dstPort: number },
  payload: Uint8Array,
): Uint8Array {
  const length = u16(8 + payload.length);
  const pseudoHeader = [...ipv4Bytes(src), ...ipv4Bytes(dst), 0, IP_PROTOCOL.udp, ...length];
  const start = [...u16(srcPort), ...u16(dstPort), ...length];
  // A sum of zero is sent as ones: zero says that there is none.
  const sum = checksum([...pseudoHeader, ...start, 0, 0, ...payload]) || 0xffff;
  return ipv4({ src, dst, protocol: IP_PROTOCOL.udp }, Uint8Array.from([...start, ...u16(sum), ...payload]));
}

/** An IPv4 packet with an ICMP echo message in it (RFC 792): a request, or the reply to one. */
export function icmpEcho(
  echo: { src: string; dst: string; reply?: boolean; id: number; sequence: number },
  payload: Uint8Array,
): Uint8Array {
  const message = [echo.reply ? 0 : 8, 0, 0, 0, ...u16(echo.id), ...u16(echo.sequence), ...payload];
  message.splice(2, 2, ...u16(checksum(message)));
  return ipv4({ src: echo.src, dst: echo.dst, protocol: IP_PROTOCOL.icmp }, Uint8Array.from(message));
}

/** The Internet checksum of bytes, whose own place holds zeros (RFC 1071). */
export function checksum(bytes: readonly number[]): number {
  let sum = 0;
  for (const [at, byte] of bytes.entries()) sum += at % 2 === 0 ? byte << 8 : byte;
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return ~sum & 0xffff;
}

/** Two bytes, the higher first. */
export function u16(value: number): number[] {
  return [value >> 8, value & 0xff];
}

/** The six bytes of `fa:16:3e:00:00:01`. */
export function macBytes(mac: string): number[] {
  return parts(mac, ':', 16, 6);
}

function macText(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}

function ipv4Bytes(address: string): number[] {
  return parts(address, '.', 10, 4);
}

function parts(text: string, separator: string, base: number, count: number): number[] {
  const bytes = text.split(separator).map((part) => Number.parseInt(part, base));
  if (bytes.length !== count || bytes.some((byte) => !(byte >= 0 && byte <= 255))) {
    throw new RangeError(`not an address: ${text}`);
  }
  return bytes;
}
