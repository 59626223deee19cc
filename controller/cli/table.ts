import { type Colour, painted, type Terminal } from './terminal.ts';

/** How a table is to look; without any, it is as wide as it gets, and plain. */
export interface TableStyle extends Partial<Terminal> {
  /** The colour of a cell, where it deserves one. */
  readonly colourOf?: (text: string) => Colour | undefined;
}

/** No column is cut to less. */
const NARROWEST = 6;
const GAP = 2;

/**
 * Lines up rows under their heads, two blanks between columns. Where a width limits it, the widest columns are cut
 * first, and what is cut ends with `…`.
 */
export function formatTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  style: TableStyle = {},
): string {
  const widths = fitted(widthsOf([head, ...rows]), style.width);
  const line = (cells: readonly string[], paint: (text: string) => Colour | undefined) => {
    const last = cells.findLastIndex((cell) => cell !== '');
    return cells
      .slice(0, last + 1)
      .map((cell, column) => {
        const text = cut(cell, widths[column] ?? 0);
        const colour = style.hasColours ? paint(cell) : undefined;
        const pad = column === last ? '' : ' '.repeat((widths[column] ?? 0) - lengthOf(text));
        return (colour === undefined ? text : painted(text, colour)) + pad;
      })
      .join(' '.repeat(GAP));
  };
  const lines = [
    line(head, () => 'bold'),
    ...rows.map((row) => line(row, style.colourOf ?? (() => undefined))),
  ];
  return `${lines.join('\n')}\n`;
}

function widthsOf(lines: readonly (readonly string[])[]): number[] {
  const widths: number[] = [];
  for (const cells of lines)
    for (const [column, cell] of cells.entries())
      widths[column] = Math.max(widths[column] ?? 0, lengthOf(cell));
  return widths;
}

/** The widest columns give way to the next widest, until all fit or are as narrow as may be. */
function fitted(wanted: readonly number[], width: number | undefined): readonly number[] {
  const widths = [...wanted];
  let surplus = widths.reduce((sum, each) => sum + each + GAP, -GAP) - (width ?? Number.POSITIVE_INFINITY);
  while (surplus > 0) {
    const widest = Math.max(...widths);
    if (widest <= NARROWEST) break;
    widths[widths.lastIndexOf(widest)] = widest - 1;
    surplus -= 1;
  }
  return widths;
}

function cut(text: string, width: number): string {
  return lengthOf(text) <= width ? text : `${[...text].slice(0, width - 1).join('')}…`;
}

/** Characters, not UTF-16 units. */
function lengthOf(text: string): number {
  return [...text].length;
}
