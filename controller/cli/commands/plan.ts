import { Command } from 'commander';
import { z } from 'zod';
import type { Api } from '../client/client.ts';
import { CliError } from '../error.ts';
import { painted, printable, type Terminal, terminalOf } from '../terminal.ts';
import { execute } from '../topology/execute.ts';
import type { Step } from '../topology/step.ts';
import { addFiles, addReach, formatPlan, planOf, type TopologyOptions } from '../topology-plan.ts';
import { examples } from './help.ts';

const flow = z.string();
const switchSchema = z.object({
  id: z.string(),
  added: z.array(flow),
  changed: z.array(z.object({ from: flow, to: flow })),
  deleted: z.array(flow),
  problems: z.array(z.string()),
  omitted: z.number(),
});
const planSchema = z.object({ objects: z.number(), switches: z.array(switchSchema) });
type FlowPlan = z.infer<typeof planSchema>;

/** `tenantflow plan -f FILE`: what `apply` would do, down to the flows of every switch. */
export function planCommand(): Command {
  const command = new Command('plan')
    .summary('Show what apply would change, down to the flows of every switch.')
    .description(
      'Show what `tenantflow apply` would do with the same files, and which flows that would add, change and delete on which switch. The controller tries it out and keeps nothing of it. For admins.',
    );
  addFiles(command).option('--json', 'print the flows as JSON');
  return addReach(command)
    .addHelpText(
      'after',
      examples([
        ['tenantflow plan -f lab.yaml', 'which flows a topology makes, before anything is written'],
        ['tenantflow plan -f lab.yaml --json', 'the same for programs'],
      ]),
    )
    .action(plan);
}

async function plan(options: TopologyOptions & { readonly json?: true }): Promise<void> {
  const { api, topology, plan } = await planOf(options);
  const terminal = terminalOf(process.stdout, process.env);
  const flows = plan.steps.length === 0 ? { objects: 0, switches: [] } : await tryOut(api, plan.steps);
  process.stdout.write(
    options.json
      ? `${JSON.stringify(flows, null, 2)}\n`
      : `${formatPlan(plan, topology, terminal)}${formatFlows(flows, terminal)}`,
  );
}

/** Has the controller do the steps in a plan, asks what that changes, and has it forget them. */
async function tryOut(api: Api, steps: readonly Step[]): Promise<FlowPlan> {
  const opened = z.object({ id: z.string() }).safeParse(await api.request('POST', '/v1/plans'));
  if (!opened.success) throw new CliError('/v1/plans: the answer is not that of a tenantflow');
  const at = `/v1/plans/${opened.data.id}`;
  try {
    const within: Api = { request: (method, path, body) => api.request(method, `${at}${path}`, body) };
    await execute(within, steps, () => undefined);
    const told = planSchema.safeParse(await api.request('GET', at));
    if (!told.success) throw new CliError(`${at}: the answer is not that of a tenantflow`);
    return told.data;
  } finally {
    // It would be forgotten anyway, and what went wrong before says more.
    await api.request('DELETE', at).catch(() => undefined);
  }
}

function formatFlows({ switches }: FlowPlan, { hasColours }: Terminal): string {
  const line = (sign: string, colour: 'green' | 'yellow' | 'red', text: string) => {
    const shown = printable(`${sign} ${text}`);
    return `    ${hasColours ? painted(shown, colour) : shown}`;
  };
  const lines = switches.flatMap(({ id, added, changed, deleted, problems, omitted }) => [
    '',
    `${printable(id)}: ${added.length} flows to add, ${changed.length} to change, ${deleted.length} to delete${omitted > 0 ? `; ${omitted} that are not shown, because they are too many` : ''}`,
    ...problems.map((problem) => line('!', 'red', problem)),
    ...deleted.map((text) => line('-', 'red', text)),
    ...changed.flatMap(({ from, to }) => [line('-', 'yellow', from), line('+', 'yellow', to)]),
    ...added.map((text) => line('+', 'green', text)),
  ]);
  return switches.length === 0 ? 'No switch changes.\n' : `${lines.join('\n')}\n`;
}
