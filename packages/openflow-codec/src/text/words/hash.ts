import { bundles, hashes, multipaths } from '../../action/hash.ts';
import { parseNumber } from '../number.ts';
import { cut, listOf, type Slice, unexpected } from '../slice.ts';
import { parseTarget } from '../subfield.ts';
import type { WordContext, Words } from './context.ts';
import { oneOf } from './options.ts';
import { parsePorts } from './output.ts';

/** Words of the actions that choose by a hash of the packet (ovs-actions(7)). */
export const HASH_WORDS: Words = {
  multipath(value) {
    const [fields, basis, algorithm, links, argument, to] = listOf(value);
    if (!fields || !basis || !algorithm || !links || !argument || !to) {
      throw unexpected('OFT_SYNTAX', value, 'fields,basis,algorithm,links,argument,field[]');
    }
    const count = parseNumber(links, 17, 'a number of links');
    const target = parseTarget(to);
    const fits = count >= 1 && count <= 0x10000 && (target.bits >= 16 || count <= 1 << target.bits);
    if (!fits) throw unexpected('OFT_VALUE', links, `links from 1 up that ${target.bits} bits can number`);
    return [
      {
        action: 'multipath',
        fields: oneOf(fields, hashes.list),
        basis: parseNumber(basis, 16),
        algorithm: oneOf(algorithm, multipaths.list),
        maxLink: count - 1,
        argument: parseNumber(argument, 32),
        to: target,
      },
    ];
  },
  bundle(value, context) {
    const { rest, ...choice } = choiceOf(value);
    return [{ action: 'bundle', ...choice, members: membersOf(rest, context) }];
  },
  bundle_load(value, context) {
    const { rest, ...choice } = choiceOf(value);
    const [to] = listOf(rest);
    if (to === undefined) throw unexpected('OFT_SYNTAX', rest, 'field[],members:ports');
    const members = membersOf(cut(rest, to.at - rest.at + to.text.length), context);
    return [{ action: 'bundle_load', ...choice, members, to: parseTarget(to) }];
  },
};

/** What `bundle` and `bundle_load` have in common, and the rest of the text. */
function choiceOf(value: Slice) {
  const [fields, basis, algorithm, type] = listOf(value);
  if (!fields || !basis || !algorithm || !type) {
    throw unexpected('OFT_SYNTAX', value, 'fields,basis,algorithm,ofport,members:ports');
  }
  oneOf(type, ['ofport']);
  return {
    fields: oneOf(fields, hashes.list),
    basis: parseNumber(basis, 16),
    algorithm: oneOf(algorithm, bundles.list),
    rest: cut(value, type.at - value.at + type.text.length),
  };
}

/** `members:1,2`, or `slaves:` as older versions have it. */
function membersOf(slice: Slice, context: WordContext): number[] {
  const [before = ''] = /^[\s,]*(?:members|slaves):/.exec(slice.text) ?? [];
  if (before === '') throw unexpected('OFT_SYNTAX', slice, 'members:ports');
  return parsePorts(cut(slice, before.length), context);
}
