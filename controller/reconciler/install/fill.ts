import type { Connection } from '#controller/channel/connection';
import { type Flow, type FlowChange, meterOf } from '#pipeline';
import type { Desired } from '../desired/desired.ts';
import { isExpected } from '../errors.ts';
import { countOurFlows } from '../reading/walk-flows.ts';
import { TURN, type Turns } from '../turns.ts';
import { Filling } from './filling.ts';
import type { Outstanding } from './outstanding.ts';

/** What was done to a switch that had nothing of ours. */
export interface Filled {
  readonly changes: number;
  /** Flows that are still outstanding, because the switch refused some of them. */
  readonly left: number;
}

/**
 * Brings the desired flows to a switch that has none of them while they are compiled, turn by turn. What changes meanwhile, and
 * what the switch refuses or needs a meter for, is outstanding then. Resolves with nothing when it no longer `goesOn`. Rejects as
 * `Connection.barrier` does.
 */
export async function fill(
  connection: Connection,
  options: {
    readonly desired: Desired;
    readonly outstanding: Outstanding;
    readonly turns: Turns;
    readonly goesOn: () => boolean;
  },
): Promise<Filled | undefined> {
  const { desired, outstanding, turns, goesOn } = options;
  outstanding.reset([]);
  const filling = new Filling(connection, turns);
  let count = 0;
  for (const changes of pieces(desired, outstanding)) {
    if (count > 0) await turns.next();
    count += changes.length;
    await filling.add(changes);
    if (!goesOn()) {
      filling.stop();
      return undefined;
    }
  }
  const left = await filling.end();
  for (const change of left) outstanding.giveBack(change);
  return { changes: count - left.length, left: left.length };
}

/** Whether a switch has as many flows of ours as it was filled with. False also when it does not tell. */
export async function isAsFilled(connection: Connection, filled: Filled): Promise<boolean> {
  try {
    return (await countOurFlows(connection)) === filled.changes;
  } catch (error) {
    if (isExpected(error)) return false;
    throw error;
  }
}

/**
 * Flows to write, by turns: first those that are compiled already, then others as they are. The rest is outstanding: what needs a
 * meter, and of what comes later another fact's claim of a flow that has been written, or is to be.
 */
function* pieces(desired: Desired, outstanding: Outstanding): Generator<FlowChange[]> {
  // Of now: what changes from here on is outstanding, and is written behind what it was.
  const compiled = [...desired.compiled.values()];
  const ready = compiled.filter((flow) => meterOf(flow) === undefined);
  if (ready.length < compiled.length)
    for (const flow of compiled) if (meterOf(flow) !== undefined) outstanding.add(come(flow));
  for (let at = 0; at < ready.length; at += TURN) yield ready.slice(at, at + TURN).map(come);
  while (!desired.isComplete)
    yield desired.compileMore(TURN).filter((change) => {
      const isNew = change.before === undefined && !outstanding.has(change);
      const isReady = isNew && change.after !== undefined && meterOf(change.after) === undefined;
      if (!isReady) outstanding.add(change);
      return isReady;
    });
}

function come(after: Flow): FlowChange {
  return { before: undefined, after };
}
