import { encodeBundleAdd } from 'openflow-codec';
import type { Connection } from '#controller/channel/connection';
import type { FlowChange } from '#pipeline';
import { ReconcileError } from '../errors.ts';
import { FlowMods, putFlowMod, type Refused } from './flow-mods.ts';

/** OFPBF_ATOMIC | OFPBF_ORDERED (ONF EXT-230). */
const ATOMIC_ORDERED = 3;
/** OFPBFC_*: not a flow is wrong but the bundle. */
const BUNDLE_FAILED = 'OFPBFC_';

/**
 * One atomic, ordered bundle on a switch (ONF EXT-230): opened, filled, committed, and confirmed by a barrier. Nothing waits for
 * an answer before `commit`, which ends it.
 */
export class Bundle {
  readonly #connection: Connection;
  readonly #id: number;
  readonly #opened: Promise<void>;
  readonly #mods: FlowMods;

  /** `id` is of no other bundle of this connection. */
  constructor(connection: Connection, id: number) {
    this.#connection = connection;
    this.#id = id;
    this.#opened = this.#control('openRequest');
    // `commit` reports it: it awaits this when all is written.
    this.#opened.catch(() => undefined);
    this.#mods = new FlowMods(connection);
  }

  /** Writes changes, as many as may be written before others have their turn. What it throws ends the bundle. */
  add(changes: readonly FlowChange[]): void {
    const head = { bundleId: this.#id, flags: ATOMIC_ORDERED };
    this.#mods.write(changes, (writer, xid, change) =>
      encodeBundleAdd(writer, { xid, ...head }, () => putFlowMod(writer, xid, change)),
    );
  }

  /**
   * Has the switch make all changes that it does not refuse, in one round trip: for who would leave out those anyway. Resolves
   * behind a barrier with what was refused, and whether the rest was made; if not, nothing was. Rejects with
   * ReconcileError or ChannelError when it is unknown what the switch has now.
   */
  async commit(): Promise<{ readonly refused: Refused; readonly isMade: boolean }> {
    try {
      const committing = this.#committed();
      const [opened, made] = await Promise.allSettled([this.#opened, committing]);
      if (made.status === 'rejected') throw made.reason;
      this.#checkAdded(opened);
      return { refused: this.#mods.refused, isMade: made.value };
    } finally {
      this.#mods.stop();
    }
  }

  #checkAdded(opened: PromiseSettledResult<void>): void {
    if (opened.status === 'rejected') throw opened.reason;
    for (const error of this.#mods.refused.values())
      if (error.startsWith(BUNDLE_FAILED)) throw new ReconcileError('RECO_BUNDLE', `add: ${error}`);
  }

  /** Resolves behind a barrier: with false when a change was refused and so the commit. */
  async #committed(): Promise<boolean> {
    const committed = this.#control('commitRequest');
    const [commit, barrier] = await Promise.allSettled([committed, this.#connection.barrier()]);
    if (barrier.status === 'rejected') throw barrier.reason;
    if (commit.status === 'rejected' && this.#mods.refused.size === 0) throw commit.reason;
    return commit.status === 'fulfilled';
  }

  async #control(step: 'openRequest' | 'commitRequest'): Promise<void> {
    const answer = await this.#connection.request({
      type: 'bundleControl',
      bundleId: this.#id,
      control: step,
      flags: ATOMIC_ORDERED,
    });
    if (answer.type === 'error') throw new ReconcileError('RECO_BUNDLE', `${step}: ${answer.name}`);
  }
}
