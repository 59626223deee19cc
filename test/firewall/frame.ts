import { type IpPacket, isGroup } from './packet.ts';

/** A frame to be built. */
export interface FrameOptions {
  /** 48 bits. */
  readonly sourceMac: bigint;
  readonly targetMac: bigint;
  /** Of an ICMP error: the packet that it is about. */
  readonly quoted?: IpPacket;
  /** VLAN tag of a subport. */
  readonly vlan?: number;
}

/** Bytes that begin a mark. */
const MAGIC = 0x746e7466;
/**
 * Bytes of a first fragment's payload: the userspace datapath takes much shorter ones for an attack when it tracks
 * connections (1,200 bytes of a packet of IPv4, 1,280 of IPv6). Whole units of eight (RFC 791, 3.1).
 */
const FIRST_PART = 1304;
/** Bytes of a mark: magic, number, and the complement of both, so that no Internet checksum depends on it. */
const MARK_SIZE = 16;
const ETHERTYPE = { 4: 0x0800, 6: 0x86dd, arp: 0x0806, vlan: 0x8100, experiment: 0x88b5 } as const;
/** A TCP segment has no payload, so that its sequence number is always right; its mark is behind the packet. */
const SEQUENCE = 1000;

/** Builds an IP packet's frame with a number in it by which `markOf` knows it again; all checksums are right. */
export function frameOf(packet: IpPacket, mark: number, options: FrameOptions): Uint8Array {
  const { version, fragment } = packet;
  const whole = ipPacket(packet, transportOf(packet, mark, options.quoted));
  const isTiny = packet.odd?.kind === 'tiny';
  const isMarked = (fragment !== undefined && !isTiny) || !(packet.protocol === 6 || packet.protocol === 58);
  return ethernet(options, ETHERTYPE[version], isMarked ? whole : [...whole, ...markBytes(mark)]);
}

/** Builds the frame of an ARP reply that tells the sender's own address (RFC 826). */
export function arpFrame(address: bigint, mark: number, options: FrameOptions): Uint8Array {
  const mac = bytesOf(options.sourceMac, 6);
  const ip = bytesOf(address, 4);
  const told = [0, 1, 8, 0, 6, 4, 0, 2, ...mac, ...ip, ...bytesOf(options.targetMac, 6), ...ip];
  return ethernet(options, ETHERTYPE.arp, [...told, ...markBytes(mark)]);
}

/** Builds a frame of an EtherType that nobody but tests uses. */
export function experimentFrame(mark: number, options: FrameOptions): Uint8Array {
  return ethernet(options, ETHERTYPE.experiment, markBytes(mark));
}

/** The MAC address that a packet to many is sent to: those of the group, or all (RFC 1112, 6.4; RFC 2464, 7). */
export function groupMacOf({ version, target }: IpPacket): bigint {
  if (version === 6) return 0x333300000000n | (target & 0xffffffffn);
  return isGroup(4, target) && target !== 0xffffffffn
    ? 0x01005e000000n | (target & 0x7fffffn)
    : 0xffffffffffffn;
}

/** The number that a frame was marked with; undefined when it is none of these. */
export function markOf(frame: Uint8Array): number | undefined {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  for (let at = 14; at + MARK_SIZE <= frame.length; at++) {
    if (view.getUint8(at) !== MAGIC >>> 24 || view.getUint32(at) !== MAGIC) continue;
    const mark = view.getUint32(at + 4);
    if (view.getUint32(at + 12) === ~mark >>> 0) return mark;
  }
  return undefined;
}

function markBytes(mark: number): number[] {
  return [...u32(MAGIC), ...u32(mark), ...u32(~MAGIC >>> 0), ...u32(~mark >>> 0)];
}

function ethernet(
  { sourceMac, targetMac, vlan }: FrameOptions,
  type: number,
  payload: readonly number[],
): Uint8Array {
  const tag = vlan === undefined ? [] : [...u16(ETHERTYPE.vlan), ...u16(vlan)];
  return Uint8Array.from([
    ...bytesOf(targetMac, 6),
    ...bytesOf(sourceMac, 6),
    ...tag,
    ...u16(type),
    ...payload,
  ]);
}

function transportOf(packet: IpPacket, mark: number, quoted?: IpPacket): number[] {
  const { protocol, ports, icmp, flags = 0, fragment } = packet;
  if (fragment === 'later') return markBytes(mark);
  if (packet.odd?.kind === 'tiny')
    return [...u16(packet.odd.source), ...u16(packet.odd.target), ...u32(SEQUENCE)];
  const [source, target] = [u16(ports?.source ?? 0), u16(ports?.target ?? 0)];
  if (protocol === 6) {
    const acknowledged = u32((flags & 16) !== 0 ? SEQUENCE : 0);
    const head = [
      ...source,
      ...target,
      ...u32(SEQUENCE),
      ...acknowledged,
      0x50,
      flags,
      0xff,
      0xff,
      0,
      0,
      0,
      0,
    ];
    return summed(packet, fragment ? padded([...head, ...markBytes(mark)]) : head, 16);
  }
  if (protocol === 17) {
    // As long as both fragments are: each of them has a mark.
    const size = u16(fragment ? FIRST_PART + MARK_SIZE : 8 + MARK_SIZE);
    const datagram = [...source, ...target, ...size, 0, 0, ...markBytes(mark)];
    return summed(packet, fragment ? padded(datagram) : datagram, 6);
  }
  if (protocol === 132) {
    // A chunk of user data (RFC 9260, 3.3.1), whose checksum is of another kind.
    const data = [0, 3, ...u16(16 + MARK_SIZE), ...u32(1), 0, 0, 0, 0, 0, 0, 0, 0, ...markBytes(mark)];
    const chunk = [...source, ...target, ...u32(1), 0, 0, 0, 0, ...data];
    chunk.splice(8, 4, ...crc32c(chunk));
    return chunk;
  }
  if (icmp) {
    const about = quoted ? ipPacket(quoted, transportOf(quoted, mark)) : [];
    // Neighbour discovery has an address here, which nobody here reads.
    const body = quoted ? [0, 0, 0, 0, ...about] : [0, 1, 0, 1, ...bytesOf(packet.source, 16)];
    const message = [icmp.type, icmp.code, 0, 0, ...body];
    return protocol === 58 ? summed(packet, message, 2) : withSum([...message, ...markBytes(mark)], 2, []);
  }
  return markBytes(mark);
}

/** As long as a first fragment is. */
function padded(bytes: readonly number[]): number[] {
  return [...bytes, ...Array<number>(FIRST_PART - bytes.length).fill(0)];
}

function ipPacket(packet: IpPacket, payload: number[]): number[] {
  const { version, source, target, protocol, fragment, odd } = packet;
  if (version === 6) {
    const offset = fragment === 'later' ? FIRST_PART : fragment === 'first' ? 1 : 0;
    const isPart = fragment !== undefined || odd?.kind === 'atomic';
    // Padding in a hop-by-hop header (RFC 8200, 4.2).
    const options = odd?.kind === 'options' ? [protocol, 0, 1, 4, 0, 0, 0, 0] : [];
    const part = isPart ? [fragment === 'later' ? 17 : protocol, 0, ...u16(offset), 0, 0, 0, 1] : [];
    const extension = [...options, ...part];
    const size = u16(extension.length + payload.length);
    const ends = [...bytesOf(source, 16), ...bytesOf(target, 16)];
    return [0x60, 0, 0, 0, ...size, isPart ? 44 : odd ? 0 : protocol, 255, ...ends, ...extension, ...payload];
  }
  const place = fragment === 'first' ? 0x2000 : fragment === 'later' ? FIRST_PART / 8 : 0;
  // Four times no operation (RFC 791, 3.1).
  const options = odd?.kind === 'options' ? [1, 1, 1, 1] : [];
  const headSize = 20 + options.length;
  const size = u16(headSize + payload.length);
  const ends = [...bytesOf(source, 4), ...bytesOf(target, 4)];
  const head = [
    0x40 | (headSize / 4),
    0,
    ...size,
    0,
    1,
    ...u16(place),
    64,
    protocol,
    0,
    0,
    ...ends,
    ...options,
  ];
  return [...withSum(head, 10, []), ...payload];
}

/** With the checksum over pseudo-header and all, at `at` (RFC 9293, 3.1; RFC 8200, 8.1). */
function summed(
  { version, source, target, protocol, fragment }: IpPacket,
  bytes: number[],
  at: number,
): number[] {
  const width = version === 4 ? 4 : 16;
  const size = u16(bytes.length + (fragment && protocol === 17 ? MARK_SIZE : 0));
  return withSum(bytes, at, [...bytesOf(source, width), ...bytesOf(target, width), 0, protocol, ...size]);
}

function withSum(bytes: number[], at: number, pseudo: readonly number[]): number[] {
  let sum = 0;
  for (const list of [pseudo, bytes])
    for (let index = 0; index < list.length; index += 2)
      sum += ((list[index] ?? 0) << 8) | (list[index + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  // Zero would say that there is none.
  bytes.splice(at, 2, ...u16(~sum & 0xffff || 0xffff));
  return bytes;
}

/** CRC32c, as SCTP has it (RFC 9260, appendix A): the lowest byte first. */
function crc32c(bytes: readonly number[]): number[] {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return u32(~crc >>> 0).reverse();
}

function bytesOf(value: bigint, width: number): number[] {
  return Array.from({ length: width }, (_, at) => Number((value >> BigInt(8 * (width - 1 - at))) & 0xffn));
}

function u16(value: number): number[] {
  return [(value >> 8) & 0xff, value & 0xff];
}

function u32(value: number): number[] {
  return [value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff];
}
