import { readdirSync, readFileSync } from 'node:fs';
import type { Case } from './case.ts';
import { parseCases } from './parse-cases.ts';

const FOLDER = new URL('cases/', import.meta.url);

/** All cases, in the order of their files. Throws Error on a mistake in one, or when two have one name. */
export function readCases(): readonly Case[] {
  const files = readdirSync(FOLDER).sort();
  const cases = files.flatMap((file) => parseCases(file, readFileSync(new URL(file, FOLDER), 'utf8')));
  const names = new Set<string>();
  for (const { name, file, line } of cases) {
    if (names.has(name)) throw new Error(`${file}:${line}: there is a case of this name: ${name}`);
    names.add(name);
  }
  return cases;
}
