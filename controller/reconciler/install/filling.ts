import type { Connection } from '#controller/channel/connection';
import type { FlowChange } from '#pipeline';
import { TURN, type Turns } from '../turns.ts';
import { FlowMods } from './flow-mods.ts';
import { byLikeness } from './safe-order.ts';

/** Where every packet begins (OF 1.3.5, 5.1): without flows in it, none comes to any other table. */
const ENTRY_TABLE = 0;

/**
 * Fills a switch that has none of our flows while they are still being compiled, by flow-mods without a bundle: the switch makes
 * each as it comes. Flows of the first table, where packets begin, are sent when it has all others, so that no packet
 * meets half a pipeline.
 */
export class Filling {
  readonly #connection: Connection;
  readonly #turns: Turns;
  readonly #mods: FlowMods;
  readonly #entry: FlowChange[] = [];

  constructor(connection: Connection, turns: Turns) {
    this.#connection = connection;
    this.#turns = turns;
    this.#mods = new FlowMods(connection);
  }

  /** Writes flows that come; resolves when more may be written. */
  async add(changes: readonly FlowChange[]): Promise<void> {
    const behind: FlowChange[] = [];
    for (const change of changes) (change.after?.tableId === ENTRY_TABLE ? this.#entry : behind).push(change);
    await this.#write(behind);
  }

  /**
   * Resolves, after a barrier, with what the switch does not have: what it refused and, if that was before the first table's turn,
   * also that table's flows. Rejects as `Connection.barrier` does.
   */
  async end(): Promise<readonly FlowChange[]> {
    try {
      await this.#connection.barrier();
      if (this.#mods.refused.size > 0) return [...this.#mods.refused.keys(), ...this.#entry];
      await this.#write(this.#entry);
      await this.#connection.barrier();
      return [...this.#mods.refused.keys()];
    } finally {
      this.stop();
    }
  }

  /** Writes nothing more. */
  stop(): void {
    this.#mods.stop();
  }

  async #write(changes: readonly FlowChange[]): Promise<void> {
    for (let at = 0; at < changes.length; at += TURN) {
      this.#mods.write(byLikeness(changes.slice(at, at + TURN)));
      if (this.#connection.congested) await this.#connection.ready();
      if (at + TURN < changes.length) await this.#turns.next();
    }
  }
}
