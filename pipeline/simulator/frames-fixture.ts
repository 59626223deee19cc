import { checksumOf } from './checksum.ts';

/** Addresses of the frames here: 10.0.0.1 and 10.0.0.2. */
export const A = 0x0a000001;
export const B = 0x0a000002;

/** What of an IPv4 packet may be otherwise than usual. */
interface Ip {
  readonly source?: number;
  readonly target?: number;
  /** Flags and offset. */
  readonly fragment?: number;
  readonly fromPort?: number;
  readonly toPort?: number;
  /** Of TCP. */
  readonly flags?: number;
}

export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** An Ethernet frame from …01 to …02. */
export function frame(type = 0x88b5, payload: readonly number[] = [1, 2, 3, 4]): Uint8Array {
  return Uint8Array.from([...mac(2), ...mac(1), ...u16(type), ...payload]);
}

/** The frame with a VLAN tag in front. */
export function vlan(vid: number, bytes: Uint8Array): Uint8Array {
  return Uint8Array.from([...bytes.subarray(0, 12), 0x81, 0, ...u16(vid), ...bytes.subarray(12)]);
}

/** A UDP datagram from 10.0.0.1:1024 to 10.0.0.2:53. */
export function udp({ fromPort = 1024, toPort = 53, ...ip }: Ip = {}): Uint8Array {
  return ipv4(17, ip, [...u16(fromPort), ...u16(toPort), ...u16(12), 0, 0, 1, 2, 3, 4], 6);
}

/** A TCP segment from 10.0.0.1:1024 to 10.0.0.2:80. */
export function tcp({ fromPort = 1024, toPort = 80, flags = 0x10, ...ip }: Ip = {}): Uint8Array {
  const header = [...u16(fromPort), ...u16(toPort), 0, 0, 0, 1, 0, 0, 0, 1, 0x50, flags, 0x10, 0, 0, 0, 0, 0];
  return ipv4(6, ip, [...header, 1, 2, 3], 16);
}

function ipv4(protocol: number, ip: Ip, payload: number[], sumAt: number): Uint8Array {
  const { source = A, target = B, fragment = 0 } = ip;
  const addresses = [...u32(source), ...u32(target)];
  const sum = checksumOf(Uint8Array.from([...addresses, 0, protocol, ...u16(payload.length), ...payload]));
  payload.splice(sumAt, 2, ...u16(sum));
  const header = [
    0x45,
    0,
    ...u16(20 + payload.length),
    0,
    0,
    ...u16(fragment),
    64,
    protocol,
    0,
    0,
    ...addresses,
  ];
  header.splice(10, 2, ...u16(checksumOf(Uint8Array.from(header))));
  return frame(0x0800, [...header, ...payload]);
}

function mac(last: number): number[] {
  return [0xfa, 0x16, 0x3e, 0, 0, last];
}

function u16(value: number): number[] {
  return [value >> 8, value & 0xff];
}

function u32(value: number): number[] {
  return [value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff];
}
