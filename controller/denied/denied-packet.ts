import { ETHERTYPE, type FieldName, type PacketIn, PROTOCOL, packetFields } from 'openflow-codec';
import type { Direction, Facts } from '#apps';
import { formatIp } from '#controller/base/addresses';
import { protocolName } from '#controller/base/protocols';
import { type Pipeline, type Register, regs } from '#pipeline';

/** Why a packet was denied: the reasons of apps/security-groups. */
export type DenialReason = 'denied' | 'no-policy' | 'revoked';

/** A packet that security groups have denied, as the switch tells of it. */
export interface Denial {
  readonly direction: Direction;
  readonly reason: DenialReason;
  /** Keys of the port, of its set of groups (0: none) and of the network. */
  readonly port: number;
  readonly policy: number;
  readonly network: number;
  readonly packet: DeniedPacket;
}

/** Its headers, in the words of Neutron where it has some. */
export interface DeniedPacket {
  /** Bytes on the wire, without the checksum of the frame. */
  readonly size: number;
  readonly ethertype: 'IPv4' | 'IPv6' | null;
  /** Name or number. */
  readonly protocol: string | null;
  readonly source_mac: string;
  readonly destination_mac: string;
  readonly source: string | null;
  readonly destination: string | null;
  readonly source_port: number | null;
  readonly destination_port: number | null;
  readonly icmp_type: number | null;
  readonly icmp_code: number | null;
  /** Of TCP, as ovs-fields(7) names them. */
  readonly tcp_flags: string | null;
  /** True for all fragments but the first, which show no ports. */
  readonly is_later_fragment: boolean;
}

/** Bits of the TCP header from the lowest (RFC 9293, 3.1). */
const TCP_FLAGS = ['fin', 'syn', 'rst', 'psh', 'ack', 'urg', 'ece', 'cwr', 'ns'];
/** Bits of ip_frag: a fragment, and not its first (ovs-fields(7)). */
const LATER = 0b10;
const WITH_PORTS = new Map<number, 'tcp' | 'udp' | 'sctp'>([
  [PROTOCOL.tcp, 'tcp'],
  [PROTOCOL.udp, 'udp'],
  [PROTOCOL.sctp, 'sctp'],
]);

/** Reads what a switch shows; nothing when it is no packet that flows of apps/deny-log show. */
export function denialOf(message: PacketIn, pipeline: Pipeline<Facts>): Denial | undefined {
  const stage = pipeline.layout.tables.find(({ id }) => id === message.tableId)?.table.stage;
  if (stage !== 'egressFirewall' && stage !== 'ingressFirewall') return undefined;
  const of = (register: Register) => registerIn(message, register);
  const [port, policy] = [of(regs.guest), of(regs.policy)];
  return {
    direction: stage === 'egressFirewall' ? 'egress' : 'ingress',
    reason: of(regs.known) === 1 ? 'revoked' : policy === 0 ? 'no-policy' : 'denied',
    ...{ port, policy, network: of(regs.network) },
    packet: packetOf(message.data, message.totalLength),
  };
}

/** The bits of a register that the packet had: 0 where nothing is said of it. */
function registerIn({ match }: PacketIn, { field, offset, bits }: Register): number {
  const found = match.find((each) => each.field === field);
  const value = found === undefined || found.field === 'raw' ? 0n : BigInt(found.value);
  return Number((value >> BigInt(offset)) & ((1n << BigInt(bits)) - 1n));
}

function packetOf(frame: Uint8Array, size: number): DeniedPacket {
  const fields = packetFields(frame);
  const bigOf = (field: FieldName) => BigInt(fields.get(field)?.value ?? 0);
  const numberOf = (field: FieldName) => (fields.has(field) ? Number(bigOf(field)) : null);
  const version = { [ETHERTYPE.ipv4]: 4, [ETHERTYPE.ipv6]: 6 }[numberOf('eth_type') ?? 0] as
    | 4
    | 6
    | undefined;
  const prefix = version === 6 ? 'ipv6' : 'ip';
  const protocol = version === undefined ? null : numberOf('ip_proto');
  const transport = WITH_PORTS.get(protocol ?? 0);
  const flags = numberOf('tcp_flags');
  return {
    size,
    ethertype: version === undefined ? null : `IPv${version}`,
    protocol: protocol === null ? null : protocolName(protocol),
    source_mac: macText(bigOf('eth_src')),
    destination_mac: macText(bigOf('eth_dst')),
    source: version === undefined ? null : formatIp(version, bigOf(`${prefix}_src`)),
    destination: version === undefined ? null : formatIp(version, bigOf(`${prefix}_dst`)),
    source_port: transport === undefined ? null : numberOf(`${transport}_src`),
    destination_port: transport === undefined ? null : numberOf(`${transport}_dst`),
    icmp_type: numberOf('icmp_type') ?? numberOf('icmpv6_type'),
    icmp_code: numberOf('icmp_code') ?? numberOf('icmpv6_code'),
    tcp_flags: flags === null ? null : TCP_FLAGS.filter((_, bit) => flags & (1 << bit)).join('|'),
    is_later_fragment: ((numberOf('ip_frag') ?? 0) & LATER) !== 0,
  };
}

function macText(mac: bigint): string {
  return mac
    .toString(16)
    .padStart(12, '0')
    .replace(/..(?=.)/g, '$&:');
}
