import { type FlowBuilder, type MatchName, move, put, regs } from '#pipeline';
import {
  ETH_TYPE,
  FRAGMENT,
  ICMP_CODE,
  type ICMP_ERRORS,
  ICMP_PROTOCOL,
  ICMP_TYPE,
  PROTOCOL,
  type Version,
} from '../connection-kinds.ts';
import type { Direction } from '../facts.ts';

/**
 * A connection in registers, as the port sees it: its own address and port, and the other side's. They are the same for both
 * directions, so that a flow learned from one packet is found by its answers. Loading them makes the datapath look at the whole
 * addresses and ports, so a decision that it caches is about this one connection only.
 */
export type Fields = 'eth_type' | 'ip_proto' | 'ip_frag' | 'tcp_flags' | 'icmp_type' | 'icmpv6_type';
type Flow<M extends MatchName> = FlowBuilder<M | Fields>;

/** Restricts a flow to a protocol with ports, and reads its connection. */
export function withPorts<M extends MatchName>(
  flow: Flow<M>,
  version: Version,
  name: keyof typeof PROTOCOL,
  direction: Direction,
): Flow<M> {
  const [source, target] = [`${name}_src`, `${name}_dst`] as const;
  const [local, remote] = direction === 'ingress' ? [target, source] : [source, target];
  return addresses(
    flow.when('eth_type', ETH_TYPE[version]).when('ip_proto', PROTOCOL[name]),
    version,
    direction,
  )
    .set(regs.protocol, PROTOCOL[name])
    .set(regs.lasting, name === 'tcp' ? 1 : 0)
    .apply(move(local, regs.localPort), move(remote, regs.remotePort));
}

/** Restricts a flow to an ICMP type, and reads the exchange that `request` begins. */
export function withType<M extends MatchName>(
  flow: Flow<M>,
  version: Version,
  { type, request }: { readonly type: number; readonly request: number },
  direction: Direction,
): Flow<M> {
  const protocol = ICMP_PROTOCOL[version];
  flow.when('eth_type', ETH_TYPE[version]).when('ip_proto', protocol).when(ICMP_TYPE[version], type);
  return addresses(flow, version, direction)
    .set(regs.protocol, protocol)
    .set(regs.lasting, 0)
    .set(regs.localPort, request)
    .set(regs.remotePort, 0)
    .apply(put(ICMP_CODE[version], regs.remotePort));
}

/** Restricts a flow to IP of any protocol, and reads what two addresses have in common by it. */
export function withoutPorts<M extends MatchName>(
  flow: Flow<M>,
  version: Version,
  direction: Direction,
): Flow<M> {
  return addresses(flow.when('eth_type', ETH_TYPE[version]), version, direction)
    .set(regs.lasting, 0)
    .set(regs.localPort, 0)
    .set(regs.remotePort, 0)
    .apply(put('ip_proto', regs.protocol));
}

/** Restricts a flow to what belongs to all connections of two addresses: fragments without ports. */
export function laterFragments<M extends MatchName>(
  flow: Flow<M>,
  version: Version,
  direction: Direction,
): Flow<M> {
  flow.when('eth_type', ETH_TYPE[version]).when('ip_frag', FRAGMENT.later);
  return addresses(flow, version, direction).set(regs.related, 1);
}

/** As laterFragments, for errors of this type. */
export function errors<M extends MatchName>(
  flow: Flow<M>,
  version: Version,
  type: (typeof ICMP_ERRORS)[Version][number],
  direction: Direction,
): Flow<M> {
  flow.when('eth_type', ETH_TYPE[version]).when('ip_proto', ICMP_PROTOCOL[version]);
  return addresses(flow.when(ICMP_TYPE[version], type), version, direction).set(regs.related, 1);
}

function addresses<M extends MatchName>(flow: Flow<M>, version: Version, direction: Direction): Flow<M> {
  const [local, remote] = direction === 'ingress' ? (['dst', 'src'] as const) : (['src', 'dst'] as const);
  const name = version === 4 ? 'ip' : 'ipv6';
  return flow
    .set(regs.isIpv6, version === 6 ? 1 : 0)
    .apply(put(`${name}_${local}`, regs.localAddress), put(`${name}_${remote}`, regs.remoteAddress));
}
