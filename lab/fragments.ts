import { checksum, u16 } from './frames.ts';

/** Next header of the fragment header (RFC 8200, 4.5). */
const FRAGMENT_HEADER = 44;
/** The same of destination options, and one of them, which pads (RFC 8200, 4.2 and 4.6). */
const DESTINATION_OPTIONS = 60;
const PADDING = [1, 4, 0, 0, 0, 0] as const;
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

/** A first fragment that ends before an IPv6 packet's transport begins (RFC 7112), or within the options before it. */
export function headlessFragment6(packet: Uint8Array, isWithinOptions: boolean): Uint8Array {
  const header = [...packet.subarray(0, 40)];
  const [next = 0] = header.splice(6, 1, DESTINATION_OPTIONS);
  return firstFragment6(Uint8Array.from([...header, next, isWithinOptions ? 1 : 0, ...PADDING]));
}
