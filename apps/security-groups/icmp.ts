/** Types of messages that ask for an answer, and those of the answers (RFC 792; RFC 950, appendix I; RFC 4443, 4). */
export const ICMP_ANSWERS = {
  4: [
    { request: 8, answer: 0 },
    { request: 13, answer: 14 },
    { request: 15, answer: 16 },
    { request: 17, answer: 18 },
  ],
  6: [{ request: 128, answer: 129 }],
} as const satisfies Record<4 | 6, readonly { request: number; answer: number }[]>;

/** Types of messages about packets that could not be delivered (RFC 792; RFC 4443, 3). */
export const ICMP_ERRORS = { 4: [3, 11, 12], 6: [1, 2, 3, 4] } as const satisfies Record<
  4 | 6,
  readonly number[]
>;

/** Numbers of the two in IP headers (IANA). */
export const ICMP_PROTOCOL = { 4: 1, 6: 58 } as const;

/** The type of the message that goes the other way in the same exchange; nothing for types that stand alone. */
export function icmpCounterpart(version: 4 | 6, type: number): number | undefined {
  for (const { request, answer } of ICMP_ANSWERS[version]) {
    if (type === request) return answer;
    if (type === answer) return request;
  }
  return undefined;
}
