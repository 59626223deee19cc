import type { Connection } from '#controller/channel/connection';
import type { FlowChange } from '#pipeline';
import { TURN, type Turns } from '../turns.ts';
import { Bundle } from './bundle.ts';
import { makeChange } from './flow-mods.ts';
import { inSafeOrder } from './safe-order.ts';

/** A change that the switch refused, with the name of its error (OF 1.3.5, 7.4.4). */
export interface Refusal {
  readonly change: FlowChange;
  readonly error: string;
}

/** Attempts before the changes are halved: a switch tells all its refusals of a bundle's messages at once, those of a commit one by one. */
const ROUNDS = 4;

/**
 * Installs changes on a switch in one atomic bundle (ONF EXT-230), a single change without: all of them or, when the switch refuses
 * some, all others. When they are too many for one bundle, or it refuses one after the other, they go in several bundles.
 * `most` is how many one bundle may have. Resolves after the commit and a barrier, with what was refused. Rejects as `Bundle.commit` does.
 */
export async function install(
  connection: Connection,
  bundleId: () => number,
  turns: Turns,
  changes: readonly FlowChange[],
  most?: number,
): Promise<Refusal[]> {
  const refusals: Refusal[] = [];
  // To put them in order is a piece of work, too.
  if (changes.length > TURN) await turns.next();
  for (const part of inSafeOrder(changes, most))
    refusals.push(...(await installPart(connection, bundleId, turns, part)));
  return refusals;
}

async function installPart(
  connection: Connection,
  bundleId: () => number,
  turns: Turns,
  changes: readonly FlowChange[],
): Promise<Refusal[]> {
  const refusals: Refusal[] = [];
  const [only] = changes;
  if (only && changes.length === 1) {
    const error = await makeChange(connection, only);
    return error === undefined ? [] : [{ change: only, error }];
  }
  let rest = changes;
  for (let round = 1; rest.length > 0; round++) {
    if (round > ROUNDS && rest.length > 1) {
      // A full table, for example: halve the changes until those that are refused are found.
      refusals.push(...(await install(connection, bundleId, turns, rest, Math.ceil(rest.length / 2))));
      break;
    }
    const { refused, isMade } = await attempt(connection, bundleId(), turns, rest);
    for (const [change, error] of refused) refusals.push({ change, error });
    if (isMade) break;
    rest = rest.filter((change) => !refused.has(change));
  }
  return refusals;
}

async function attempt(
  connection: Connection,
  bundleId: number,
  turns: Turns,
  changes: readonly FlowChange[],
): ReturnType<Bundle['commit']> {
  const bundle = new Bundle(connection, bundleId);
  for (let at = 0; at < changes.length; at += TURN) {
    bundle.add(changes.slice(at, at + TURN));
    if (connection.congested) await connection.ready();
    // As long as the kernel takes all that we write, nothing else would make us pause.
    if (at + TURN < changes.length) await turns.next();
  }
  return await bundle.commit();
}
