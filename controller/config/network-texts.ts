import { type IdRange, LARGEST_ID } from '#controller/api/settings';
import { QUOTA_RESOURCES, type QuotaResource, TUNNEL_TYPES } from '#controller/store/records';

/** Types of networks that can be handed out to who names none; flat networks are asked for by name. */
const TENANT_TYPES = [...TUNNEL_TYPES, 'vlan', 'local'] as const;
/** Bytes: IPv6's least MTU (RFC 8200, 5) below, the largest IP packet above. */
const MTUS: IdRange = [1280, 65_535];
/** More is surely a slip, and would have to be searched for each new network. */
const MOST_ITEMS = 1000;

/** The MTU of the underlay, in bytes. */
export function parseMtu(text: string): number {
  return wholeNumber(text, MTUS, 'an MTU in bytes');
}

/** `4` or `6`. */
export function parseIpVersion(text: string): 4 | 6 {
  if (text === '4') return 4;
  if (text === '6') return 6;
  throw new RangeError(`'${text}' is not 4 or 6`);
}

/** `vxlan,vlan`. */
export function parseTenantTypes(text: string): readonly (typeof TENANT_TYPES)[number][] {
  return listOf(text).map((name) => {
    const type = TENANT_TYPES.find((each) => each === name);
    if (type === undefined) throw new RangeError(`'${name}' is not one of ${TENANT_TYPES.join(', ')}`);
    return type;
  });
}

/** `1-1000,5000`: ranges of ids up to `largest`; an empty text hands out none. */
export function idsUpTo(largest: number): (text: string) => readonly IdRange[] {
  return (text) => disjoint(listOf(text).map((each) => parseRange(each, largest)));
}

/** `physnet1:100-199,physnet1:300,physnet2`: ranges of VLAN ids by physical network, which may have none. */
export function parseVlans(text: string): Readonly<Record<string, readonly IdRange[]>> {
  const vlans = new Map<string, IdRange[]>();
  for (const item of listOf(text)) {
    const [name = '', range, ...rest] = item.split(':');
    if (rest.length > 0) throw new RangeError(`'${item}' is not NAME or NAME:FIRST-LAST`);
    const ranges = vlans.get(checkedName(name)) ?? [];
    if (range !== undefined) ranges.push(parseRange(range, LARGEST_ID.vlan));
    vlans.set(name, ranges);
  }
  for (const ranges of vlans.values()) disjoint(ranges);
  return Object.fromEntries(vlans);
}

/** `physnet1,physnet2`, or `*` for any. */
export function parsePhysicalNetworks(text: string): readonly string[] {
  return listOf(text).map((name) => (name === '*' ? name : checkedName(name)));
}

/** Neutron's own limits. */
const DEFAULT_QUOTAS: Readonly<Record<QuotaResource, number>> = {
  network: 100,
  subnet: 100,
  port: 500,
  security_group: 10,
  security_group_rule: 100,
  trunk: -1,
};
/** The same in the form that `parseQuotas` reads. */
export const DEFAULT_QUOTAS_TEXT = Object.entries(DEFAULT_QUOTAS)
  .map((pair) => pair.join(':'))
  .join(',');

/** `network:100,trunk:-1`: how many of each a project may have; -1 is without limit. What is left out keeps its default. */
export function parseQuotas(text: string): Readonly<Record<QuotaResource, number>> {
  return { ...DEFAULT_QUOTAS, ...numbersByName(text, QUOTA_RESOURCES, [-1, 2 ** 31 - 1], 'a limit') };
}

/** `name:5,other:7`: a number for each of some names, which may be left out. */
export function numbersByName<N extends string>(
  text: string,
  names: readonly N[],
  range: IdRange,
  what: string,
): Readonly<Partial<Record<N, number>>> {
  const given: Partial<Record<N, number>> = {};
  for (const item of listOf(text)) {
    const [word = '', number = '', ...rest] = item.split(':');
    const name = names.find((each) => each === word);
    if (name === undefined) throw new RangeError(`'${word}' is not one of ${names.join(', ')}`);
    if (rest.length > 0) throw new RangeError(`'${item}' is not NAME:NUMBER`);
    if (given[name] !== undefined) throw new RangeError(`'${name}' is given twice`);
    given[name] = wholeNumber(number, range, `${what} of '${name}'`);
  }
  return given;
}

/** `true` or `false`. */
export function parseSwitch(text: string): boolean {
  if (text === 'true') return true;
  if (text === 'false') return false;
  throw new RangeError(`'${text}' is not true or false`);
}

function listOf(text: string): readonly string[] {
  if (text.trim() === '') return [];
  const items = text.split(',').map((each) => each.trim());
  if (items.length > MOST_ITEMS) throw new RangeError(`has more than ${MOST_ITEMS} items`);
  return items;
}

function parseRange(text: string, largest: number): IdRange {
  const [first = '', last = first, ...rest] = text.split('-');
  if (rest.length > 0) throw new RangeError(`'${text}' is not FIRST-LAST`);
  const range: IdRange = [
    wholeNumber(first, [1, largest], `an id of '${text}'`),
    wholeNumber(last, [1, largest], `an id of '${text}'`),
  ];
  if (range[0] > range[1]) throw new RangeError(`'${text}' ends before it begins`);
  return range;
}

function disjoint(ranges: readonly IdRange[]): readonly IdRange[] {
  const sorted = [...ranges].sort(([a], [b]) => a - b);
  for (const [at, [first]] of sorted.entries()) {
    const before = sorted[at - 1];
    if (before !== undefined && first <= before[1])
      throw new RangeError(`id ${first} is in two of the ranges`);
  }
  return ranges;
}

/** A whole number from `least` to `most`. Throws RangeError with `what` it is not. */
export function wholeNumber(text: string, [least, most]: IdRange, what: string): number {
  const number = /^-?\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new RangeError(`'${text}' is not ${what}, a whole number from ${least} to ${most}`);
}

/** As hypervisors may write them in their bridge mappings. */
function checkedName(name: string): string {
  if (/^[A-Za-z0-9_.-]{1,64}$/.test(name)) return name;
  throw new RangeError(`'${name}' is not a physical network's name: 1 to 64 of A-Z a-z 0-9 _ . -`);
}
