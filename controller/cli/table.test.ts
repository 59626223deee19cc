import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatTable } from './table.ts';
import { printable, terminalOf } from './terminal.ts';

const HEAD = ['NAME', 'ADDRESSES'];

describe('formatTable', () => {
  it('lines columns up and leaves no blanks at the end', () => {
    expect(
      formatTable(HEAD, [
        ['vm1', '10.0.0.1'],
        ['a-longer-name', ''],
      ]),
    ).toBe('NAME           ADDRESSES\nvm1            10.0.0.1\na-longer-name\n');
  });

  it('cuts the widest column, and no other, when the terminal is narrow', () => {
    expect(formatTable(HEAD, [['vm1', '10.0.0.1, 10.0.0.2']], { width: 16 })).toBe(
      'NAME  ADDRESSES\nvm1   10.0.0.1,…\n',
    );
  });

  it('has no line wider than the terminal, unless each column is as narrow as may be', () => {
    const cells = fc.array(fc.string({ unit: 'grapheme', maxLength: 40 }), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(fc.array(cells, { maxLength: 5 }), fc.integer({ min: 22, max: 60 }), (rows, width) => {
        const clean = rows.map((row) => row.map((cell) => printable(cell)));
        const lines = formatTable(['A', 'B', 'C'], clean, { width }).split('\n').slice(0, -1);
        expect(Math.max(...lines.map((line) => [...line].length))).toBeLessThanOrEqual(width);
        expect(lines).toHaveLength(rows.length + 1);
      }),
    );
  });

  it('paints cells without moving the columns', () => {
    const plain = formatTable(HEAD, [['ACTIVE', 'x']]);
    const painted = formatTable(HEAD, [['ACTIVE', 'x']], {
      hasColours: true,
      colourOf: (cell) => (cell === 'ACTIVE' ? 'green' : undefined),
    });
    expect(painted).toContain('\u001b[32mACTIVE\u001b[0m');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
    expect(painted.replace(/\u001b\[\d+m/g, '')).toBe(plain);
  });
});

describe('terminalOf', () => {
  it('has colours on terminals only, and not with NO_COLOR or a dumb one', () => {
    const terminal = { isTTY: true, columns: 80 };
    expect(terminalOf(terminal, {})).toEqual({ width: 80, hasColours: true });
    expect(terminalOf(terminal, { NO_COLOR: '1' }).hasColours).toBe(false);
    expect(terminalOf(terminal, { TERM: 'dumb' }).hasColours).toBe(false);
    expect(terminalOf({}, {})).toEqual({ width: undefined, hasColours: false });
  });
});

describe('printable', () => {
  it('lets no text of others command the terminal or end the line', () => {
    expect(printable('a\u001b[2Jb\nc\u202ed\u2028e')).toBe('a\ufffd[2Jb\ufffdc\ufffdd\ufffde');
    expect(printable('żółw 猫 🐢')).toBe('żółw 猫 🐢');
  });
});
