import { fromShortPort } from '../action/port.ts';
import { FIELDS, type FieldName, type FieldValue } from '../fields.ts';
import { wireSize } from '../match/value.ts';
import { CT_STATE_NAMES, flagsText, TCP_FLAG_NAMES, TUN_FLAG_NAMES } from './flags.ts';
import { portText, type TextNames } from './names.ts';

/** `0x…` in lower case. */
export function hexText(value: FieldValue): string {
  return `0x${value.toString(16)}`;
}

/** `02:00:00:00:00:01`. */
export function macText(value: bigint): string {
  return pairs(value, 12).join(':');
}

/** `10.0.0.1`. */
export function ipv4Text(value: number): string {
  return [value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff].join('.');
}

/** An IPv6 address as inet_ntop writes it: the longest run of two or more zero groups becomes `::`. */
export function ipv6Text(value: bigint): string {
  const groups = Array.from({ length: 8 }, (_, index) =>
    Number((value >> BigInt(112 - 16 * index)) & 0xffffn),
  );
  let best = { start: -1, size: 1 };
  for (let start = 0; start < 8; start++) {
    let size = 0;
    while (start + size < 8 && groups[start + size] === 0) size++;
    if (size > best.size) best = { start, size };
  }
  const hex = groups.map((group) => group.toString(16));
  const isEmbedded = best.start === 0 && (best.size === 6 || (best.size === 5 && groups[5] === 0xffff));
  if (isEmbedded) return `::${best.size === 5 ? 'ffff:' : ''}${ipv4Text(Number(value & 0xffffffffn))}`;
  if (best.start < 0) return hex.join(':');
  return `${hex.slice(0, best.start).join(':')}::${hex.slice(best.start + best.size).join(':')}`;
}

/** A field's value, with its mask if there is one, as ovs-ofctl writes it in actions. */
export function valueText(
  field: FieldName,
  value: FieldValue,
  mask: FieldValue | undefined,
  names: TextNames,
): string {
  const { as } = FIELDS[field];
  if (as === 'ipFrag') return fragText(Number(value), mask === undefined ? 3 : Number(mask));
  if (as === 'tcpFlags') return flagsText(Number(value), asNumber(mask), TCP_FLAG_NAMES, 0xfff);
  if (as === 'ctState') return flagsText(Number(value), asNumber(mask), CT_STATE_NAMES, 0xff);
  if (as === 'tunFlags') return flagsText(Number(value), asNumber(mask), TUN_FLAG_NAMES, 0xffff);
  const plain = plainText(field, value, names);
  return mask === undefined ? plain : `${plain}/${maskText(field, mask)}`;
}

/** A mask as text: a prefix length where the field is an address and the mask is one. */
export function maskText(field: FieldName, mask: FieldValue): string {
  const { as } = FIELDS[field];
  if (as === 'mac') return macText(BigInt(mask));
  if (as === 'ipv4' || as === 'ipv6') {
    const bits = wireSize(field) * 8;
    const prefix = prefixOf(BigInt(mask), bits);
    if (prefix !== undefined) return String(prefix);
    return as === 'ipv4' ? ipv4Text(Number(mask)) : ipv6Text(BigInt(mask));
  }
  return hexText(mask);
}

function plainText(field: FieldName, value: FieldValue, names: TextNames): string {
  switch (FIELDS[field].as) {
    case 'hex':
      return value === 0 || value === 0n ? '0' : hexText(value);
    case 'port':
      return portText(field === 'nxm_in_port' ? fromShortPort(Number(value)) : Number(value), names);
    case 'mac':
      return macText(BigInt(value));
    case 'packetType':
      return `(${Number(value) >>> 16},${hexText(Number(value) & 0xffff)})`;
    case 'ipv4':
      return ipv4Text(Number(value));
    case 'ipv6':
      return ipv6Text(BigInt(value));
    default:
      return value.toString();
  }
}

/** Length of the prefix that a mask is, or undefined when its ones are not all in front. */
function prefixOf(mask: bigint, bits: number): number | undefined {
  const inverted = (1n << BigInt(bits)) - 1n - mask;
  if ((inverted & (inverted + 1n)) !== 0n) return undefined;
  return bits - (inverted === 0n ? 0 : inverted.toString(2).length);
}

const FRAGMENTS: Readonly<Record<string, string>> = {
  '0/3': 'no',
  '1/3': 'first',
  '3/3': 'later',
  '0/1': 'no',
  '1/1': 'yes',
  '0/2': 'not_later',
  '2/2': 'later',
};

function fragText(value: number, mask: number): string {
  return FRAGMENTS[`${value}/${mask}`] ?? '<error>';
}

function asNumber(mask: FieldValue | undefined): number | undefined {
  return mask === undefined ? undefined : Number(mask);
}

function pairs(value: bigint, digits: number): string[] {
  return value.toString(16).padStart(digits, '0').match(/../g) ?? [];
}
