import { type TestApi, testApi } from '#controller/api/api-fixture';
import type { Api } from '../client/client.ts';
import { Refused } from '../client/failure.ts';
import { execute } from './execute.ts';
import { type ExportedTopology, exportTopology } from './export.ts';
import { type Plan, type PlanOptions, planTopology } from './plan.ts';
import { formatProblems } from './problem.ts';
import { readTopology } from './read.ts';
import { takeSnapshot } from './snapshot.ts';

/** A controller's API in this process, and what commands do with topologies there. */
export class TopologyServer implements Api {
  readonly #api: TestApi = testApi();

  async request(method: string, path: string, body?: unknown): Promise<unknown> {
    const reply = await this.#api.call(method, path, body);
    if (reply.status >= 400) throw new Refused(reply.status, reply.body.NeutronError.message);
    return reply.body;
  }

  /** What applying a text would do; throws what is wrong with it. */
  async plan(text: string, options: Partial<PlanOptions> = {}): Promise<Plan> {
    const { topology, problems } = readTopology([{ name: 't.yaml', text }]);
    if (problems.length > 0) throw new Error(formatProblems(problems));
    const projects = topology.items.flatMap(({ project }) => project ?? []);
    const snapshot = await takeSnapshot(this, [...new Set(projects)]);
    const plan = planTopology(topology, snapshot, { prune: false, adopt: false, ...options });
    if (plan.problems.length > 0) throw new Error(formatProblems(plan.problems));
    return plan;
  }

  /** Applies a text; resolves with the plan that it was. */
  async apply(text: string, options: Partial<PlanOptions> = {}): Promise<Plan> {
    const plan = await this.plan(text, options);
    await execute(this, plan.steps, () => undefined);
    return plan;
  }

  async export(project?: string): Promise<ExportedTopology> {
    return exportTopology(await takeSnapshot(this), project);
  }
}

/** A plan as short lines: `+ port vm1`. */
export function linesOf({ steps }: Plan): readonly string[] {
  const signs = { create: '+', update: '~', delete: '-' } as const;
  return steps.flatMap(({ verb, label, changes }) => [
    `${signs[verb]} ${label}`,
    ...(verb === 'update' ? changes.map((change) => `    ${change}`) : []),
  ]);
}
