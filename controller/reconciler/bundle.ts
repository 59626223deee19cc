import { decode, encodeBundleAdd, type Writer } from 'openflow-codec';
import type { Connection } from '#controller/channel/connection';
import { OFPT } from '#controller/channel/raw-message';
import type { FlowChange } from '#pipeline';
import { ReconcileError } from './errors.ts';
import { putFlowMod } from './flow-mod.ts';

/** OFPBF_ATOMIC | OFPBF_ORDERED (ONF EXT-230). */
const ATOMIC_ORDERED = 3;
/** OFPBFC_*: not a flow is wrong but the bundle. */
const BUNDLE_FAILED = 'OFPBFC_';

/** What a switch refused of a bundle, with the names of its errors (OF 1.3.5, 7.4.4). */
export type Refused = ReadonlyMap<FlowChange, string>;

/** Changes that were written together: their transaction ids are consecutive. */
interface Batch {
  readonly firstXid: number;
  readonly changes: readonly FlowChange[];
}

/**
 * One atomic, ordered bundle on a switch (ONF EXT-230), from its opening to a barrier behind its commit. What is written waits
 * for no answer before that. Ends with `commit` or `abandon`.
 */
export class Bundle {
  readonly #connection: Connection;
  readonly #id: number;
  readonly #opened: Promise<void>;
  readonly #batches: Batch[] = [];
  readonly #refused = new Map<FlowChange, string>();
  readonly #stopListening: () => void;
  #size = 0;

  /** `id` is of no other bundle of this connection. */
  constructor(connection: Connection, id: number) {
    this.#connection = connection;
    this.#id = id;
    this.#opened = this.#control('openRequest');
    // Told by `commit`, which asks for it when all is written.
    this.#opened.catch(() => undefined);
    this.#stopListening = connection.listen(({ type, xid, bytes }) => {
      const change = type === OFPT.error ? this.#changeOf(xid) : undefined;
      if (!change) return false;
      const error = decode(bytes);
      this.#refused.set(change, error.type === 'error' ? error.name : 'unknown');
      return true;
    });
  }

  /** Changes so far. */
  get size(): number {
    return this.#size;
  }

  *changes(): Iterable<FlowChange> {
    for (const { changes } of this.#batches) yield* changes;
  }

  /** Writes changes, as many as may be written before others have their turn. What it throws ends the bundle. */
  add(changes: readonly FlowChange[]): void {
    if (changes.length === 0) return;
    const firstXid = this.#connection.nextXids(changes.length);
    this.#batches.push({ firstXid, changes });
    this.#size += changes.length;
    try {
      this.#connection.write((writer) => {
        let xid = firstXid;
        for (const change of changes) putAdd(writer, xid++, this.#id, change);
      });
    } catch (error) {
      this.#stopListening();
      throw error;
    }
  }

  /**
   * Has the switch make all changes, or none when it refuses some: resolves with these behind a barrier. Rejects with
   * ReconcileError or ChannelError when it is unknown what the switch has now.
   */
  async commit(): Promise<Refused> {
    try {
      // A message that OVS refuses on its way into a bundle is left out and the commit goes through without it:
      // the barrier brings every refusal home before we decide.
      const [opened, isWritten] = await Promise.allSettled([this.#opened, this.#connection.barrier()]);
      if (isWritten.status === 'rejected') throw isWritten.reason;
      this.#checkAdded(opened);
      if (this.#refused.size > 0) await this.#control('discardRequest');
      else await this.#committed();
      return this.#refused;
    } finally {
      this.#stopListening();
    }
  }

  /**
   * Has the switch make all changes that it does not refuse, in one round trip: for who would leave out those anyway. Resolves
   * behind a barrier with what was refused, and whether the rest was made; if not, nothing was. Rejects as `commit` does.
   */
  async commitRest(): Promise<{ readonly refused: Refused; readonly isMade: boolean }> {
    try {
      const committing = this.#committed();
      const [opened, made] = await Promise.allSettled([this.#opened, committing]);
      if (made.status === 'rejected') throw made.reason;
      this.#checkAdded(opened);
      return { refused: this.#refused, isMade: made.value };
    } finally {
      this.#stopListening();
    }
  }

  /** Leaves it uncommitted. Rejects as `commit` does. */
  async abandon(): Promise<void> {
    this.#stopListening();
    await this.#control('discardRequest');
  }

  #checkAdded(opened: PromiseSettledResult<void>): void {
    if (opened.status === 'rejected') throw opened.reason;
    for (const error of this.#refused.values())
      if (error.startsWith(BUNDLE_FAILED)) throw new ReconcileError('RECO_BUNDLE', `add: ${error}`);
  }

  /** Resolves behind a barrier: with false when a change was refused and so the commit. */
  async #committed(): Promise<boolean> {
    const committed = this.#control('commitRequest');
    const [commit, barrier] = await Promise.allSettled([committed, this.#connection.barrier()]);
    if (barrier.status === 'rejected') throw barrier.reason;
    if (commit.status === 'rejected' && this.#refused.size === 0) throw commit.reason;
    return commit.status === 'fulfilled';
  }

  #changeOf(xid: number): FlowChange | undefined {
    const batch = this.#batches.find(
      ({ firstXid, changes }) => xid >= firstXid && xid < firstXid + changes.length,
    );
    return batch?.changes[xid - batch.firstXid];
  }

  async #control(step: 'openRequest' | 'commitRequest' | 'discardRequest'): Promise<void> {
    const answer = await this.#connection.request({
      type: 'bundleControl',
      bundleId: this.#id,
      control: step,
      flags: ATOMIC_ORDERED,
    });
    if (answer.type === 'error') throw new ReconcileError('RECO_BUNDLE', `${step}: ${answer.name}`);
  }
}

function putAdd(writer: Writer, xid: number, bundleId: number, change: FlowChange): void {
  encodeBundleAdd(writer, { xid, bundleId, flags: ATOMIC_ORDERED }, () => putFlowMod(writer, xid, change));
}
