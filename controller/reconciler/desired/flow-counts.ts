import type { Flow, FlowChange } from '#pipeline';

/** Of which apps and in which tables the flows are that all switches ought to have: kept by what changes, not by counting. */
export class FlowCounts {
  readonly #counts = new Map<number, number>();

  add(flow: Flow): void {
    this.#count(flow, 1);
  }

  remove(flow: Flow): void {
    this.#count(flow, -1);
  }

  change({ before, after }: FlowChange): void {
    if (before) this.remove(before);
    if (after) this.add(after);
  }

  /** The number of an app as cookies have it, the id of a table, and how many flows there are, but never none. */
  *[Symbol.iterator](): Iterator<{ readonly app: number; readonly tableId: number; readonly count: number }> {
    for (const [key, count] of this.#counts) yield { app: key >>> 8, tableId: key & 0xff, count };
  }

  #count({ cookieHi, tableId }: Flow, by: number): void {
    const key = (((cookieHi >>> 16) & 0xff) << 8) | tableId;
    const count = (this.#counts.get(key) ?? 0) + by;
    if (count === 0) this.#counts.delete(key);
    else this.#counts.set(key, count);
  }
}
