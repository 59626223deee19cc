import type { OtherSending, PortName, Sending } from './case.ts';
import { type IpPacket, TCP } from './packet.ts';
import { parseAddress } from './parse-rule.ts';
import { PROTOCOLS } from './rule.ts';

const NAME = /^([a-h])(?:\.([a-z]+))?(@far)?$/;
const FLAGS: Readonly<Record<string, number>> = {
  F: TCP.fin,
  S: TCP.syn,
  R: TCP.rst,
  P: TCP.psh,
  A: TCP.ack,
  U: TCP.urg,
};
/** Where everybody is meant: limited broadcast, and all nodes (RFC 919, 7; RFC 4291, 2.7.1). */
const EVERYBODY = { 4: '255.255.255.255', 6: 'ff02::1' } as const;

/** Reads `a`, `a.blue`, `b@far`. Throws Error. */
export function parsePort(text: string): PortName {
  const [, letter, network = '', far] = NAME.exec(text) ?? [];
  if (letter === undefined) throw new Error(`not a port: ${text}`);
  return { text, number: letter.charCodeAt(0) - 'a'.charCodeAt(0) + 1, network, isFar: far !== undefined };
}

/** The address of the port with this number: 10.0.0.n and fd00::n. */
export function addressOf(number: number, version: 4 | 6): bigint {
  return (version === 4 ? 0x0a000000n : 0xfd00n << 112n) + BigInt(number);
}

/**
 * Reads a packet: `a > b tcp 1000 80 SA`, `a > all udp6 1 2`, `b > a icmp 3 4 about udp 1000 53`, with `first` or `later`
 * for fragments, `options`, `atomic` or `tiny` for odd ones, `from` and `to` for other addresses than the ports' own. Throws Error.
 */
export function parsePacket(text: string): Sending | OtherSending {
  const words = text.trim().split(/\s+/);
  const [from, arrow, to, kind = ''] = words.splice(0, 4);
  if (arrow !== '>') throw new Error(`not a packet: ${text}`);
  const ends = { from: parsePort(from ?? ''), ...(to !== 'all' && { to: parsePort(to ?? '') }) };
  if (kind === 'arp' || kind === 'experiment') return { ...ends, other: kind };
  const about = words.indexOf('about');
  const quotedWords = about < 0 ? [] : words.splice(about).slice(1);
  const packet = packetOf(kind, words, ends);
  if (about < 0) return { ...ends, packet };
  const [quotedKind = '', ...rest] = quotedWords;
  const quoted = packetOf(quotedKind, rest, ends);
  // What it is about went the other way, unless it says otherwise.
  const given = { source: rest.includes('from'), target: rest.includes('to') };
  return {
    ...ends,
    packet,
    quoted: {
      ...quoted,
      source: given.source ? quoted.source : packet.target,
      target: given.target ? quoted.target : packet.source,
    },
  };
}

function packetOf(
  kind: string,
  words: readonly string[],
  { from, to }: { readonly from: PortName; readonly to?: PortName },
): IpPacket {
  const [, name = '', six] = /^([a-z]+)(6?)$/.exec(kind) ?? [];
  const version = six ? 6 : 4;
  const rest = [...words];
  const taken = (word: string) => {
    const at = rest.indexOf(word);
    return at < 0 ? undefined : rest.splice(at, 2)[1];
  };
  const [source, target] = [taken('from'), taken('to')];
  const fragment = (['first', 'later'] as const).find((each) => rest.includes(each));
  const odd = (['options', 'atomic', 'tiny'] as const).find((each) => rest.includes(each));
  const numbers = rest.flatMap((word) => (/^\d+$/.test(word) ? [Number(word)] : []));
  const flagWord = rest.find((word) => /^[FSRPAU]+$/.test(word));
  const known = numbers.length + (flagWord ? 1 : 0) + (fragment ? 1 : 0) + (odd ? 1 : 0);
  if (known !== rest.length) throw new Error(`cannot read ${rest.join(' ')}`);
  const [first = 0, second = 0] = numbers;
  const protocol = name === 'proto' ? first : name === 'icmp' ? (version === 4 ? 1 : 58) : PROTOCOLS[name];
  if (protocol === undefined) throw new Error(`no protocol: ${kind}`);
  const everybody = to ? addressOf(to.number, version) : parseAddress(EVERYBODY[version]).bits;
  const ends = {
    version,
    source: source ? parseAddress(source).bits : addressOf(from.number, version),
    target: target ? parseAddress(target).bits : everybody,
  } as const;
  if (fragment === 'later') return { ...ends, protocol: version === 6 ? 44 : protocol, fragment };
  if (odd === 'atomic' && version === 4) throw new Error('IPv4 has no fragment header');
  if (odd === 'tiny') {
    if (name !== 'tcp') throw new Error(`eight bytes show all ports of ${name}`);
    const unseen = { ports: { source: 0, target: 0 }, flags: 0, fragment: 'first' } as const;
    return { ...ends, protocol, ...unseen, odd: { kind: odd, source: first, target: second } };
  }
  return {
    ...ends,
    protocol,
    ...(fragment && { fragment }),
    ...(odd && { odd: { kind: odd } }),
    ...((name === 'tcp' || name === 'udp' || name === 'sctp') && {
      ports: { source: first, target: second },
    }),
    ...(name === 'icmp' && { icmp: { type: first, code: second } }),
    ...(name === 'tcp' && { flags: flagsOf(flagWord ?? '') }),
  };
}

function flagsOf(letters: string): number {
  return [...letters].reduce((sum, letter) => sum | (FLAGS[letter] ?? 0), 0);
}
