/** IP protocol numbers (IANA) by the names that Neutron knows, in the order in which it prints them. */
export const PROTOCOLS: ReadonlyMap<string, number> = new Map([
  ['ah', 51],
  ['dccp', 33],
  ['egp', 8],
  ['esp', 50],
  ['gre', 47],
  ['hopopt', 0],
  ['icmp', 1],
  ['igmp', 2],
  ['ip', 0],
  ['ipip', 4],
  ['ipv6-encap', 41],
  ['ipv6-frag', 44],
  ['ipv6-icmp', 58],
  ['icmpv6', 58],
  ['ipv6-nonxt', 59],
  ['ipv6-opts', 60],
  ['ipv6-route', 43],
  ['ospf', 89],
  ['pgm', 113],
  ['rsvp', 46],
  ['sctp', 132],
  ['tcp', 6],
  ['udp', 17],
  ['udplite', 136],
  ['vrrp', 112],
]);

/** The number of a protocol that has a name above, or that is written as its number. */
export function protocolNumber(protocol: string): number {
  return PROTOCOLS.get(protocol) ?? Number(protocol);
}

/** A protocol by the first of its names above, or else its number. */
export function protocolName(number: number): string {
  return NAMES.get(number) ?? `${number}`;
}

const NAMES: ReadonlyMap<number, string> = new Map(
  [...PROTOCOLS].reverse().map(([name, number]) => [number, name]),
);
