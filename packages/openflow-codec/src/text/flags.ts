import { hexText, parseNumber } from './number.ts';
import { type Slice, splitAt, unexpected } from './slice.ts';

/** A field of flags: the names of its bits, from the lowest, and the bits that can be compared. */
export interface FlagSet {
  readonly names: readonly string[];
  readonly known: number;
  /** The mask that ovs-ofctl prints as a comparison of all bits, where it is not `known`. */
  readonly whole?: number;
  /** The mask of a comparison that names none; all bits unless told. */
  readonly exact?: number;
}

/** TCP flags (RFC 9293, 3.1; the lowest nine have names). */
export const TCP_FLAGS: FlagSet = {
  names: ['fin', 'syn', 'rst', 'psh', 'ack', 'urg', 'ece', 'cwr', 'ns', '[200]', '[400]', '[800]'],
  known: 0xfff,
};
/** ct_state (ovs-fields(7)). */
export const CT_STATES: FlagSet = {
  names: ['new', 'est', 'rel', 'rpl', 'inv', 'trk', 'snat', 'dnat'],
  known: 0xff,
  exact: 0xff,
};
/** tun_flags (ovs-fields(7)). */
export const TUN_FLAGS: FlagSet = { names: ['oam'], known: 1, whole: 0xffff, exact: 1 };

/**
 * Flags as ovs-ofctl writes them: `+syn-ack` for a mask that leaves some of the flags out, `syn|ack` when all
 * are compared.
 */
export function flagsText(
  value: number,
  mask: number | undefined,
  { names, known, whole = known }: FlagSet,
): string {
  if (mask === undefined || (mask & whole) === whole) return listText(value, names);
  let text = '';
  for (let bit = 0; bit < 32; bit++) {
    if ((mask & (1 << bit)) === 0) continue;
    text += `${(value & (1 << bit)) === 0 ? '-' : '+'}${names[bit] ?? '[Unknown]'}`;
  }
  return text;
}

/** The inverse of flagsText, and a number with or without a mask. Throws OFT_VALUE and OFT_WORD. */
export function parseFlags(
  slice: Slice,
  flags: FlagSet,
): { readonly value: number; readonly mask: number | undefined } {
  const { text } = slice;
  if (/^\d/.test(text)) {
    const [value, mask] = splitAt(slice, '/') ?? [slice, undefined];
    return {
      value: parseKnown(value, flags),
      mask: mask && parseKnown(mask, flags),
    };
  }
  if (!/^[+-]/.test(text)) return { value: parseList(slice, flags), mask: undefined };
  let value = 0;
  let mask = 0;
  for (const part of text.matchAll(/[+-][^+-]*/g)) {
    const bit = bitOf({ text: part[0].slice(1), at: slice.at + part.index + 1 }, flags);
    mask |= bit;
    if (part[0].startsWith('+')) value |= bit;
  }
  return { value, mask };
}

function parseList(slice: Slice, flags: FlagSet): number {
  let value = 0;
  for (const part of slice.text.matchAll(/[^|]+/g)) {
    value |= bitOf({ text: part[0], at: slice.at + part.index }, flags);
  }
  return value;
}

function bitOf(slice: Slice, { names }: FlagSet): number {
  const bit = names.indexOf(slice.text);
  if (bit < 0) throw unexpected('OFT_WORD', slice, `one of ${names.join(', ')}`);
  return 1 << bit;
}

function parseKnown(slice: Slice, { known }: FlagSet): number {
  const value = parseNumber(slice, 32);
  if ((value & ~known) !== 0) throw unexpected('OFT_VALUE', slice, `flags of ${hexText(known)}`);
  return value;
}

function listText(value: number, names: readonly string[]): string {
  if (value === 0) return '0';
  const parts: string[] = [];
  let rest = value;
  for (const [bit, name] of names.entries()) {
    if ((rest & (1 << bit)) === 0) continue;
    parts.push(name);
    rest &= ~(1 << bit);
  }
  if (rest !== 0) parts.push(`0x${rest.toString(16)}`);
  return parts.join('|');
}
