import { ETHERTYPE, type FlowBuilder, type MatchName, PROTOCOL } from '#pipeline';

const IPV4 = ['eth_type', ETHERTYPE.ipv4] as const;
const ARP = ['eth_type', ETHERTYPE.arp] as const;
const IPV6 = ['eth_type', ETHERTYPE.ipv6] as const;
const UDP = ['ip_proto', PROTOCOL.udp] as const;
const icmpv6 = <T extends number>(type: T) =>
  [IPV6, ['ip_proto', PROTOCOL.icmpv6], ['icmpv6_type', type]] as const;

/** Kinds of packets by the fields that tell them, in the order in which each needs the one before (OF 1.3.5, 7.2.3.6). */
export const PACKET = {
  arp: [ARP],
  arpRequest: [ARP, ['arp_op', 1]],
  ipv4: [IPV4],
  ipv6: [IPV6],
  /** UDP ports of DHCP (RFC 2131, 4.1). */
  toDhcpServer: [IPV4, UDP, ['udp_src', 68], ['udp_dst', 67]],
  toDhcpClient: [IPV4, UDP, ['udp_dst', 68]],
  /** UDP port of DHCPv6 clients (RFC 8415, 7.2). */
  toDhcpv6Client: [IPV6, UDP, ['udp_dst', 546]],
  /** Multicast listener reports (RFC 2710, 3.1; RFC 3810, 5.2). */
  listenerReport: icmpv6(131),
  listenerReport2: icmpv6(143),
  /** Router and neighbour discovery (RFC 4861, 4). */
  routerSolicit: icmpv6(133),
  routerAdvert: icmpv6(134),
  neighbourSolicit: icmpv6(135),
  neighbourAdvert: icmpv6(136),
  /**
   * IPv6 whose transport is out of sight: extension headers that are cut off read as hop-by-hop options, a transport of
   * which nothing is there as one of ports 0, or of a type that is reserved (RFC 4443, 2.1).
   */
  withoutTransport: [[IPV6, ['ip_proto', 0]], [IPV6, UDP, ['udp_src', 0], ['udp_dst', 0]], icmpv6(0)],
} as const;

type Conditions<M extends MatchName> = readonly (readonly [name: M, value: number])[];

/** Restricts a flow to packets of one kind. The table must declare the fields that tell them. */
export function matching<M extends MatchName>(
  flow: FlowBuilder<M>,
  kind: Conditions<NoInfer<M>>,
): FlowBuilder<M> {
  for (const [name, value] of kind) flow.when(name, value);
  return flow;
}
