/** Where the headers of a frame are, found without the code under test. */
export interface FrameHeaders {
  readonly type: number;
  readonly l3: number;
  readonly protocol: number;
  readonly l4: number;
  /** End of the transport's bytes as the network header states it: padding may follow. */
  readonly end: number;
}

const VLAN_TYPES: readonly number[] = [0x8100, 0x88a8];
const IPV6_EXTENSIONS: readonly number[] = [0, 43, 44, 51, 60];

/** Looks behind at most `tags` VLAN tags, and behind IPv6 extension headers. Bytes that are not there count as 0. */
export function findHeaders(bytes: Uint8Array, tags: number): FrameHeaders {
  const u8 = (at: number) => bytes[at] ?? 0;
  const u16 = (at: number) => (u8(at) << 8) | u8(at + 1);
  let at = 12;
  for (let tag = 0; tag < tags && VLAN_TYPES.includes(u16(at)); tag++) at += 4;
  const isSnap = u16(at) < 0x600 && u16(at + 2) === 0xaaaa;
  const type = u16(isSnap ? at + 8 : at);
  const l3 = at + (isSnap ? 10 : 2);
  if (type === 0x0800) {
    return { type, l3, protocol: u8(l3 + 9), l4: l3 + (u8(l3) & 0xf) * 4, end: l3 + u16(l3 + 2) };
  }
  if (type !== 0x86dd) return { type, l3, protocol: 0, l4: l3, end: bytes.length };
  let [protocol, l4] = [u8(l3 + 6), l3 + 40];
  while (IPV6_EXTENSIONS.includes(protocol) && l4 + 8 <= bytes.length) {
    const size = protocol === 44 ? 8 : protocol === 51 ? (u8(l4 + 1) + 2) * 4 : (u8(l4 + 1) + 1) * 8;
    const isLater = protocol === 44 && (u16(l4 + 2) & 0xfff8) !== 0;
    protocol = isLater ? 44 : u8(l4);
    l4 += size;
    if (isLater) break;
  }
  return { type, l3, protocol, l4, end: l3 + 40 + u16(l3 + 4) };
}

/**
 * The frame with zeros for the checksums that a datapath keeps up: ofproto/trace does not tell them. That they come out
 * right is another test's (rewrite.test.ts, and real packets).
 */
export function withoutChecksums(frame: Uint8Array): Uint8Array {
  const bytes = frame.slice();
  const { type, l3, protocol, l4 } = findHeaders(bytes, 2);
  const blank = (at: number, size: number) => bytes.fill(0, Math.min(at, bytes.length), at + size);
  if (type === 0x0800) blank(l3 + 10, 2);
  if (type !== 0x0800 && type !== 0x86dd) return bytes;
  if (protocol === 6) blank(l4 + 16, 2);
  if (protocol === 17) blank(l4 + 6, 2);
  if (protocol === 1 || protocol === 58) blank(l4 + 2, 2);
  if (protocol === 132) blank(l4 + 8, 4);
  return bytes;
}
