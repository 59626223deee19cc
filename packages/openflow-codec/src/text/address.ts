import { type Slice, unexpected } from './slice.ts';

/** `02:00:00:00:00:01`. */
export function macText(value: bigint): string {
  return (value.toString(16).padStart(12, '0').match(/../g) ?? []).join(':');
}

/** The inverse of macText. Throws OFT_VALUE. */
export function parseMac(slice: Slice): bigint {
  const groups = slice.text.split(':');
  const isMac = groups.length === 6 && groups.every((group) => /^[0-9a-f]{1,2}$/i.test(group));
  if (!isMac) throw unexpected('OFT_VALUE', slice, 'an Ethernet address');
  return BigInt(`0x${groups.map((group) => group.padStart(2, '0')).join('')}`);
}

/** `10.0.0.1`. */
export function ipv4Text(value: number): string {
  return [value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff].join('.');
}

/** The inverse of ipv4Text. Throws OFT_VALUE. */
export function parseIpv4(slice: Slice): number {
  const value = readIpv4(slice.text);
  if (value === undefined) throw unexpected('OFT_VALUE', slice, 'an IPv4 address');
  return value;
}

/** An IPv6 address as inet_ntop writes it: the longest run of two or more zero groups becomes `::`. */
export function ipv6Text(value: bigint): string {
  const groups = Array.from({ length: 8 }, (_, index) =>
    Number((value >> BigInt(112 - 16 * index)) & 0xffffn),
  );
  let best = { start: -1, size: 1 };
  for (let start = 0; start < 8; start++) {
    let size = 0;
    while (start + size < 8 && groups[start + size] === 0) size++;
    if (size > best.size) best = { start, size };
  }
  const hex = groups.map((group) => group.toString(16));
  const isEmbedded = best.start === 0 && (best.size === 6 || (best.size === 5 && groups[5] === 0xffff));
  if (isEmbedded) return `::${best.size === 5 ? 'ffff:' : ''}${ipv4Text(Number(value & 0xffffffffn))}`;
  if (best.start < 0) return hex.join(':');
  return `${hex.slice(0, best.start).join(':')}::${hex.slice(best.start + best.size).join(':')}`;
}

/** The inverse of ipv6Text, for every form of RFC 4291, 2.2. Throws OFT_VALUE. */
export function parseIpv6(slice: Slice): bigint {
  const value = readIpv6(slice.text);
  if (value === undefined) throw unexpected('OFT_VALUE', slice, 'an IPv6 address');
  return value;
}

function readIpv4(text: string): number | undefined {
  const parts = text.split('.');
  const isAddress = parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256);
  return isAddress ? parts.reduce((value, part) => value * 256 + Number(part), 0) : undefined;
}

function readIpv6(text: string): bigint | undefined {
  const [front = '', back, ...more] = text.split('::');
  if (more.length > 0) return undefined;
  const head = groupsOf(front, back === undefined);
  const tail = back === undefined ? [] : groupsOf(back, true);
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (back === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...new Array<number>(missing).fill(0), ...tail];
  return groups.reduce((value, group) => (value << 16n) | BigInt(group), 0n);
}

/** Groups of 16 bits; the last two may be an IPv4 address where the text ends with them. */
function groupsOf(text: string, isEnd: boolean): number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    const ipv4 = isEnd && index === parts.length - 1 ? readIpv4(part) : undefined;
    if (ipv4 !== undefined) groups.push(ipv4 >>> 16, ipv4 & 0xffff);
    else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups;
}

/** The mask of the first `prefix` of `bits` bits. */
export function prefixMask(prefix: number, bits: number): bigint {
  return ((1n << BigInt(prefix)) - 1n) << BigInt(bits - prefix);
}

/** Length of the prefix that a mask is, or undefined when its ones are not all in front. */
export function prefixOf(mask: bigint, bits: number): number | undefined {
  const inverted = (1n << BigInt(bits)) - 1n - mask;
  if ((inverted & (inverted + 1n)) !== 0n) return undefined;
  return bits - (inverted === 0n ? 0 : inverted.toString(2).length);
}
