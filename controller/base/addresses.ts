import ipaddr from 'ipaddr.js';

export type IpVersion = 4 | 6;

/** One IP address as a number, so that ranges are comparisons. */
export interface Ip {
  readonly version: IpVersion;
  readonly bits: bigint;
}

/** An IP prefix; `first` and `last` are its lowest and highest address. */
export interface Cidr {
  readonly version: IpVersion;
  readonly prefix: number;
  readonly first: bigint;
  readonly last: bigint;
}

const WIDTH: Readonly<Record<IpVersion, number>> = { 4: 32, 6: 128 };
/** No text of an address is longer; nothing longer is given to the parser. */
const LONGEST_TEXT = 45;

/** Strict: dotted quad or RFC 4291 text without a zone; undefined for anything else. */
export function parseIp(text: string): Ip | undefined {
  if (text.length > LONGEST_TEXT) return undefined;
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return toIp(4, ipaddr.IPv4.parse(text).toByteArray());
  if (!text.includes('%') && ipaddr.IPv6.isValid(text)) return toIp(6, ipaddr.IPv6.parse(text).toByteArray());
  return undefined;
}

/** Canonical text (RFC 5952 for IPv6). */
export function formatIp(version: IpVersion, bits: bigint): string {
  const bytes: number[] = [];
  for (let shift = WIDTH[version] - 8; shift >= 0; shift -= 8)
    bytes.push(Number((bits >> BigInt(shift)) & 0xffn));
  const address = ipaddr.fromByteArray(bytes);
  return address instanceof ipaddr.IPv6 ? address.toRFC5952String() : address.toString();
}

/** `address/length`; host bits are masked away. Undefined for anything else. */
export function parseCidr(text: string): Cidr | undefined {
  const match = /^([^/]{1,45})\/(\d{1,3})$/.exec(text);
  const ip = match?.[1] === undefined ? undefined : parseIp(match[1]);
  const prefix = Number(match?.[2]);
  if (ip === undefined || prefix > WIDTH[ip.version]) return undefined;
  const hostMask = (1n << BigInt(WIDTH[ip.version] - prefix)) - 1n;
  const first = ip.bits & ~hostMask;
  return { version: ip.version, prefix, first, last: first | hostMask };
}

export function formatCidr({ version, first, prefix }: Cidr): string {
  return `${formatIp(version, first)}/${prefix}`;
}

export function contains(cidr: Cidr, ip: Ip): boolean {
  return cidr.version === ip.version && cidr.first <= ip.bits && ip.bits <= cidr.last;
}

export function overlap(a: Cidr, b: Cidr): boolean {
  return a.version === b.version && a.first <= b.last && b.first <= a.last;
}

/** The address that a MAC gets by SLAAC in a /64 (RFC 4291, appendix A: modified EUI-64). */
export function eui64(cidr: Cidr, mac: string): bigint {
  const bytes = mac.split(':').map((byte) => Number.parseInt(byte, 16));
  const [first = 0, ...rest] = bytes;
  const identifier = [first ^ 0x02, ...rest.slice(0, 2), 0xff, 0xfe, ...rest.slice(2)];
  return cidr.first | identifier.reduce((bits, byte) => (bits << 8n) | BigInt(byte), 0n);
}

/** Lower case with colons, from either `aa:bb:…` or `aa-bb-…`; undefined unless it can be an interface's address. */
export function parseMac(text: string): string | undefined {
  if (!/^[0-9a-f]{2}([:-])[0-9a-f]{2}(?:\1[0-9a-f]{2}){4}$/i.test(text)) return undefined;
  const mac = text.toLowerCase().replaceAll('-', ':');
  const isGroup = (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1;
  return isGroup || mac === '00:00:00:00:00:00' ? undefined : mac;
}

function toIp(version: IpVersion, bytes: readonly number[]): Ip {
  return { version, bits: bytes.reduce((bits, byte) => (bits << 8n) | BigInt(byte), 0n) };
}

/**
 * What one subscriber of a provider has: an IPv4 address, mapped into IPv6 or not, or an IPv6 network of 64 bits. Text
 * that is no address, as that of a peer that is gone, is its own.
 */
export function subscriberOf(ip: string): string {
  if (!ipaddr.isValid(ip)) return ip;
  const address = ipaddr.process(ip);
  if (address.kind() === 'ipv4') return address.toString();
  return `${address.toNormalizedString().split(':').slice(0, 4).join(':')}::/64`;
}
