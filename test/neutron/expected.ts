import { readFileSync } from 'node:fs';
import type { Recording } from './replay.ts';

/** Where every difference from the recording is told and justified. */
const COMPATIBILITY = new URL('../../docs/neutron-compat.md', import.meta.url);

/**
 * Numbers of the exchanges whose answers differ from a recording: the first cells of the tables in
 * docs/neutron-compat.md, such as `16, 23–24`, below the heading that names the recording.
 */
export function expectedDifferences(recording: Recording): ReadonlySet<number> {
  const sections = readFileSync(COMPATIBILITY, 'utf8').split(/^## /m);
  const section = sections.filter((text) => text.split('\n')[0]?.includes(`\`${recording}.jsonl\``)).join('');
  const rows = section.matchAll(/^\| (\d[\d–, ]*) \|/gm);
  return new Set([...rows].flatMap(([, cell = '']) => cell.split(',').flatMap(numbersOf)));
}

function numbersOf(text: string): readonly number[] {
  const [first = Number.NaN, last = first] = text.split('–').map(Number);
  return Array.from({ length: last - first + 1 }, (_, at) => first + at);
}
