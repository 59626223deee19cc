import { stringify } from 'yaml';
import type { Api } from './client/client.ts';
import type { ApiObject } from './client/objects.ts';
import type { Kind } from './kinds/kind.ts';
import { Related } from './kinds/related.ts';
import { formatTable } from './table.ts';
import { type Colour, printable, type Terminal } from './terminal.ts';

/** How `get` prints: values of `-o`. */
export const FORMATS = ['table', 'wide', 'json', 'yaml', 'name', 'id'] as const;
export type Format = (typeof FORMATS)[number];

/** Objects as text in a format. `isOne` says that one was asked for, so that no list is printed. */
export async function render(
  api: Api,
  kind: Kind,
  objects: readonly ApiObject[],
  options: { readonly format: Format; readonly isOne: boolean; readonly terminal: Terminal },
): Promise<string> {
  const { format, isOne, terminal } = options;
  const data = isOne ? objects[0] : objects;
  switch (format) {
    case 'json':
      return `${JSON.stringify(data, null, 2)}\n`;
    case 'yaml':
      return stringify(data);
    case 'name':
      return lines(objects.map((object) => printable(kind.nameOf(object)) || object.id));
    case 'id':
      return lines(objects.map(({ id }) => printable(id)));
    case 'table':
    case 'wide': {
      const isWide = format === 'wide';
      const related = objects.length === 0 ? new Related([]) : await Related.of(api, kind.mentions);
      const rows = objects.map((object) => cellsOf(kind, object, isWide, related));
      return formatTable(kind.heads(isWide), rows, {
        width: isWide ? undefined : terminal.width,
        hasColours: terminal.hasColours,
        colourOf,
      });
    }
  }
}

/** The cells of one row, safe to print. */
export function cellsOf(kind: Kind, object: ApiObject, isWide: boolean, related: Related): readonly string[] {
  return kind.row(object, isWide, related).map(printable);
}

/** Colours of words that say how an object is. */
export function colourOf(cell: string): Colour | undefined {
  return Object.hasOwn(COLOUR_OF, cell) ? COLOUR_OF[cell] : undefined;
}
const COLOUR_OF: Readonly<Record<string, Colour>> = {
  ACTIVE: 'green',
  steady: 'green',
  up: 'green',
  DOWN: 'yellow',
  BUILD: 'yellow',
  DEGRADED: 'yellow',
  down: 'red',
  ERROR: 'red',
  disabled: 'dim',
};

function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join('');
}
