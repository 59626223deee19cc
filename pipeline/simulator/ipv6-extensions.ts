/** Extension headers that are skipped to find an IPv6 packet's protocol (RFC 8200, 4; RFC 4302 for 51). */
export const EXTENSION = {
  hopByHop: 0,
  routing: 43,
  fragment: 44,
  authentication: 51,
  destination: 60,
} as const;

const NUMBERS: ReadonlySet<number> = new Set(Object.values(EXTENSION));

export function isExtension(protocol: number): boolean {
  return NUMBERS.has(protocol);
}

/** Bytes of an extension header whose length field says `length`. */
export function extensionSize(protocol: number, length: number): number {
  if (protocol === EXTENSION.fragment) return 8;
  return protocol === EXTENSION.authentication ? (length + 2) * 4 : (length + 1) * 8;
}
