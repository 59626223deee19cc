import { checksum, u16 } from './frames.ts';

/** Next header of the fragment header (RFC 8200, 4.5). */
const FRAGMENT_HEADER = 44;
const MORE_FRAGMENTS = { ipv4: 0x2000, ipv6: 1 } as const;

/** The first fragment of an IPv4 packet that goes on: all of the given packet, and the word that more comes (RFC 791, 3.1). */
export function firstFragment(packet: Uint8Array): Uint8Array {
  const header = [...packet.subarray(0, 20)];
  header.splice(6, 2, ...u16(MORE_FRAGMENTS.ipv4));
  header.splice(10, 2, 0, 0);
  header.splice(10, 2, ...u16(checksum(header)));
  return Uint8Array.from([...header, ...packet.subarray(20)]);
}

/** The same of an IPv6 packet (RFC 8200, 4.5). */
export function firstFragment6(packet: Uint8Array): Uint8Array {
  const payload = packet.subarray(40);
  const header = [...packet.subarray(0, 40)];
  const [next = 0] = header.splice(6, 1, FRAGMENT_HEADER);
  header.splice(4, 2, ...u16(payload.length + 8));
  return Uint8Array.from([...header, next, 0, ...u16(MORE_FRAGMENTS.ipv6), 0, 0, 0, 1, ...payload]);
}
