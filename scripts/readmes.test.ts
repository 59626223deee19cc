import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

/** READMEs with a table of files, or of tests, name all that there are and none besides. */
const ROOT = join(import.meta.dirname, '..');
const FILES = filesBelow(ROOT).map((file) => relative(ROOT, file));
const FOLDERS = FILES.filter((file) => basename(file) === 'README.md').map(dirname);
/** What means the same everywhere, or goes with another file. */
const UNNAMED = /(^|\/)(index|errors|setup)\.ts$|(\.generated|-fixture)\.ts$/;

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !name.startsWith('.') && name !== 'node_modules' && name !== 'dist')
    .flatMap((each) => {
      const path = join(folder, each.name);
      return each.isDirectory() ? filesBelow(path) : [path];
    });
}

function tellerOf(file: string): string | undefined {
  for (let at = dirname(file); at !== '.'; at = dirname(at)) if (FOLDERS.includes(at)) return at;
  return undefined;
}

function namesIn(text: string): readonly string[] {
  const cells = text.split('\n').flatMap((line) => (line.startsWith('|') ? [line.split('|')[1] ?? ''] : []));
  return cells.flatMap((cell) => [...cell.matchAll(/`([^` ]+)`/g)].map(([, name = '']) => name));
}

function isOf(file: string, folder: string, name: string): boolean {
  const path = relative(folder, file);
  if (name.endsWith('/')) return path.startsWith(name);
  const pattern = name.replace(/[.[\]]/g, '\\$&').replaceAll('*', '[^/]*');
  return new RegExp(`(^|/)${pattern}(\\.test\\.ts)?$`).test(path);
}

const listing = FOLDERS.flatMap((folder) => {
  const text = readFileSync(join(ROOT, folder, 'README.md'), 'utf8');
  const [, what] = /^\| (file|here|tests) +\|/m.exec(text) ?? [];
  return what === undefined ? [] : [{ folder, text, what, names: namesIn(text) }];
});

describe.each(listing)('the README of $folder', ({ folder, text, what, names }) => {
  it('names no file that is not there', () => {
    expect(names.filter((name) => !FILES.some((file) => isOf(file, folder, name)))).toEqual([]);
  });

  it('names all', () => {
    const own = FILES.filter(
      (file) =>
        file.endsWith('.ts') &&
        tellerOf(file) === folder &&
        !UNNAMED.test(file) &&
        file.endsWith('.test.ts') === (what === 'tests'),
    );
    const isNamed = (file: string) =>
      names.some((name) => isOf(file, folder, name)) || text.includes(`\`${basename(file)}\``);
    expect(own.filter((file) => !isNamed(file))).toEqual([]);
  });
});
