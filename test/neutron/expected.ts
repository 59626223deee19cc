import { readFileSync } from 'node:fs';

/** Where every difference from the recording is told and justified. */
const COMPATIBILITY = new URL('../../docs/neutron-compat.md', import.meta.url);

/**
 * Numbers of the exchanges whose answers differ from the recording: the first cells of the tables in
 * docs/neutron-compat.md, such as `16, 23–24`.
 */
export function expectedDifferences(): ReadonlySet<number> {
  const rows = readFileSync(COMPATIBILITY, 'utf8').matchAll(/^\| (\d[\d–, ]*) \|/gm);
  return new Set([...rows].flatMap(([, cell = '']) => cell.split(',').flatMap(numbersOf)));
}

function numbersOf(text: string): readonly number[] {
  const [first = Number.NaN, last = first] = text.split('–').map(Number);
  return Array.from({ length: last - first + 1 }, (_, at) => first + at);
}
