import type { Action, FlowMod } from 'openflow-codec';
import type { Case } from './compare.ts';

type Test = (trial: Case) => Promise<string | undefined>;

/** A case that fails, and how. */
interface Failing {
  readonly trial: Case;
  readonly difference: string;
}

/** Most trials that a search may take: each installs its flows anew. */
const MOST_TRIALS = 1500;

/** The failing case without what it can lose and still fail: packets, flows, parts of flows. */
export async function smallest(trial: Case, test: Test): Promise<Failing> {
  let best: Failing = { trial, difference: (await test(trial)) ?? 'does not fail the second time' };
  let trials = 0;
  for (let shrank = true; shrank && trials < MOST_TRIALS; ) {
    shrank = false;
    for (const smaller of smallerOf(best.trial)) {
      if (++trials >= MOST_TRIALS) break;
      const difference = await test(smaller);
      if (difference === undefined) continue;
      best = { trial: smaller, difference };
      shrank = true;
      break;
    }
  }
  return best;
}

/** The biggest steps first: halves of the packets, one packet less, one flow less, one action less. */
function* smallerOf(trial: Case): Generator<Case> {
  const { packets, flows, groups } = trial;
  if (packets.length > 2) {
    yield { ...trial, packets: packets.slice(0, packets.length >> 1) };
    yield { ...trial, packets: packets.slice(packets.length >> 1) };
  }
  for (const size of [flows.length >> 1, flows.length >> 2, flows.length >> 3]) {
    for (let at = 0; size > 1 && at < flows.length; at += size) {
      yield { ...trial, flows: flows.toSpliced(at, size) };
    }
  }
  for (const at of packets.keys())
    if (packets.length > 1) yield { ...trial, packets: packets.toSpliced(at, 1) };
  for (const at of flows.keys()) yield { ...trial, flows: flows.toSpliced(at, 1) };
  for (const at of groups.keys()) yield { ...trial, groups: groups.toSpliced(at, 1) };
  for (const [at, flow] of flows.entries()) {
    for (const smaller of smallerFlows(flow)) yield { ...trial, flows: flows.with(at, smaller) };
  }
}

function smallerFlows(flow: FlowMod): FlowMod[] {
  return flow.instructions.flatMap((instruction, at) => [
    { ...flow, instructions: flow.instructions.toSpliced(at, 1) },
    ...('actions' in instruction
      ? smallerLists(instruction.actions).map((actions) => ({
          ...flow,
          instructions: flow.instructions.with(at, { ...instruction, actions }),
        }))
      : []),
  ]);
}

function smallerLists(actions: readonly Action[]): (readonly Action[])[] {
  return actions.flatMap((action, at) => [
    actions.toSpliced(at, 1),
    ...(action.action === 'clone'
      ? smallerLists(action.actions).map((inner) => actions.with(at, { ...action, actions: inner }))
      : []),
  ]);
}
