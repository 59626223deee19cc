import { readFileSync } from 'node:fs';

/** One name that the package exports. */
export interface Export {
  readonly name: string;
  readonly file: string;
  /** Its docstring without the comment's signs; empty when it has none. */
  readonly doc: string;
}

/** Everything that `index.ts` exports, in its order. */
export function packageExports(): Export[] {
  const index = sourceOf('index.ts');
  const named = /export (type )?(\*|\{([^}]*)\}) from '\.\/([^']+)';/g;
  return [...index.matchAll(named)].flatMap(([, , star, list, file = '']) => {
    const declared = declarationsOf(file);
    if (star === '*') return declared;
    const names = (list ?? '').split(',').map((name) => name.replace(/\btype\b/, '').trim());
    return names
      .filter((name) => name !== '')
      .map((name) => {
        const found = declared.find((one) => one.name === name);
        return found ?? { name, file, doc: '' };
      });
  });
}

/** A page of documentation: every export with its docstring, by the file that declares it. */
export function describeExports(): string {
  const lines = [
    '# openflow-codec: what it exports',
    '',
    'Written by `npm run generate` from the docstrings.',
  ];
  const byFile = new Map<string, Export[]>();
  for (const one of packageExports()) byFile.set(one.file, [...(byFile.get(one.file) ?? []), one]);
  for (const [file, exports] of byFile) {
    lines.push('', `## ${file}`, '', ...exports.map(({ name, doc }) => `- \`${name}\`: ${doc}`));
  }
  return `${lines.join('\n')}\n`;
}

/** What a file declares and exports; overloads and repetitions once. */
function declarationsOf(file: string): Export[] {
  const declaration =
    /(?:\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n(?:\/\/[^\n]*\n)*)?export (?:abstract )?(?:const|function|class|interface|type) (\w+)/g;
  return [...sourceOf(file).matchAll(declaration)].map(([, comment = '', name = '']) => ({
    name,
    file,
    doc: comment
      .replace(/^\s*\* ?/gm, '')
      .trim()
      .replace(/\s+/g, ' '),
  }));
}

function sourceOf(file: string): string {
  return readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
}
