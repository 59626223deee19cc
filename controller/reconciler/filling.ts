import type { Connection } from '#controller/channel/connection';
import type { FlowChange } from '#pipeline';
import { Bundle } from './bundle.ts';
import { byLikeness, MOST_CHANGES } from './safe-order.ts';
import { TURN, type Turns } from './turns.ts';

/** Where every packet begins (OF 1.3.5, 5.1): without flows in it, none comes to any other table. */
const ENTRY_TABLE = 0;

/**
 * Fills a switch that has none of our flows while they are still being worked out: one atomic bundle, or several where they
 * are too many. What is in the table where packets begin comes in the last of them, so that no packet meets a part only.
 */
export class Filling {
  readonly #connection: Connection;
  readonly #nextId: () => number;
  readonly #turns: Turns;
  readonly #entry: FlowChange[] = [];
  readonly #left: FlowChange[] = [];
  #bundle: Bundle | undefined;
  #bundles = 0;
  /** False from the first bundle on of which the switch refused something: then none is committed any more. */
  #isWhole = Promise.resolve(true);

  /** `nextId` gives ids of bundles. */
  constructor(connection: Connection, nextId: () => number, turns: Turns) {
    this.#connection = connection;
    this.#nextId = nextId;
    this.#turns = turns;
  }

  /** Writes flows that come; resolves when more may be written. */
  async add(changes: readonly FlowChange[]): Promise<void> {
    const behind: FlowChange[] = [];
    for (const change of changes) (change.after?.tableId === ENTRY_TABLE ? this.#entry : behind).push(change);
    await this.#write(behind);
  }

  /**
   * Resolves when the switch has, behind a barrier, all but what is returned: nothing, or, when it refused any flow, that and all
   * from its bundle on. Rejects as `Bundle.commit` does.
   */
  async end(): Promise<readonly FlowChange[]> {
    await this.#write(this.#entry);
    this.#turnOver();
    await this.#isWhole;
    return this.#left;
  }

  /** Commits nothing more. */
  abandon(): void {
    // The switch forgets it, at the latest, with its connection.
    this.#bundle?.abandon().catch(() => undefined);
  }

  /** How many bundles it took. */
  get bundles(): number {
    return this.#bundles;
  }

  async #write(changes: readonly FlowChange[]): Promise<void> {
    for (let at = 0; at < changes.length; at += TURN) {
      const some = changes.slice(at, at + TURN);
      if (this.#bundle && this.#bundle.size + some.length > MOST_CHANGES) this.#turnOver();
      this.#bundle ??= new Bundle(this.#connection, this.#nextId());
      this.#bundle.add(byLikeness(some));
      if (this.#connection.congested) await this.#connection.ready();
      if (at + TURN < changes.length) await this.#turns.next();
    }
  }

  /** The switch commits a bundle while the next is written. */
  #turnOver(): void {
    const full = this.#bundle;
    if (!full) return;
    this.#bundle = undefined;
    this.#bundles++;
    this.#isWhole = this.#isWhole.then((isWhole) => this.#close(full, isWhole));
    // Told by `end`.
    this.#isWhole.catch(() => undefined);
  }

  async #close(bundle: Bundle, isWhole: boolean): Promise<boolean> {
    if (isWhole && (await bundle.commit()).size === 0) return true;
    if (!isWhole) await bundle.abandon();
    for (const change of bundle.changes()) this.#left.push(change);
    return false;
  }
}
