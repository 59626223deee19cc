import { Command } from 'commander';
import type { Api } from '../client/client.ts';
import { confirm } from '../confirm.ts';
import { CliError } from '../error.ts';
import { printable, terminalOf } from '../terminal.ts';
import { execute, StepError } from '../topology/execute.ts';
import type { Step } from '../topology/step.ts';
import { addFiles, addReach, formatPlan, planOf, type TopologyOptions } from '../topology-plan.ts';
import { examples } from './help.ts';

interface ApplyOptions extends TopologyOptions {
  readonly yes?: true;
  readonly dryRun?: true;
}

/** `tenantflow apply -f FILE`: makes a controller have what files say. */
export function applyCommand(): Command {
  const command = new Command('apply')
    .summary('Make the controller have what files say, after showing what that takes.')
    .description(
      'Make the controller have what files say: networks, subnets, ports, trunks and security groups, by name and in any order. It shows what it is going to create, update and delete, field by field, and asks. What is there already stays, so that it can be run again at any time, also after it was stopped in the middle.',
    );
  addFiles(command).option('-y, --yes', 'do not ask').option('--dry-run', 'only show what it would do');
  addReach(command);
  return command
    .addHelpText(
      'after',
      `
A file has lists such as networks:, ports: and trunks:, whose items have the attributes of Neutron's API and refer to
each other by names. Fields that it doesn't say are left as they are. With a name (topology: lab) what it creates is
tagged with that name, and --prune deletes only what has this tag and is in no file any more.
\`tenantflow schema\` prints the JSON Schema for editors, and \`tenantflow export\` a topology of what is there.
${examples([
  ['tenantflow apply -f lab.yaml', 'show, ask, do'],
  ['tenantflow apply -f networks.yaml -f ports.yaml --dry-run', 'several files are one topology; only show'],
  [
    'tenantflow export | tenantflow apply --api https://other:9696 -f - --yes',
    'the same on another controller',
  ],
])}`,
    )
    .action(apply);
}

async function apply(options: ApplyOptions): Promise<void> {
  const { api, topology, plan } = await planOf(options);
  process.stdout.write(formatPlan(plan, topology, terminalOf(process.stdout, process.env)));
  if (plan.steps.length === 0 || options.dryRun) return;
  if (!options.yes && !(await confirm('Do this?'))) throw new CliError('not confirmed: nothing was changed');
  await executeAll(api, plan.steps);
}

/** Progress goes to stderr. A failure says what is done and what is not. */
async function executeAll(api: Api, steps: readonly Step[]): Promise<void> {
  const done: Record<Step['verb'], string> = { create: 'created', update: 'updated', delete: 'deleted' };
  try {
    await execute(api, steps, ({ verb, label }) => {
      process.stderr.write(`${done[verb]} ${printable(label)}\n`);
    });
  } catch (error) {
    if (!(error instanceof StepError)) throw error;
    const rest = steps.slice(error.doneCount + 1).map(({ verb, label }) => `  ${verb} ${printable(label)}`);
    const notDone =
      rest.length === 0
        ? ''
        : `\nNot done yet:\n${rest.slice(0, 20).join('\n')}${rest.length > 20 ? `\n  … and ${rest.length - 20} more` : ''}`;
    throw new CliError(
      `${error.message}\n${error.doneCount} of ${steps.length} steps are done.${notDone}\nRun it again when that is out of the way: it goes on from here.`,
      { cause: error },
    );
  }
}
