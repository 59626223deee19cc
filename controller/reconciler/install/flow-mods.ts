import { decode, encodeFlowModBytes, FLOW_MOD_COMMAND, type Writer } from 'openflow-codec';
import type { Connection } from '#controller/channel/connection';
import { OFPT } from '#controller/channel/raw-message';
import type { FlowChange } from '#pipeline';
import { ReconcileError } from '../errors.ts';

/** What a switch refused, with the names of its errors (OF 1.3.5, 7.4.4). */
export type Refused = ReadonlyMap<FlowChange, string>;

/** Changes that were written together: their transaction ids are consecutive. */
interface Batch {
  readonly firstXid: number;
  readonly changes: readonly FlowChange[];
}

/** Flow-mods that are written to a switch, and what it says of them, from the first to `stop`. */
export class FlowMods {
  readonly #connection: Connection;
  readonly #batches: Batch[] = [];
  readonly #refused = new Map<FlowChange, string>();
  readonly #stopListening: () => void;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#stopListening = connection.listen(({ type, xid, bytes }) => {
      const change = type === OFPT.error ? this.#changeOf(xid) : undefined;
      if (!change) return false;
      const error = decode(bytes);
      this.#refused.set(change, error.type === 'error' ? error.name : 'unknown');
      return true;
    });
  }

  /** All that has been refused when a barrier behind it is answered. */
  get refused(): Refused {
    return this.#refused;
  }

  /** Has `put` append the message of each change, with the transaction id that it gets. What that throws ends it all. */
  write(
    changes: readonly FlowChange[],
    put: (writer: Writer, xid: number, change: FlowChange) => void = putFlowMod,
  ): void {
    if (changes.length === 0) return;
    const firstXid = this.#connection.nextXids(changes.length);
    this.#batches.push({ firstXid, changes });
    try {
      this.#connection.write((writer) => {
        let xid = firstXid;
        for (const change of changes) put(writer, xid++, change);
      });
    } catch (error) {
      this.stop();
      throw error;
    }
  }

  /** What the switch says from now on is no longer heard. */
  stop(): void {
    this.#stopListening();
  }

  #changeOf(xid: number): FlowChange | undefined {
    const batch = this.#batches.find(
      ({ firstXid, changes }) => xid >= firstXid && xid < firstXid + changes.length,
    );
    return batch?.changes[xid - batch.firstXid];
  }
}

/**
 * Makes one change of a flow, which is atomic without a bundle; a new port changes just one flow on most switches. Resolves
 * after a barrier, with the name of the error when the switch refused it (OF 1.3.5, 7.4.4). Rejects as
 * `Connection.barrier` does, and with ReconcileError when we may not write.
 */
export async function makeChange(connection: Connection, change: FlowChange): Promise<string | undefined> {
  const mods = new FlowMods(connection);
  try {
    mods.write([change]);
    await connection.barrier();
  } finally {
    mods.stop();
  }
  const error = mods.refused.get(change);
  if (error === IS_SLAVE) throw new ReconcileError('RECO_BUNDLE', `flow-mod: ${error}`);
  return error;
}

/** Not the flow is wrong, but we are not master any more. */
const IS_SLAVE = 'OFPBRC_IS_SLAVE';

/** Appends the flow-mod of a change (OF 1.3.5, 7.3.4.1). Throws CodecError. */
export function putFlowMod(writer: Writer, xid: number, { before, after }: FlowChange): void {
  const flow = after ?? before;
  if (!flow) return;
  encodeFlowModBytes(
    writer,
    {
      xid,
      command: after ? FLOW_MOD_COMMAND.add : FLOW_MOD_COMMAND.deleteStrict,
      tableId: flow.tableId,
      priority: flow.priority,
      cookieHi: flow.cookieHi,
      cookieLo: flow.cookieLo,
      // A strict delete takes the flow only while it still carries our cookie.
      cookieMaskHi: after ? 0 : 0xffffffff,
      cookieMaskLo: after ? 0 : 0xffffffff,
    },
    flow.matchText,
    after ? flow.content : '',
  );
}
