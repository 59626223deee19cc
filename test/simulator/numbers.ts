/** A value in any of the notations of Open vSwitch: MAC, IPv4, IPv6, decimal, hexadecimal. */
export function numberOf(text: string): bigint {
  if (/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(text)) return BigInt(`0x${text.replaceAll(':', '')}`);
  if (text.includes('.') && !text.includes(':')) {
    return text.split('.').reduce((value, part) => (value << 8n) | BigInt(part), 0n);
  }
  if (!text.includes(':')) return BigInt(text);
  const [head = '', tail] = text.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, dottedTail).split('::');
  const words = (part: string) => (part === '' ? [] : part.split(':'));
  const missing = tail === undefined ? 0 : 8 - words(head).length - words(tail).length;
  const all = [...words(head), ...Array.from({ length: missing }, () => '0'), ...words(tail ?? '')];
  return all.reduce((value, word) => (value << 16n) | BigInt(`0x${word}`), 0n);
}

/** The last 32 bits of an IPv6 address that are written as an IPv4 address. */
function dottedTail(_: string, ...parts: readonly string[]): string {
  const [a = 0, b = 0, c = 0, d = 0] = parts.slice(0, 4).map(Number);
  return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
}

/** An IPv6 address as text, all of its digits. */
export function colons(address: bigint): string {
  return (address.toString(16).padStart(32, '0').match(/.{4}/g) ?? []).join(':');
}

/** An IPv4 address as text. */
export function dotted(address: number): string {
  return [address >>> 24, (address >>> 16) & 0xff, (address >>> 8) & 0xff, address & 0xff].join('.');
}
