import type { Vector } from './vectors.ts';

/** Every file of vectors whose text is what `ovs-ofctl ofp-print` says. */
export const PRINTED_FILES = [
  'errors.txt',
  'ofctl.txt',
  'ofctl-actions.txt',
  'ofctl-messages.txt',
  'os-ken.txt',
  'os-ken-messages.txt',
  'packets.txt',
  'printed.txt',
  'vswitchd.txt',
  'vswitchd-messages.txt',
] as const;

/**
 * Where this printer and ovs-ofctl differ, on purpose; each has its reason:
 * - ovs-ofctl refuses to print what it would refuse to do, such as an unknown experimenter or a group that watches
 *   a port but is not fast failover. This printer prints all that can be decoded.
 * - It prints a constant of ct_state in `learn` with a flag for each of the field's 32 bits.
 * - It ignores what stands in an action's padding. Here such an action is raw, so that it is written back unchanged.
 * - It takes an experimenter's property of a table for a list of next tables.
 */
const EXCEPTIONS: readonly RegExp[] = [
  /\*\*\*decode error/,
  /learn\(.*\[Unknown\]/,
  /nat\(src=10\.9\.8\.7:1024\)/,
  /table 3 \("table3"\)[\s\S]*next tables: 0,97-100/,
];

/** True for a vector whose text must be the printer's, to the letter. */
export function isPrintedAlike({ text }: Vector): boolean {
  return !EXCEPTIONS.some((exception) => exception.test(text));
}
