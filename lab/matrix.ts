/** What arrived at one VM of what another one sent. */
export interface Sighting {
  /** Pings sent to it, and those that came back; both 0 where none was sent. */
  readonly pings: { readonly sent: number; readonly received: number };
  /** Frames to its own MAC address. */
  readonly unicast: number;
  readonly broadcast: number;
  /** Frames that were meant for another VM. */
  readonly stray: number;
}

/** An ordered pair of different VMs. */
export interface Cell {
  readonly from: string;
  readonly to: string;
  /** Whether packets should arrive. */
  readonly expected: boolean;
  readonly seen: Sighting;
}

/** A row, and column, of the matrix: one VM. */
export interface Heading {
  readonly name: string;
  /** Headings that are shown as one block: a tenant's VMs, one after the other. */
  readonly group: string;
  readonly place: string;
}

const REACHED = '●';
const NOTHING = '·';
const WRONG = '✗';
const ITSELF = '-';

/** Who reaches whom: expected and seen. */
export class Matrix {
  readonly headings: readonly Heading[];
  readonly cells: readonly Cell[];

  constructor(headings: readonly Heading[], cells: readonly Cell[]) {
    this.headings = headings;
    this.cells = cells;
  }

  /** The cells where what was seen is not what was expected. */
  get mismatches(): readonly Cell[] {
    return this.cells.filter((cell) => !asExpected(cell));
  }

  /** Two tables side by side, expected and seen: who sends is on the left, who receives is above. */
  toString(): string {
    const cells = new Map(this.cells.map((cell) => [`${cell.from} ${cell.to}`, cell]));
    const longest = Math.max(...this.headings.map(({ name }) => name.length));
    const labels = this.headings.map(({ name, place }) => `${name.padEnd(longest)}  ${place}`);
    const margin = Math.max(...labels.map((label) => label.length));
    const digits = Math.max(...this.#blocks().map((block) => String(block.length).length));
    const width = (block: readonly Heading[]) =>
      Math.max(block.length * (digits + 1) - 1, block[0]?.group.length ?? 0);
    const line = (label: string, expected: string, seen: string) =>
      `${label.padEnd(margin)}   ${expected}     ${seen}`.trimEnd();
    const columns = (text: (to: Heading, at: number) => string) =>
      this.#blocks()
        .map((block) =>
          block
            .map((to, at) => text(to, at).padStart(digits))
            .join(' ')
            .padEnd(width(block)),
        )
        .join('   ');
    const row = (from: Heading, text: (cell: Cell) => string) =>
      columns((to) => {
        const cell = cells.get(`${from.name} ${to.name}`);
        return cell ? text(cell) : ITSELF;
      });
    const groups = this.#blocks()
      .map((block) => (block[0]?.group ?? '').padEnd(width(block)))
      .join('   ');
    const numbers = columns((_, at) => String(at + 1));
    return [
      line('', 'expected'.padEnd(groups.length), 'seen'),
      line('', groups, groups),
      line('', numbers, numbers),
      ...this.headings.map((from, at) =>
        line(
          labels[at] ?? '',
          row(from, ({ expected }) => (expected ? REACHED : NOTHING)),
          row(from, (cell) => (asExpected(cell) ? (cell.expected ? REACHED : NOTHING) : WRONG)),
        ),
      ),
      '',
      `${REACHED} reached   ${NOTHING} nothing arrived   ${WRONG} not as expected`,
    ].join('\n');
  }

  /** The headings, cut where the group changes. */
  #blocks(): readonly (readonly Heading[])[] {
    const blocks: Heading[][] = [];
    for (const heading of this.headings) {
      const last = blocks.at(-1);
      if (last?.[0]?.group === heading.group) last.push(heading);
      else blocks.push([heading]);
    }
    return blocks;
  }
}

/** One cell in a sentence. */
export function describeCell({ from, to, expected, seen }: Cell): string {
  const { pings, unicast, broadcast, stray } = seen;
  const wanted = expected ? 'all of it, and nothing twice' : 'nothing';
  return (
    `${from} to ${to}: expected ${wanted}; seen ${pings.received} of ${pings.sent} pings, ` +
    `${unicast} unicast, ${broadcast} broadcast and ${stray} stray frames`
  );
}

function asExpected({ expected, seen }: Cell): boolean {
  const { pings, unicast, broadcast, stray } = seen;
  const frames = expected ? 1 : 0;
  const pingsWanted = expected ? pings.sent : 0;
  return pings.received === pingsWanted && unicast === frames && broadcast === frames && stray === 0;
}
