import type { AnyFact, Facts } from '#apps';
import { type FactDelta, factName } from '#controller/model/fact-delta';
import { flowsOf } from '#controller/model/shared-facts';
import { type Flow, type Pipeline, PipelineError, printFlow, sameContent } from '#pipeline';
import type { Turn } from '../base/turn.ts';

/** What changes on one switch: flows in the notation of ovs-ofctl, in the order of a packet's way. */
export interface FlowChanges {
  readonly added: readonly string[];
  readonly changed: readonly { readonly from: string; readonly to: string }[];
  readonly deleted: readonly string[];
  /** Why facts make no flows, where an app cannot compile them. */
  readonly problems: readonly string[];
  /** How many lines the above would have, if they are too many; then all of it is left out. */
  readonly omitted: number;
}

/**
 * The flows that a switch gets and loses when its facts change so, in at most so many lines. Nothing more than that is
 * held, however many flows there are.
 */
export async function flowChanges(
  pipeline: Pipeline<Facts>,
  delta: FactDelta,
  most: number,
  turn: Turn,
): Promise<FlowChanges> {
  const found = new Differences(pipeline, most);
  for (const [before, after] of pairs(delta)) {
    found.add(before, after);
    if (turn.isOver) await turn.end();
  }
  if (found.count > most) return { added: [], changed: [], deleted: [], problems: [], omitted: found.count };
  const { before, after, problems } = found;
  const print = async (flows: Iterable<Flow>) => {
    const texts: string[] = [];
    for (const flow of [...flows].sort(onTheWay)) {
      texts.push(printFlow(flow, pipeline.layout));
      if (turn.isOver) await turn.end();
    }
    return texts;
  };
  const isChanged = ({ key }: Flow) => before.has(key) && after.has(key);
  const changed = [...after.values()].filter(isChanged);
  const from = await print(changed.flatMap(({ key }) => before.get(key) ?? []));
  const to = await print(changed);
  return {
    added: await print([...after.values()].filter((flow) => !isChanged(flow))),
    changed: to.map((text, at) => ({ from: from[at] ?? '', to: text })),
    deleted: await print([...before.values()].filter((flow) => !isChanged(flow))),
    problems,
    omitted: 0,
  };
}

/** Flows that are no more or not yet, as long as they are not too many; then only their number. */
class Differences {
  readonly before = new Map<string, Flow>();
  readonly after = new Map<string, Flow>();
  readonly problems: string[] = [];
  count = 0;
  readonly #pipeline: Pipeline<Facts>;
  readonly #most: number;

  constructor(pipeline: Pipeline<Facts>, most: number) {
    this.#pipeline = pipeline;
    this.#most = most;
  }

  /** A fact as it was and is; the flows that it keeps are no difference. */
  add(gone: AnyFact | undefined, come: AnyFact | undefined): void {
    const old = new Map(this.#compile(gone, () => undefined).map((flow) => [flow.key, flow]));
    for (const flow of this.#compile(come, (problem) => this.#note(this.problems, problem))) {
      const same = old.get(flow.key);
      if (same !== undefined && sameContent(same, flow)) old.delete(flow.key);
      else this.#keep(this.after, this.before, flow);
    }
    for (const flow of old.values()) this.#keep(this.before, this.after, flow);
  }

  #compile(fact: AnyFact | undefined, failed: (problem: string) => void): readonly Flow[] {
    if (fact === undefined) return [];
    try {
      return flowsOf(this.#pipeline, fact);
    } catch (error) {
      if (!(error instanceof PipelineError)) throw error;
      failed(`${fact.kind} ${fact.key}: ${error.message}`);
      return [];
    }
  }

  /** A flow that goes over from one fact to another stays what it is. */
  #keep(flows: Map<string, Flow>, others: Map<string, Flow>, flow: Flow): void {
    const other = others.get(flow.key);
    if (other !== undefined && sameContent(other, flow)) {
      others.delete(flow.key);
      this.count -= 1;
    } else if (this.#count()) flows.set(flow.key, flow);
  }

  #note(problems: string[], problem: string): void {
    if (this.#count()) problems.push(problem);
  }

  /** Whether there is room for one more; when there is none, what was kept is of no use. */
  #count(): boolean {
    this.count += 1;
    if (this.count <= this.#most) return true;
    this.before.clear();
    this.after.clear();
    this.problems.length = 0;
    return false;
  }
}

/** Facts of one kind and key, as they were and as they are. */
function* pairs({ gone, come }: FactDelta): Iterable<readonly [AnyFact | undefined, AnyFact | undefined]> {
  const after = new Map(come.map((fact) => [factName(fact), fact]));
  for (const fact of gone) {
    yield [fact, after.get(factName(fact))];
    after.delete(factName(fact));
  }
  for (const fact of after.values()) yield [undefined, fact];
}

function onTheWay(one: Flow, two: Flow): number {
  return one.tableId - two.tableId || two.priority - one.priority || (one.key < two.key ? -1 : 1);
}
