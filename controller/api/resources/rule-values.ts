import { formatCidr, formatIp, parseCidr, parseIp } from '#controller/base/addresses';
import type { SecurityGroupRuleRecord } from '#controller/store/records';
import { fault } from '../faults.ts';
import { show } from '../resource/values.ts';

const ETHERTYPES = ['IPv4', 'IPv6'] as const;

/** Either case. */
export function toEthertype(raw: unknown): SecurityGroupRuleRecord['ethertype'] {
  const word = typeof raw === 'string' ? raw.toLowerCase() : undefined;
  const found = ETHERTYPES.find((ethertype) => ethertype.toLowerCase() === word);
  if (found === undefined) throw fault('SecurityGroupRuleInvalidEtherType', show(raw));
  return found;
}

/** A port, or a type or code of ICMP; the protocol bounds it further. */
export function toPort(raw: unknown): number | null {
  if (raw === null) return null;
  const port = typeof raw === 'string' && /^\d{1,5}$/.test(raw) ? Number(raw) : raw;
  if (typeof port === 'number' && Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw fault('SecurityGroupInvalidPortValue', show(raw));
}

/** A prefix with its host bits kept, as Neutron keeps them; a bare address is one of full length. */
export function toRemotePrefix(raw: unknown): string | null {
  if (raw === null || raw === '') return null;
  const text = typeof raw === 'string' ? raw : '';
  const [address = ''] = text.split('/');
  const ip = parseIp(address);
  const length = ip?.version === 4 ? 32 : 128;
  const cidr = parseCidr(text.includes('/') ? text : `${text}/${length}`);
  if (ip === undefined || cidr === undefined) throw fault('InvalidCIDR', show(raw));
  return `${formatIp(ip.version, ip.bits)}/${cidr.prefix}`;
}

/** The prefix without its host bits. */
export function normalizedCidr(prefix: string | null): string | null {
  const cidr = prefix === null ? undefined : parseCidr(prefix);
  return cidr === undefined ? null : formatCidr(cidr);
}

/** A group is referred to by its id; anything else names none that exists, which is said when it is looked up. */
export function toGroupReference(raw: unknown): string | null {
  return raw === null ? null : show(raw);
}
