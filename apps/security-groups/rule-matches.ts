import {
  ETH_TYPE,
  FRAGMENT,
  ICMP_CODE,
  ICMP_ERRORS,
  ICMP_PROTOCOL,
  ICMP_TYPE,
  icmpCounterpart,
  PROTOCOL,
} from '../connection-kinds.ts';
import type { AddressRange, Direction, PolicyRule } from '../facts.ts';
import type { PacketField } from '../firewall-tables.ts';
import { portMasks } from './port-masks.ts';

/** What a field has to be, in the bits of `mask` if there is one. */
export interface Condition {
  readonly field: PacketField;
  readonly value: number | bigint;
  readonly mask?: number | bigint;
}
/** Conditions that a packet has to meet together, each field after its prerequisites (OF 1.3.5, 7.2.3.6). */
export type Conditions = readonly Condition[];

/** Protocols whose ports Open vSwitch sees. */
const PROTOCOLS = ['tcp', 'udp', 'sctp'] as const;
const ADDRESS = { 4: 'ip', 6: 'ipv6' } as const;
const WIDTH = { 4: 32, 6: 128 } as const;

/**
 * Matches that together admit what a rule admits, except for its remote group. Packets go in `direction`; if that is not the
 * rule's own direction, these are the packets that answer what it admits. Later fragments carry neither ports nor a type, so a
 * rule for some of them admits all (RFC 1858, 3).
 */
export function ruleMatches(rule: PolicyRule, direction: Direction): readonly Conditions[] {
  const { version, protocol, ports, icmp, remote } = rule;
  const family: Condition = { field: 'eth_type', value: ETH_TYPE[version] };
  const ofProtocol: Conditions = protocol === undefined ? [] : [{ field: 'ip_proto', value: protocol }];
  const from = remote && 'prefix' in remote ? addressIn(remote.prefix, direction) : [];
  const isOfAnswer = rule.direction !== direction;
  const parts = ports ? portsOf(protocol, ports, isOfAnswer) : icmp ? typeOf(rule, icmp, isOfAnswer) : [[]];
  const whole = parts.map((part) => [family, ...ofProtocol, ...part, ...from]);
  // Of later fragments of IPv6 Open vSwitch shows not even the protocol.
  const shown = version === 4 ? ofProtocol : [];
  const isHidden = parts.some((part) => part.length > 0 || shown.length < ofProtocol.length);
  return isHidden
    ? [...whole, [family, ...shown, { field: 'ip_frag', value: FRAGMENT.later }, ...from]]
    : whole;
}

/** Matches for ICMP errors sent to where a rule admits packets from. What packet an error is about cannot be matched. */
export function errorMatches({ version, remote }: PolicyRule, direction: Direction): readonly Conditions[] {
  const to = remote && 'prefix' in remote ? addressIn(remote.prefix, direction) : [];
  return ICMP_ERRORS[version].map((type) => [
    { field: 'eth_type', value: ETH_TYPE[version] },
    { field: 'ip_proto', value: ICMP_PROTOCOL[version] },
    { field: ICMP_TYPE[version], value: type },
    ...to,
  ]);
}

/** Conditions on the other side's address, of packets in `direction`. */
export function addressIn(range: AddressRange, direction: Direction): Conditions {
  const { version, bits, prefix } = range;
  const side = direction === 'ingress' ? 'src' : 'dst';
  const field = `${ADDRESS[version]}_${side}` as const;
  const width = WIDTH[version];
  const mask = ((1n << BigInt(prefix)) - 1n) << BigInt(width - prefix);
  const sized = (value: bigint) => (version === 4 ? Number(value) : value);
  if (prefix === 0) return [];
  if (prefix === width) return [{ field, value: sized(bits) }];
  return [{ field, value: sized(bits & mask), mask: sized(mask) }];
}

/** The Ethernet type of a member's packets. */
export function familyOf({ version }: AddressRange): Condition {
  return { field: 'eth_type', value: ETH_TYPE[version] };
}

function portsOf(
  protocol: number | undefined,
  { first, last }: NonNullable<PolicyRule['ports']>,
  isOfAnswer: boolean,
): readonly Conditions[] {
  const name = PROTOCOLS.find((each) => PROTOCOL[each] === protocol);
  if (!name) return [];
  const field = `${name}_${isOfAnswer ? 'src' : 'dst'}` as const;
  return portMasks(first, last).map(({ value, mask }) =>
    mask === 0 ? [] : [mask === 0xffff ? { field, value } : { field, value, mask }],
  );
}

function typeOf(
  { version, protocol }: PolicyRule,
  icmp: NonNullable<PolicyRule['icmp']>,
  isOfAnswer: boolean,
): readonly Conditions[] {
  const type = isOfAnswer ? icmpCounterpart(version, icmp.type) : icmp.type;
  if (protocol !== ICMP_PROTOCOL[version] || type === undefined) return [];
  const ofType: Condition = { field: ICMP_TYPE[version], value: type };
  return [icmp.code === undefined ? [ofType] : [ofType, { field: ICMP_CODE[version], value: icmp.code }]];
}
