import { ETHERTYPE, PROTOCOL as IP } from '#pipeline';

/** Which packets may begin, or answer, a connection, as far as their headers tell. */

/** Ethernet types of the two families. */
export const ETH_TYPE = { 4: ETHERTYPE.ipv4, 6: ETHERTYPE.ipv6 } as const;
export const VERSIONS = [4, 6] as const;
export type Version = (typeof VERSIONS)[number];

/** Protocols with ports. */
export const PROTOCOL = { tcp: IP.tcp, udp: IP.udp, sctp: IP.sctp } as const;
/** ICMP of the two families: its protocol and the names of its fields. */
export const ICMP_PROTOCOL = { 4: IP.icmp, 6: IP.icmpv6 } as const;
export const ICMP_TYPE = { 4: 'icmp_type', 6: 'icmpv6_type' } as const;
export const ICMP_CODE = { 4: 'icmp_code', 6: 'icmpv6_code' } as const;

/** Flags of TCP (RFC 9293, 3.1). */
export const TCP_FLAG = { syn: 0x002, rst: 0x004, ack: 0x010 } as const;

/** Flags of TCP segments that may answer. The usual one comes first: for such segments the datapath looks at no other flag. */
export const ANSWERING = [TCP_FLAG.ack, TCP_FLAG.rst] as const;

/** Flags of a segment in the middle of a TCP session: neither SYN nor RST. */
export const UNDER_WAY = {
  flags: TCP_FLAG.ack,
  mask: TCP_FLAG.ack | TCP_FLAG.syn | TCP_FLAG.rst,
} as const;

/** Fragments: the first, which alone has ports or a type, and all others. */
export const FRAGMENT = { first: 1, later: 3 } as const;

/** The group bit of a MAC address: set in multicast and broadcast (IEEE 802, 8.2). */
export const GROUP_BIT = 0x010000000000n;

/** Types of messages that ask for an answer, and those of the answers (RFC 792; RFC 950, appendix I; RFC 4443, 4). */
export const ICMP_ANSWERS = {
  4: [
    { request: 8, answer: 0 },
    { request: 13, answer: 14 },
    { request: 15, answer: 16 },
    { request: 17, answer: 18 },
  ],
  6: [{ request: 128, answer: 129 }],
} as const satisfies Record<Version, readonly { request: number; answer: number }[]>;

/** Types of messages about packets that could not be delivered (RFC 792; RFC 4443, 3). */
export const ICMP_ERRORS = { 4: [3, 11, 12], 6: [1, 2, 3, 4] } as const satisfies Record<
  Version,
  readonly number[]
>;

/** The type of the message that goes the other way in the same exchange; nothing for types that stand alone. */
export function icmpCounterpart(version: Version, type: number): number | undefined {
  for (const { request, answer } of ICMP_ANSWERS[version]) {
    if (type === request) return answer;
    if (type === answer) return request;
  }
  return undefined;
}
