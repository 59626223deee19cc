import { ETHERTYPE, type VlanTag } from '#lab';
import {
  authentication,
  datagram,
  type Ends,
  fragment,
  NEXT,
  oddIpv4,
  oddIpv6,
  padding,
  routing,
  segment,
} from './packets.ts';

/** Who is attacked, from where, and what he listens to although no rule admits it. */
export const OPEN_PORT = 53;
export const CLOSED_PORT = 7000;
const CLOSED_TCP = 22;

/** One frame of an attack, from below its Ethernet addresses. */
export interface Piece {
  readonly type: number;
  readonly bytes: readonly number[];
  readonly vlans?: readonly VlanTag[];
  /** Default: the victim's. */
  readonly toMac?: string;
  /** Whether it passes by itself; default: it does not. What matters then is what the kernel makes of all. */
  readonly passes?: true;
}

/** What is tried, and its frames in their order. */
export type Attack = readonly [what: string, pieces: (mark: string) => readonly Piece[]];

/** From an attacker whom nothing but the victim's firewall holds, to a victim whose rules admit UDP to OPEN_PORT. */
export function attacks(v4: Ends, v6: Ends): readonly Attack[] {
  return [...ofIpv4(v4), ...inFrames(v4), ...ofTransports(v4, v6), ...ofIpv6(v6), ...inFragments(v4, v6)];
}

const ip4 = (bytes: readonly number[], rest: Omit<Piece, 'type' | 'bytes'> = {}): Piece => ({
  ...{ type: ETHERTYPE.ipv4, bytes },
  ...rest,
});
const ip6 = (bytes: readonly number[], rest: Omit<Piece, 'type' | 'bytes'> = {}): Piece => ({
  ...{ type: ETHERTYPE.ipv6, bytes },
  ...rest,
});
const CLOSED = [999, CLOSED_PORT] as const;
const OPEN = [999, OPEN_PORT] as const;

function ofIpv4(ends: Ends): readonly Attack[] {
  const udp = (mark: string) => datagram(CLOSED, mark);
  const one =
    (header: Partial<Parameters<typeof oddIpv4>[0]>, payload = udp) =>
    (mark: string) => [ip4(oddIpv4({ ...ends, protocol: NEXT.udp, ...header }, payload(mark)))];
  return [
    ['a plain datagram', one({})],
    ['a loose source route', one({ options: [131, 7, 4, ...ends.dst, 0] })],
    ['a strict source route', one({ options: [137, 7, 4, ...ends.dst, 0] })],
    ['as many options as fit', one({ options: Array<number>(40).fill(1) })],
    ['to everybody’s address', one({ dst: [255, 255, 255, 255] })],
    ['to a group', one({ dst: [224, 0, 0, 251] })],
    ['IP in IP', one({ protocol: NEXT.ipip }, (mark) => oddIpv4({ ...ends, protocol: NEXT.udp }, udp(mark)))],
    [
      'GRE',
      one({ protocol: NEXT.gre }, (mark) => [0, 0, 8, 0, ...oddIpv4({ ...ends, protocol: 17 }, udp(mark))]),
    ],
    ['protocol 0', one({ protocol: 0 })],
    ['protocol 255', one({ protocol: 255 })],
    [
      'UDP-Lite to the port that is open for UDP',
      one({ protocol: NEXT.udpLite }, (mark) => datagram(OPEN, mark)),
    ],
    ['a length beyond the end', one({ totalLength: 1000 })],
    ['a length that ends before the ports', one({ totalLength: 22 })],
    ['a version that is none', one({ version: 5 })],
    ['from the victim itself', one({ src: ends.dst })],
    ['from loopback', one({ src: [127, 0, 0, 1] })],
  ];
}

function inFrames(ends: Ends): readonly Attack[] {
  const packet = (mark: string) => oddIpv4({ ...ends, protocol: NEXT.udp }, datagram(CLOSED, mark));
  const one =
    (rest: Omit<Piece, 'type' | 'bytes'>) =>
    (mark: string): readonly Piece[] => [ip4(packet(mark), rest)];
  return [
    ['to everybody’s MAC address', one({ toMac: 'ff:ff:ff:ff:ff:ff' })],
    ['to a group’s MAC address', one({ toMac: '01:00:5e:00:00:fb' })],
    ['to the MAC address of all nodes', one({ toMac: '33:33:00:00:00:01' })],
    ['a priority tag', one({ vlans: [{ vid: 0, pcp: 7 }] })],
    ['a priority tag of 802.1ad', one({ vlans: [{ vid: 0, protocol: ETHERTYPE.qinq }] })],
    ['two priority tags', one({ vlans: [{ vid: 0 }, { vid: 0 }] })],
    ['a tag of no subport', one({ vlans: [{ vid: 7 }] })],
    ['two tags', one({ vlans: [{ vid: 7, protocol: ETHERTYPE.qinq }, { vid: 8 }] })],
    [
      'IEEE 802.2 and SNAP in place of an Ethertype',
      (mark) => {
        const snap = [0xaa, 0xaa, 3, 0, 0, 0, 8, 0, ...packet(mark)];
        return [{ type: snap.length, bytes: snap }];
      },
    ],
    ['the Ethertype of IPv6', (mark) => [ip6(packet(mark))]],
  ];
}

function ofTransports(v4: Ends, v6: Ends): readonly Attack[] {
  const tcp = (flags: number) => (mark: string) => [
    ip4(oddIpv4({ ...v4, protocol: NEXT.tcp }, segment([999, CLOSED_TCP], flags, mark))),
    ip6(oddIpv6(v6, NEXT.tcp, segment([999, CLOSED_TCP], flags, mark))),
  ];
  // FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32, ECE 64, CWR 128, AE 256 (RFC 9293, 3.1; RFC 9768).
  const flags = {
    ...{
      'a SYN with data': 2,
      'SYN, ECE and CWR': 0xc2,
      'SYN and AE': 0x102,
      'SYN and a reserved flag': 0x802,
    },
    ...{ 'SYN and ACK': 0x12, 'SYN and FIN': 3, 'SYN and RST': 6, 'all flags': 0xfff, 'no flags': 0 },
    ...{
      FIN: 1,
      'FIN and ACK': 0x11,
      RST: 4,
      'RST and ACK': 0x14,
      ACK: 0x10,
      'PSH and ACK': 0x18,
      URG: 0x20,
    },
  };
  const sctp = (chunk: number) => (mark: string) => [
    ip4(
      oddIpv4({ ...v4, protocol: NEXT.sctp }, [
        ...[3, 231, 0, 53, 0, 0, 0, 1, 0, 0, 0, 0, chunk, 0, 0, 4 + mark.length],
        ...Buffer.from(mark),
      ]),
    ),
  ];
  return [
    ...Object.entries(flags).map(([what, bits]): Attack => [what, tcp(bits)]),
    ...[1, 2, 3, 6, 7, 10, 14, 255].map((chunk): Attack => [`SCTP, chunk ${chunk}`, sctp(chunk)]),
    ['UDP to port 0', (mark) => [ip4(oddIpv4({ ...v4, protocol: NEXT.udp }, datagram([999, 0], mark)))]],
    [
      'UDP from port 0',
      (mark) => [ip4(oddIpv4({ ...v4, protocol: NEXT.udp }, datagram([0, CLOSED_PORT], mark)))],
    ],
    [
      'UDP that looks like an answer',
      (mark) => [ip4(oddIpv4({ ...v4, protocol: NEXT.udp }, datagram([OPEN_PORT, CLOSED_PORT], mark)))],
    ],
    [
      'UDP that says it is shorter',
      (mark) => [ip4(oddIpv4({ ...v4, protocol: NEXT.udp }, datagram(CLOSED, mark, { length: 8 })))],
    ],
    ['a redirect', (mark) => [ip4(icmp(v4, 5, 1, mark))]],
    ['a router advertisement of IPv4', (mark) => [ip4(icmp(v4, 9, 0, mark))]],
    ['a ping', (mark) => [ip4(icmp(v4, 8, 0, mark))]],
    ['an answer to no ping', (mark) => [ip4(icmp(v4, 0, 0, mark))]],
    [
      'a ping of which four bytes are there',
      (mark) => [ip4(oddIpv4({ ...v4, protocol: 1, totalLength: 24 }, [8, 0, 0, 0, ...Buffer.from(mark)]))],
    ],
    [
      'a redirect of IPv6',
      (mark) => [ip6(oddIpv6(v6, 58, [137, 0, 0, 0, 0, 0, 0, 0, ...Buffer.from(mark)]))],
    ],
    [
      'a question for a name (RFC 4620)',
      (mark) => [ip6(oddIpv6(v6, 58, [139, 0, 0, 0, ...Buffer.from(mark)]))],
    ],
  ];
}

function icmp(ends: Ends, type: number, code: number, text: string): number[] {
  return oddIpv4({ ...ends, protocol: 1 }, [type, code, 0, 0, 0, 0, 0, 0, ...Buffer.from(text)]);
}

function ofIpv6(ends: Ends): readonly Attack[] {
  const udp = (mark: string) => datagram(CLOSED, mark, { over: ends });
  const behind =
    (...headers: readonly (readonly [number, (next: number) => readonly number[]])[]) =>
    (mark: string) => {
      const kinds = [...headers.map(([kind]) => kind), NEXT.udp];
      const all = headers.flatMap(([, header], at) => header(kinds[at + 1] ?? NEXT.none));
      return [ip6(oddIpv6(ends, kinds[0] ?? NEXT.none, [...all, ...udp(mark)]))];
    };
  const hop = [NEXT.hopByHop, padding] as const;
  const options = [NEXT.options, padding] as const;
  const whole = [NEXT.fragment, (next: number) => fragment(next, 0, false, 7)] as const;
  return [
    ['a plain datagram of IPv6', behind()],
    ['hop-by-hop options', behind(hop)],
    ['options for the destination', behind(options)],
    ['thirty headers of options', behind(...Array.from({ length: 30 }, () => options))],
    ['options of 2,048 bytes less', behind([NEXT.options, (next) => padding(next, 31)])],
    ['a routing header', behind([NEXT.routing, (next) => routing(next, ends.dst)])],
    ['an authentication header', behind([NEXT.ah, authentication])],
    ['a fragment that is whole', behind(whole)],
    ['a whole fragment in a whole fragment', behind(whole, whole)],
    ['all of them', behind(hop, options, [NEXT.routing, (next) => routing(next, ends.dst)], whole, options)],
    ['hop-by-hop options that are not the first', behind(options, hop)],
    ['a next header of nobody’s', behind([139, padding])],
    ['behind the end', behind([NEXT.none, padding])],
    ['a length of 0', (mark) => [ip6(oddIpv6(ends, NEXT.udp, udp(mark), { length: 0 }))]],
    [
      'a length that ends before the ports',
      (mark) => [ip6(oddIpv6(ends, NEXT.udp, udp(mark), { length: 2 }))],
    ],
    ['a length beyond the end', (mark) => [ip6(oddIpv6(ends, NEXT.udp, udp(mark), { length: 900 }))]],
    ['the version of IPv4', (mark) => [ip6(oddIpv6(ends, NEXT.udp, udp(mark), { version: 4 }))]],
    ['the Ethertype of IPv4', (mark) => [ip4(oddIpv6(ends, NEXT.udp, udp(mark)))]],
    ['IPv6 in IPv6', (mark) => [ip6(oddIpv6(ends, NEXT.ipv6, oddIpv6(ends, NEXT.udp, udp(mark))))]],
    [
      'to all nodes',
      (mark) => [
        ip6(oddIpv6({ ...ends, dst: [0xff, 2, ...Array<number>(13).fill(0), 1] }, NEXT.udp, udp(mark))),
      ],
    ],
  ];
}

/** Fragments of one attack are nobody else's. */
function idOf(mark: string): number {
  return 1000 + Number(/\d+/.exec(mark)?.[0]);
}

/** The kernel is to put together what was let through piece by piece: to the port that is closed. */
function inFragments(v4: Ends, v6: Ends): readonly Attack[] {
  const closed4 = (mark: string) => datagram(CLOSED, `${mark}${'x'.repeat(64)}`);
  const closed6 = (mark: string) => datagram(CLOSED, `${mark}${'x'.repeat(64)}`, { over: v6 });
  const part4 = (mark: string, at: number, more: boolean, payload: readonly number[], passes?: true) =>
    ip4(
      oddIpv4({ ...v4, protocol: NEXT.udp, fragment: { at, more }, id: idOf(mark) }, payload),
      passes && { passes },
    );
  const part6 = (at: number, more: boolean, id: number, payload: readonly number[], passes?: true) =>
    ip6(oddIpv6(v6, NEXT.fragment, [...fragment(NEXT.udp, at, more, id), ...payload]), passes && { passes });
  const cut = (bytes: readonly number[], size: number) => [bytes.slice(0, size), bytes.slice(size)] as const;
  return [
    [
      'two fragments',
      (mark) => {
        const [first, rest] = cut(closed4(mark), 32);
        return [part4(mark, 0, true, first), part4(mark, 4, false, rest, true)];
      },
    ],
    [
      'two fragments, the later one first',
      (mark) => {
        const [first, rest] = cut(closed4(mark), 8);
        return [part4(mark, 1, false, rest, true), part4(mark, 0, true, first)];
      },
    ],
    [
      'a first fragment that is admitted, and another one over it',
      (mark) => {
        const [admitted] = cut(datagram(OPEN, `${mark}${'x'.repeat(64)}`), 32);
        const [first, rest] = cut(closed4(mark), 32);
        return [
          part4(mark, 0, true, admitted, true),
          part4(mark, 0, true, first),
          part4(mark, 4, false, rest, true),
        ];
      },
    ],
    [
      'a first fragment of nothing',
      (mark) => [
        part4(mark, 0, true, []),
        part4(mark, 0, true, closed4(mark).slice(0, 8)),
        part4(mark, 1, false, closed4(mark).slice(8), true),
      ],
    ],
    [
      'two fragments of IPv6',
      (mark) => {
        const [first, rest] = cut(closed6(mark), 32);
        return [part6(0, true, 1, first), part6(4, false, 1, rest, true)];
      },
    ],
    [
      'a first fragment of IPv6 that is admitted, and another one over it',
      (mark) => {
        const [admitted] = cut(datagram(OPEN, `${mark}${'x'.repeat(64)}`, { over: v6 }), 32);
        const [first, rest] = cut(closed6(mark), 32);
        return [part6(0, true, 2, admitted, true), part6(0, true, 2, first), part6(4, false, 2, rest, true)];
      },
    ],
    [
      'fragments in fragments, so that no first one shows ports',
      (mark) => {
        const [first, rest] = cut(closed6(mark), 16);
        // The first of two, cut behind its own fragment header.
        const inner = [...fragment(NEXT.udp, 0, true, 3), ...first];
        const outer = (at: number, more: boolean, payload: readonly number[], passes?: true) =>
          ip6(
            oddIpv6(v6, NEXT.fragment, [...fragment(NEXT.fragment, at, more, 4), ...payload]),
            passes && { passes },
          );
        return [
          outer(0, true, inner.slice(0, 8)),
          outer(1, false, inner.slice(8), true),
          part6(2, false, 3, rest, true),
        ];
      },
    ],
    [
      'a first fragment that ends within its options',
      (mark) => {
        const [first, rest] = cut([...padding(NEXT.udp, 2), ...closed6(mark)], 8);
        const outer = (at: number, more: boolean, payload: readonly number[], passes?: true) =>
          ip6(
            oddIpv6(v6, NEXT.fragment, [...fragment(NEXT.options, at, more, 5), ...payload]),
            passes && { passes },
          );
        return [outer(0, true, first), outer(1, false, rest, true)];
      },
    ],
    [
      'a first fragment that ends before its transport',
      (mark) => {
        const [first, rest] = cut([...padding(NEXT.udp), ...closed6(mark)], 8);
        const outer = (at: number, more: boolean, payload: readonly number[], passes?: true) =>
          ip6(
            oddIpv6(v6, NEXT.fragment, [...fragment(NEXT.options, at, more, 6), ...payload]),
            passes && { passes },
          );
        return [outer(0, true, first), outer(1, false, rest, true)];
      },
    ],
  ];
}
