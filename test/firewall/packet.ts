/** What security groups can see of an IP packet, as Open vSwitch reads it. */
export interface IpPacket {
  readonly version: 4 | 6;
  readonly source: bigint;
  readonly target: bigint;
  /** Of an IPv6 packet's later fragment 44: what it is a fragment of is out of sight there. */
  readonly protocol: number;
  /** Of TCP, UDP and SCTP, unless it is a later fragment. */
  readonly ports?: { readonly source: number; readonly target: number };
  /** Of ICMP and ICMPv6, unless it is a later fragment. */
  readonly icmp?: { readonly type: number; readonly code: number };
  /** Of TCP, unless it is a later fragment (RFC 9293, 3.1). */
  readonly flags?: number;
  /** Absent when it is whole. A first fragment has all of the transport's header here. */
  readonly fragment?: 'first' | 'later';
  readonly odd?: Odd;
}

/**
 * What nobody honest sends, or hardly anybody. `options`: options of IPv4, or a hop-by-hop header of IPv6; `atomic`: a
 * fragment header of IPv6 on what is whole (RFC 6946). Both change nothing. `tiny`: a first fragment with eight bytes of
 * TCP (RFC 1858, 3): its ports and flags are in the frame, but read as 0.
 */
export type Odd =
  | { readonly kind: 'options' | 'atomic' }
  | { readonly kind: 'tiny'; readonly source: number; readonly target: number };

/** Flags of TCP. */
export const TCP = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32 } as const;

/** The packet that this one would be the answer to; ICMP types that have no counterpart stay. */
export function reversed(packet: IpPacket): IpPacket {
  const { source, target, ports, icmp } = packet;
  return {
    ...packet,
    source: target,
    target: source,
    ...(ports && { ports: { source: ports.target, target: ports.source } }),
    ...(icmp && { icmp: { ...icmp, type: counterpart(packet.version, icmp.type) ?? icmp.type } }),
  };
}

/** Requests of ICMP and what answers them (RFC 792; RFC 950; RFC 4443, 4; RFC 4620). */
const EXCHANGES = {
  4: [
    [8, 0],
    [13, 14],
    [15, 16],
    [17, 18],
  ],
  6: [[128, 129]],
} as const;

/** The ICMP type that goes the other way in the same exchange. */
export function counterpart(version: 4 | 6, type: number): number | undefined {
  for (const [request, reply] of EXCHANGES[version]) {
    if (type === request) return reply;
    if (type === reply) return request;
  }
  return undefined;
}

/** Whether an ICMP type asks for an answer. */
export function isRequest(version: 4 | 6, type: number): boolean {
  return EXCHANGES[version].some(([request]) => request === type);
}

/** Whether it tells of what became of another packet (RFC 1122, 3.2.2; RFC 4443, 3). */
export function isError(version: 4 | 6, type: number): boolean {
  return version === 4 ? [3, 11, 12].includes(type) : type >= 1 && type <= 4;
}

/** Whether an address stands for many. */
export function isGroup(version: 4 | 6, address: bigint): boolean {
  return version === 4 ? address >> 28n === 0xen || address === 0xffffffffn : address >> 120n === 0xffn;
}
