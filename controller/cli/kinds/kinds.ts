import { UsageError } from '../error.ts';
import { guess } from '../near.ts';
import type { Kind } from './kind.ts';
import { network } from './network.ts';
import { port } from './port.ts';
import { securityGroup } from './security-group.ts';
import { securityGroupRule } from './security-group-rule.ts';
import { subnet } from './subnet.ts';
import { switchKind } from './switch.ts';
import { trunk } from './trunk.ts';

/** Every kind, in the order in which help lists them. */
export const KINDS: readonly Kind[] = [
  network,
  subnet,
  port,
  trunk,
  securityGroup,
  securityGroupRule,
  switchKind,
];

/** All words for a kind: the usual one first. */
export function wordsFor({ name, plural, short }: Kind): readonly string[] {
  return [plural, name, ...short];
}

/** The kind that a word means; `security_groups` is taken as well as `security-groups`. Throws UsageError. */
export function kindNamed(word: string): Kind {
  const plain = word.toLowerCase().replaceAll('_', '-');
  const found = KINDS.find((kind) => wordsFor(kind).includes(plain));
  if (found !== undefined) return found;
  const kinds = KINDS.map(({ plural }) => plural).join(', ');
  throw new UsageError(`there is no kind '${word}'${guess(plain, KINDS.flatMap(wordsFor))}\nKinds: ${kinds}`);
}

/** The kinds and their short words, for help. */
export function describeKinds(): string {
  const lines = KINDS.map((kind) => `  ${kind.plural.padEnd(22)}${wordsFor(kind).slice(1).join(', ')}`);
  return `Kinds, and other words for them:\n${lines.join('\n')}`;
}
