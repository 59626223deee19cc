import ipaddr from 'ipaddr.js';
import { PROTOCOLS, type Prefix, type Rule } from './rule.ts';

/**
 * Reads a rule: direction with `6` for IPv6, protocol by name or number or `any`, ports or an ICMP type, and a remote.
 * `in tcp 80-90 from +web`, `out6 any`, `in icmp 3/4 from 10.0.0.0/24`. Throws Error, which names the word.
 */
export function parseRule(text: string): Rule {
  const words = text.trim().split(/\s+/);
  const [, direction, six] = /^(in|out)(6?)$/.exec(words.shift() ?? '') ?? [];
  if (direction !== 'in' && direction !== 'out') throw new Error(`not in, out, in6 or out6: ${text}`);
  const version = six ? 6 : 4;
  const protocolText = words.shift() ?? '';
  const named = PROTOCOLS[protocolText];
  const protocol = named ?? (/^\d+$/.test(protocolText) ? Number(protocolText) : undefined);
  if (protocol === undefined && protocolText !== 'any') throw new Error(`no protocol: ${protocolText}`);
  const rule = { direction, version, ...(protocol !== undefined && { protocol, protocolText }) } as const;
  const detail = /^\d/.test(words[0] ?? '') ? detailOf(protocol, words.shift() ?? '') : {};
  const remote = words.length > 0 ? { remote: remoteOf(direction, words) } : {};
  return { ...rule, ...detail, ...remote };
}

function detailOf(protocol: number | undefined, word: string): Pick<Rule, 'ports' | 'icmp'> {
  if (protocol === 1 || protocol === 58) {
    const [type = Number.NaN, code] = word.split('/').map(Number);
    return { icmp: { type, ...(code !== undefined && { code }) } };
  }
  const [first = Number.NaN, last = first] = word.split('-').map(Number);
  return { ports: { first, last } };
}

function remoteOf(direction: 'in' | 'out', words: readonly string[]): NonNullable<Rule['remote']> {
  const [word, remote = '', ...rest] = words;
  if (word !== (direction === 'in' ? 'from' : 'to') || rest.length > 0)
    throw new Error(`not a remote: ${words.join(' ')}`);
  return remote.startsWith('+') ? { group: remote.slice(1) } : parsePrefix(remote);
}

/** Reads `10.0.0.0/24`, or one address. Throws Error. */
export function parsePrefix(text: string): Prefix {
  const [address = '', length] = text.split('/');
  const { version, bits } = parseAddress(address);
  return { version, bits, length: length === undefined ? (version === 4 ? 32 : 128) : Number(length) };
}

/** Reads an IP address. Throws Error. */
export function parseAddress(text: string): { readonly version: 4 | 6; readonly bits: bigint } {
  const parsed = ipaddr.parse(text);
  const bits = parsed.toByteArray().reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  return { version: parsed.kind() === 'ipv4' ? 4 : 6, bits };
}
