import { checksum, u16 } from '#lab';

/** Packets as nobody's own system makes them: every length and header is what the attack says. */

/** IP protocols and next headers (RFC 8200, 4). */
export const NEXT = {
  hopByHop: 0,
  ipip: 4,
  tcp: 6,
  udp: 17,
  ipv6: 41,
  routing: 43,
  fragment: 44,
  gre: 47,
  ah: 51,
  none: 59,
  options: 60,
  sctp: 132,
  udpLite: 136,
} as const;

export interface Ends {
  /** 4 bytes of IPv4, 16 of IPv6. */
  readonly src: readonly number[];
  readonly dst: readonly number[];
}

export interface OddIpv4 extends Ends {
  readonly protocol: number;
  /** Whole units of four bytes. */
  readonly options?: readonly number[];
  /** Offset in units of eight bytes, and whether more comes. */
  readonly fragment?: { readonly at: number; readonly more: boolean };
  /** Default: what is there. */
  readonly totalLength?: number;
  /** Default 4. */
  readonly version?: number;
  /** Fragments with the same one belong together. Default 1. */
  readonly id?: number;
}

/** RFC 791, 3.1. */
export function oddIpv4(
  { src, dst, protocol, options = [], fragment, version = 4, totalLength, id = 1 }: OddIpv4,
  payload: readonly number[],
): number[] {
  const size = 20 + options.length;
  const place = fragment ? (fragment.more ? 0x2000 : 0) | fragment.at : 0;
  const header = [
    ...[(version << 4) | (size / 4), 0, ...u16(totalLength ?? size + payload.length)],
    ...[...u16(id), ...u16(place), 64, protocol, 0, 0, ...src, ...dst, ...options],
  ];
  header.splice(10, 2, ...u16(checksum(header)));
  return [...header, ...payload];
}

/** RFC 8200, 3. `length` is the payload's; default: what is there. */
export function oddIpv6(
  { src, dst }: Ends,
  next: number,
  payload: readonly number[],
  { length = payload.length, version = 6 }: { readonly length?: number; readonly version?: number } = {},
): number[] {
  return [version << 4, 0, 0, 0, ...u16(length), next, 255, ...src, ...dst, ...payload];
}

/** A header of padding, hop by hop or for the destination, of `units` times eight bytes (RFC 8200, 4.2). */
export function padding(next: number, units = 1): number[] {
  return [next, units - 1, 1, 8 * units - 4, ...Array<number>(8 * units - 4).fill(0)];
}

/** A routing header of type 0 with one address that is behind (RFC 2460, 4.4). */
export function routing(next: number, address: readonly number[]): number[] {
  return [next, 2, 0, 0, 0, 0, 0, 0, ...address];
}

/** An authentication header that nobody has a key for (RFC 4302, 2). */
export function authentication(next: number): number[] {
  return [next, 4, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, ...Array<number>(12).fill(0)];
}

/** `at` in units of eight bytes (RFC 8200, 4.5). */
export function fragment(next: number, at: number, more: boolean, id: number): number[] {
  return [next, 0, ...u16((at << 3) | (more ? 1 : 0)), 0, 0, ...u16(id)];
}

/** RFC 768: without a checksum in IPv4; with one, as IPv6 asks for it, over these ends. */
export function datagram(
  [from, to]: readonly [number, number],
  text: string,
  { over, length }: { readonly over?: Ends; readonly length?: number } = {},
): number[] {
  const data = [...Buffer.from(text, 'latin1')];
  const size = u16(length ?? 8 + data.length);
  const head = [...u16(from), ...u16(to), ...size];
  const pseudo = over ? [...over.src, ...over.dst, 0, 0, ...size, 0, 0, 0, NEXT.udp] : [];
  const sum = over ? checksum([...pseudo, ...head, 0, 0, ...data]) || 0xffff : 0;
  return [...head, ...u16(sum), ...data];
}

/** RFC 9293, 3.1: without a right checksum, which no switch looks at. `flags` are twelve bits. */
export function segment([from, to]: readonly [number, number], flags: number, text: string): number[] {
  const rest = [0xff, 0xff, 0, 0, 0, 0];
  const ack = [0, 0, 0, 1];
  return [
    ...[...u16(from), ...u16(to), 0, 0, 0, 1, ...ack, ...u16(0x5000 | flags), ...rest],
    ...Buffer.from(text, 'latin1'),
  ];
}
