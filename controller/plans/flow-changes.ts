import type { AnyFact, Facts } from '#apps';
import type { FactDelta } from '#controller/model/model';
import { type Flow, type Pipeline, PipelineError, printFlow, sameContent } from '#pipeline';

/** What changes on one switch: flows in the notation of ovs-ofctl, in the order of a packet's way. */
export interface FlowChanges {
  readonly added: readonly string[];
  readonly changed: readonly { readonly from: string; readonly to: string }[];
  readonly deleted: readonly string[];
  /** Why facts make no flows, where an app cannot compile them. */
  readonly problems: readonly string[];
}

/** The flows that a switch gets and loses when its facts change so. */
export function flowChanges(pipeline: Pipeline<Facts>, { gone, come }: FactDelta): FlowChanges {
  const problems: string[] = [];
  const before = compiled(pipeline, gone, () => undefined);
  const after = compiled(pipeline, come, (problem) => problems.push(problem));
  const added = [...after.values()].filter(({ key }) => !before.has(key));
  const deleted = [...before.values()].filter(({ key }) => !after.has(key));
  const changed = [...after.values()].flatMap((to) => {
    const from = before.get(to.key);
    return from === undefined || sameContent(from, to) ? [] : [{ from, to }];
  });
  const text = (flow: Flow) => printFlow(flow, pipeline.layout);
  return {
    added: inOrder(added, (flow) => flow).map(text),
    changed: inOrder(changed, ({ to }) => to).map(({ from, to }) => ({ from: text(from), to: text(to) })),
    deleted: inOrder(deleted, (flow) => flow).map(text),
    problems,
  };
}

function compiled(
  pipeline: Pipeline<Facts>,
  facts: readonly AnyFact[],
  failed: (problem: string) => void,
): ReadonlyMap<string, Flow> {
  const flows = new Map<string, Flow>();
  for (const fact of facts) {
    try {
      for (const flow of pipeline.compile(fact)) flows.set(flow.key, flow);
    } catch (error) {
      if (!(error instanceof PipelineError)) throw error;
      failed(`${fact.kind} ${fact.key}: ${error.message}`);
    }
  }
  return flows;
}

function inOrder<T>(items: readonly T[], flowOf: (item: T) => Flow): readonly T[] {
  return [...items].sort((a, b) => {
    const [one, two] = [flowOf(a), flowOf(b)];
    return one.tableId - two.tableId || two.priority - one.priority || (one.key < two.key ? -1 : 1);
  });
}
