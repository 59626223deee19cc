import { formatCidr, parseCidr } from '#controller/base/addresses';
import { BROADCAST_LIMIT_KEY, parseBroadcastLimit } from '#controller/model/broadcast-limit';
import type { PortRecord } from '#controller/store/records';
import { fault } from '../faults.ts';
import type { SpecialFilter } from '../resource/resource.ts';
import {
  Refusal,
  show,
  toFormat,
  toInteger,
  toIpText,
  toKnown,
  toList,
  toMac,
  toObject,
  toText,
  toUuid,
} from '../resource/values.ts';
import type { FixedIpRequest } from './fixed-ips.ts';

/** Neutron's bounds max_fixed_ips_per_port and max_allowed_address_pair; the others are ours. */
const MOST = { fixedIps: 5, pairs: 10, options: 64, groups: 64, profileSize: 4095 } as const;

/** An allowed address pair as sent: without a MAC it takes the port's. */
export interface PairRequest {
  readonly macAddress: string | undefined;
  readonly ipAddress: string;
}

/** An extra DHCP option as sent: null takes the option away. */
export interface DhcpOptionRequest {
  readonly name: string;
  readonly value: string | null;
  readonly ipVersion: 4 | 6;
}

export function toFixedIps(raw: unknown): readonly FixedIpRequest[] {
  const items = toFormat(raw, 'fixed IP', 1000);
  if (items.length > MOST.fixedIps)
    throw new Refusal('Exceeded maximum amount of fixed ips per port', 'conversion');
  const requests = items.map((item) => {
    if (typeof item !== 'object' || item === null || Array.isArray(item))
      throw new Refusal(`Invalid data format for fixed IP: '${show(item)}'`);
    if (!Object.hasOwn(item, 'subnet_id') && !Object.hasOwn(item, 'ip_address'))
      throw new Refusal('IP allocation requires subnet_id or ip_address', 'conversion');
    const { subnet_id: subnet, ip_address: ip } = toObject(item, ['subnet_id', 'ip_address']);
    return {
      subnetId: subnet === undefined ? undefined : toUuid(subnet),
      ipAddress: ip === undefined ? undefined : toIpText(ip),
    };
  });
  const addresses = requests.flatMap(({ ipAddress }) => ipAddress ?? []);
  const twice = addresses.find((address, at) => addresses.indexOf(address) !== at);
  if (twice !== undefined) throw new Refusal(`Duplicate IP address '${twice}'`);
  return requests;
}

/** Neutron words these refusals as faults of their own, so they are thrown rather than reported as issues. */
export function toPairs(raw: unknown): readonly PairRequest[] {
  if (raw === null) return [];
  if (!Array.isArray(raw)) throw new Refusal('Allowed address pairs must be a list.', 'sentence');
  const items = toList(raw, 1000);
  if (items.length > MOST.pairs) throw fault('AllowedAddressPairExhausted', MOST.pairs);
  const pairs = items.map((item) => {
    const { mac_address: mac, ip_address: ip } = toKnown(item, ['mac_address', 'ip_address']);
    if (ip === undefined) throw fault('AllowedAddressPairsMissingIP');
    return {
      macAddress: mac === undefined || mac === null ? undefined : asSentence(() => toMac(mac)),
      ipAddress: asSentence(() => toIpOrCidr(ip)),
    };
  });
  const names = pairs.map(({ macAddress, ipAddress }) => `${macAddress} ${ipAddress}`);
  const twice = pairs.find((_, at) => names.indexOf(names[at] ?? '') !== at);
  if (twice !== undefined)
    throw fault('DuplicateAddressPairInRequest', show(twice.macAddress), twice.ipAddress);
  return pairs;
}

export function toDhcpOptions(raw: unknown): readonly DhcpOptionRequest[] {
  if (raw === null) return [];
  if (!Array.isArray(raw)) throw new Refusal(`'${show(raw)}' is not a list`, 'conversion');
  return toList(raw, MOST.options).map((item) => {
    const option = toObject(item, ['opt_name', 'opt_value', 'ip_version']);
    const name = toText(option.opt_name, 64);
    const ipVersion = toInteger(option.ip_version ?? 4);
    const value = option.opt_value;
    if (name.trim() === '' || (ipVersion !== 4 && ipVersion !== 6) || value === undefined)
      throw new Refusal(`No valid key specs matched for: ${show(item)}`, 'conversion');
    return { name, value: value === null ? null : toText(value, 255), ipVersion };
  });
}

/**
 * The options of a port after an update: an option replaces the one of the same name and IP version; null takes it away. The bound is on what
 * the port then has, however many requests bring it. Throws the fault BadRequest.
 */
export function mergedOptions(
  old: PortRecord['extraDhcpOpts'],
  sent: readonly DhcpOptionRequest[],
): PortRecord['extraDhcpOpts'] {
  const merged = new Map(old.map((option) => [`${option.name} ${option.ipVersion}`, option]));
  for (const { name, value, ipVersion } of sent) {
    if (value === null) merged.delete(`${name} ${ipVersion}`);
    else merged.set(`${name} ${ipVersion}`, { name, value, ipVersion });
  }
  if (merged.size > MOST.options)
    throw fault('BadRequest', 'port', `It would have more than ${MOST.options} extra_dhcp_opts.`);
  return [...merged.values()];
}

/** A word that is not kept; null is none. */
export function toNumaPolicy(raw: unknown): unknown {
  return raw === null ? null : toText(raw, 32);
}

/** Any JSON object of moderate size; null empties it. */
export function toProfile(raw: unknown): PortRecord['bindingProfile'] {
  if (raw === null) return {};
  if (typeof raw !== 'object' || Array.isArray(raw)) throw new Refusal(`'${show(raw)}' is not a dictionary`);
  if (JSON.stringify(raw).length > MOST.profileSize)
    throw new Refusal(`'${show(raw)}' exceeds maximum length of ${MOST.profileSize}`);
  const profile: PortRecord['bindingProfile'] = Object.fromEntries(Object.entries(raw));
  const limit = profile[BROADCAST_LIMIT_KEY];
  if (limit !== undefined) checkLimit(String(limit));
  return profile;
}

function checkLimit(text: string): void {
  try {
    parseBroadcastLimit(text);
  } catch (error) {
    throw new Refusal(`${BROADCAST_LIMIT_KEY}: ${error instanceof Error ? error.message : text}`);
  }
}

/** Ids of security groups; null for none. */
export function toGroupIds(raw: unknown): readonly string[] {
  const ids = raw === null ? [] : toList(raw, MOST.groups).map(toUuid);
  const twice = ids.find((id, at) => ids.indexOf(id) !== at);
  if (twice !== undefined) throw new Refusal(`Duplicate items in the list: '${twice}'`);
  return ids;
}

/** `security_groups=`: ports in any of these groups. */
export const groupsFilter: SpecialFilter<PortRecord> =
  (ids) =>
  ({ securityGroupIds }) =>
    ids.some((id) => securityGroupIds.includes(id));

/** `fixed_ips=ip_address=…`, `subnet_id=…` or `ip_address_substr=…`: alternatives of one kind, all kinds together. */
export const fixedIpsFilter: SpecialFilter<PortRecord> = (texts) => {
  const wanted = new Map<string, string[]>();
  for (const text of texts) {
    const at = text.indexOf('=');
    const kind = text.slice(0, at);
    if (!Object.hasOwn(FIXED_IP_TESTS, kind))
      throw fault(
        'HTTPBadRequest',
        `Invalid input for fixed_ips. Reason: '${show(text)}' is not a known filter.`,
      );
    wanted.set(kind, [...(wanted.get(kind) ?? []), text.slice(at + 1)]);
  }
  return ({ fixedIps }) =>
    [...wanted].every(([kind, values]) =>
      fixedIps.some((own) => values.some((value) => FIXED_IP_TESTS[kind]?.(own, value))),
    );
};
const FIXED_IP_TESTS: Readonly<
  Record<string, (own: PortRecord['fixedIps'][number], value: string) => boolean>
> = {
  ip_address: (own, value) => own.ipAddress === value,
  subnet_id: (own, value) => own.subnetId === value,
  ip_address_substr: (own, value) => own.ipAddress.includes(value),
};

/** Neutron words what is wrong with a pair without naming the attribute. */
function asSentence<T>(convert: () => T): T {
  try {
    return convert();
  } catch (error) {
    throw error instanceof Refusal ? new Refusal(error.message, 'sentence') : error;
  }
}

/** Host bits of a prefix are masked. */
function toIpOrCidr(raw: unknown): string {
  if (typeof raw !== 'string' || !raw.includes('/')) return toIpText(raw);
  const cidr = parseCidr(raw);
  if (cidr === undefined) throw new Refusal(`'${show(raw)}' is not a valid IP subnet`);
  return formatCidr(cidr);
}
