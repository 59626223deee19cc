import { setImmediate } from 'node:timers/promises';
import { decode, encodeBundleAdd, encodeFlowModBytes, FLOW_MOD_COMMAND } from 'openflow-codec';
import type { Connection } from '#controller/channel/connection';
import { OFPT } from '#controller/channel/raw-message';
import type { FlowChange } from '#pipeline';
import { ReconcileError } from './errors.ts';
import { inSafeOrder } from './safe-order.ts';

/** A change that the switch refused, with the name of its error (OF 1.3.5, 7.4.4). */
export interface Refusal {
  readonly change: FlowChange;
  readonly error: string;
}

/** OFPBF_ATOMIC | OFPBF_ORDERED (ONF EXT-230). */
const ATOMIC_ORDERED = 3;
/** Attempts before the changes are halved: a switch tells all its refusals of a bundle's messages at once, those of a commit one by one. */
const ROUNDS = 4;
/** Flow-mods that are written before others have their turn. */
const TURN = 2_048;

/**
 * Installs changes on a switch in one atomic bundle (ONF EXT-230): all of them or, when it refuses some, all others. Those
 * that are too many for one bundle, or of which it refuses one after the other, are made in several, one after the other.
 * Resolves after the commit and a barrier, with what was refused. Rejects with ReconcileError or ChannelError when
 * it is unknown what the switch has now.
 */
export async function install(
  connection: Connection,
  bundleId: () => number,
  changes: readonly FlowChange[],
): Promise<Refusal[]> {
  const refusals: Refusal[] = [];
  for (const part of inSafeOrder(changes)) refusals.push(...(await installPart(connection, bundleId, part)));
  return refusals;
}

async function installPart(
  connection: Connection,
  bundleId: () => number,
  changes: readonly FlowChange[],
): Promise<Refusal[]> {
  const refusals: Refusal[] = [];
  let rest = changes;
  for (let round = 1; rest.length > 0; round++) {
    if (round > ROUNDS && rest.length > 1) {
      // A full table, say: each half by itself, until what is refused is found.
      for (const half of inSafeOrder(rest, Math.ceil(rest.length / 2)))
        refusals.push(...(await installPart(connection, bundleId, half)));
      break;
    }
    const refused = await attempt(connection, bundleId(), rest);
    if (refused.size === 0) break;
    for (const [change, error] of refused) refusals.push({ change, error });
    rest = rest.filter((change) => !refused.has(change));
  }
  return refusals;
}

/** One bundle. Resolves with the changes that the switch refused; if there are any, it took none at all. */
async function attempt(
  connection: Connection,
  bundleId: number,
  changes: readonly FlowChange[],
): Promise<Map<FlowChange, string>> {
  await control(connection, bundleId, 'openRequest');
  const sent = new Map<number, FlowChange>();
  const refused = new Map<FlowChange, string>();
  const stopListening = connection.listen((message) => {
    const change = message.type === OFPT.error ? sent.get(message.xid) : undefined;
    if (!change) return false;
    const error = decode(message.bytes);
    refused.set(change, error.type === 'error' ? error.name : 'unknown');
    return true;
  });
  try {
    for (const change of changes) {
      sent.set(writeAdd(connection, bundleId, change), change);
      if (connection.congested) await connection.ready();
      // The kernel may take all there is, so that nothing else would make us pause.
      if (sent.size % TURN === 0) await setImmediate();
    }
    // A message that OVS refuses on its way into a bundle is left out and the commit goes through without it:
    // the barrier brings every refusal home before we decide.
    await connection.barrier();
    for (const error of refused.values()) {
      // Not this flow is wrong but the bundle, so nothing can be said of the flows.
      if (error.startsWith('OFPBFC_')) throw new ReconcileError('RECO_BUNDLE', `add: ${error}`);
    }
    if (refused.size > 0) {
      await control(connection, bundleId, 'discardRequest');
      return refused;
    }
    const committed = control(connection, bundleId, 'commitRequest');
    const done = connection.barrier();
    const [commit, barrier] = await Promise.allSettled([committed, done]);
    if (barrier.status === 'rejected') throw barrier.reason;
    if (commit.status === 'rejected' && refused.size === 0) throw commit.reason;
    return refused;
  } finally {
    stopListening();
  }
}

async function control(
  connection: Connection,
  bundleId: number,
  step: 'openRequest' | 'commitRequest' | 'discardRequest',
): Promise<void> {
  const answer = await connection.request({
    type: 'bundleControl',
    bundleId,
    control: step,
    flags: ATOMIC_ORDERED,
  });
  if (answer.type === 'error') throw new ReconcileError('RECO_BUNDLE', `${step}: ${answer.name}`);
}

function writeAdd(connection: Connection, bundleId: number, { before, after }: FlowChange): number {
  const xid = connection.nextXid();
  const flow = after ?? before;
  if (!flow) return xid;
  connection.write((writer) =>
    encodeBundleAdd(writer, { xid, bundleId, flags: ATOMIC_ORDERED }, () =>
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
      ),
    ),
  );
  return xid;
}
