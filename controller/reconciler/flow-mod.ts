import { decode, encodeFlowModBytes, FLOW_MOD_COMMAND, type Writer } from 'openflow-codec';
import type { Connection } from '#controller/channel/connection';
import { OFPT } from '#controller/channel/raw-message';
import type { FlowChange } from '#pipeline';
import { ReconcileError } from './errors.ts';

/**
 * Makes one change of a flow, which needs no bundle to be atomic; a port that comes changes one on most of the switches that
 * it changes. Resolves behind a barrier with the name of the error when the switch refused it (OF 1.3.5, 7.4.4). Rejects as
 * `Connection.barrier` does, and with ReconcileError when we may not write.
 */
export async function makeChange(connection: Connection, change: FlowChange): Promise<string | undefined> {
  const xid = connection.nextXid();
  let error: string | undefined;
  const stopListening = connection.listen(({ type, xid: of, bytes }) => {
    if (type !== OFPT.error || of !== xid) return false;
    const told = decode(bytes);
    error = told.type === 'error' ? told.name : 'unknown';
    return true;
  });
  try {
    connection.write((writer) => putFlowMod(writer, xid, change));
    await connection.barrier();
  } finally {
    stopListening();
  }
  if (error === IS_SLAVE) throw new ReconcileError('RECO_BUNDLE', `flow-mod: ${error}`);
  return error;
}

/** Not the flow is wrong, but we are not master any more. */
const IS_SLAVE = 'OFPBRC_IS_SLAVE';

/** Appends the FLOW_MOD that makes a change. */
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
