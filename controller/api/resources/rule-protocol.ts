import { PROTOCOLS, protocolNumber } from '#controller/base/protocols';
import type { SecurityGroupRuleRecord } from '#controller/store/records';
import { fault } from '../faults.ts';
import { show } from '../resource/values.ts';

const ICMP = 1;
const ICMPV6 = 58;
const WITH_PORTS = ['dccp', 'sctp', 'tcp', 'udp', 'udplite'];
/** Protocols that are extension headers or companions of IPv6. */
const IPV6_ONLY = new Set([41, 44, 58, 59, 60, 43]);

/** A protocol's name in lower case or its number as sent, 0 to 255. */
export function toProtocol(raw: unknown): string | null {
  if (raw === null) return null;
  const text = typeof raw === 'number' ? String(raw) : raw;
  if (typeof text === 'string') {
    if (/^(0|[1-9]\d{0,2})$/.test(text) && Number(text) <= 255) return text;
    if (PROTOCOLS.has(text.toLowerCase())) return text.toLowerCase();
  }
  const known = ['None', ...[...PROTOCOLS.keys()].map((name) => `'${name}'`)].join(', ');
  throw fault('SecurityGroupRuleInvalidProtocol', show(raw), `[${known}]`);
}

/** ICMP in a rule for IPv6 is ICMPv6, however it is written. */
export function canonicalProtocol(
  protocol: string | null,
  ethertype: SecurityGroupRuleRecord['ethertype'],
): string | null {
  if (ethertype !== 'IPv6') return protocol;
  if (protocol === 'icmp' || protocol === 'icmpv6') return 'ipv6-icmp';
  return protocol === String(ICMP) ? String(ICMPV6) : protocol;
}

/** What protocols are compared by: their number, but that of `hopopt`, which shares it with `ip`, is its name. */
export function protocolKey(protocol: string | null): string {
  return protocol === null || protocol === 'hopopt' ? String(protocol) : String(protocolNumber(protocol));
}

/** Refuses protocols of IPv6 in a rule for IPv4. */
export function checkEthertype({ protocol, ethertype }: Readonly<RuleProtocol>): void {
  if (protocol !== null && ethertype === 'IPv4' && IPV6_ONLY.has(protocolNumber(protocol)))
    throw fault('SecurityGroupEthertypeConflictWithProtocol', ethertype, protocol);
}

/** Refuses ports, or types and codes of ICMP, that the protocol doesn't have. */
export function checkPorts({ protocol, portRangeMin: min, portRangeMax: max }: Readonly<RulePorts>): void {
  if (min === null && max === null) return;
  if (protocol === null) throw fault('SecurityGroupProtocolRequiredWithPorts');
  const number = protocolNumber(protocol);
  if (number === ICMP || number === ICMPV6) {
    for (const [field, attribute, value] of [
      ['type', 'port_range_min', min],
      ['code', 'port_range_max', max],
    ] as const)
      if (value !== null && value > 255)
        throw fault('SecurityGroupInvalidIcmpValue', field, attribute, value);
    if (min === null && max !== null) throw fault('SecurityGroupMissingIcmpType', max);
    return;
  }
  if (!WITH_PORTS.some((name) => PROTOCOLS.get(name) === number))
    throw fault('SecurityGroupInvalidProtocolForPort', number, WITH_PORTS.join(', ').toUpperCase());
  if (min === 0 || max === 0) throw fault('SecurityGroupInvalidPortValue', '0');
  if (min === null || max === null || min > max) throw fault('SecurityGroupInvalidPortRange');
}
type RuleProtocol = Pick<SecurityGroupRuleRecord, 'protocol' | 'ethertype'>;
type RulePorts = Pick<SecurityGroupRuleRecord, 'protocol' | 'portRangeMin' | 'portRangeMax'>;
