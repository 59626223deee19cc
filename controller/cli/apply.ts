import { readFileSync } from 'node:fs';
import { text as readText } from 'node:stream/consumers';
import { Command, Option } from 'commander';
import type { ClientOptions } from './client/endpoint.ts';
import { addClientOptions, clientOf } from './client/options.ts';
import { confirm } from './confirm.ts';
import { CliError, UsageError } from './error.ts';
import { examples } from './help.ts';
import { painted, printable, type Terminal, terminalOf } from './terminal.ts';
import { execute, StepError } from './topology/execute.ts';
import type { Topology } from './topology/item.ts';
import { type Plan, planTopology } from './topology/plan.ts';
import { formatPlace, formatProblems } from './topology/problem.ts';
import { readTopology, type TopologyFile } from './topology/read.ts';
import { takeSnapshot } from './topology/snapshot.ts';
import type { Step } from './topology/step.ts';

interface ApplyOptions extends ClientOptions {
  readonly filename: readonly string[];
  readonly yes?: true;
  readonly dryRun?: true;
  readonly prune?: true;
  readonly adopt?: true;
}

/** `tenantflow apply -f FILE`: makes a controller have what files say. */
export function applyCommand(): Command {
  const command = new Command('apply')
    .summary('Make the controller have what files say, after showing what that takes.')
    .description(
      'Make the controller have what files say: networks, subnets, ports, trunks and security groups, by name and in any order. It shows what it is going to create, update and delete, field by field, and asks. What is there already stays, so that it can be run again at any time, also after it was stopped in the middle.',
    )
    .addOption(
      new Option(
        '-f, --filename <FILE>',
        'file of the topology, YAML or JSON; - is standard input; may be given several times',
      )
        .argParser((text: string, before: readonly string[] | undefined) => [...(before ?? []), text])
        .makeOptionMandatory(),
    )
    .option('-y, --yes', 'do not ask')
    .option('--dry-run', 'only show what it would do')
    .option('--prune', 'delete what this topology made and its files don’t say any more')
    .option(
      '--adopt',
      'take over what is there already and belongs to no topology, so that --prune may delete it one day',
    );
  addClientOptions(command);
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
  const { topology, problems } = readTopology(await filesOf(options.filename));
  refuse(problems);
  if (options.prune && topology.name === undefined)
    throw new UsageError(
      '--prune: the files give the topology no name, so that nothing is known to be its own: say topology: NAME in one of them',
    );
  const api = clientOf(options);
  const snapshot = await takeSnapshot(api, projectsOf(topology));
  const plan = planTopology(topology, snapshot, {
    prune: options.prune ?? false,
    adopt: options.adopt ?? false,
  });
  refuse(plan.problems);
  const terminal = terminalOf(process.stdout, process.env);
  process.stdout.write(formatPlan(plan, topology, terminal));
  if (plan.steps.length === 0 || options.dryRun) return;
  if (!options.yes && !(await confirm('Do this?'))) throw new CliError('not confirmed: nothing was changed');
  await executeAll(api, plan.steps);
}

function refuse(problems: Plan['problems']): void {
  if (problems.length === 0) return;
  throw new UsageError(
    `nothing was changed, because of this:\n${formatProblems(problems).split('\n').map(printable).join('\n')}`,
  );
}

/** Projects whose default group a topology speaks of. */
function projectsOf({ items }: Topology): readonly string[] {
  return [...new Set(items.flatMap(({ project }) => project ?? []))];
}

async function filesOf(names: readonly string[]): Promise<readonly TopologyFile[]> {
  const files: TopologyFile[] = [];
  for (const name of new Set(names)) {
    try {
      files.push(
        name === '-'
          ? { name: '(standard input)', text: await readText(process.stdin) }
          : { name, text: readFileSync(name, 'utf8') },
      );
    } catch (error) {
      throw new UsageError(`-f ${name}: ${error instanceof Error ? error.message : error}`);
    }
  }
  return files;
}

const SIGNS = { create: '+', update: '~', delete: '-' } as const;
const COLOURS = { create: 'green', update: 'yellow', delete: 'red' } as const;

/** A plan for people: what becomes of each object, and how many there are of each. */
function formatPlan({ steps, leftovers }: Plan, { name }: Topology, { hasColours }: Terminal): string {
  const lines = steps.flatMap((step) => {
    const head = printable(`${SIGNS[step.verb]} ${step.label}`);
    const place = step.place === undefined ? '' : `  (${formatPlace(step.place)})`;
    return [
      `${hasColours ? painted(head, COLOURS[step.verb]) : head}${place}`,
      ...step.changes.map((change) => `    ${printable(change)}`),
    ];
  });
  const counts = (['create', 'update', 'delete'] as const).map(
    (verb) => `${steps.filter((step) => step.verb === verb).length} to ${verb}`,
  );
  const summary =
    steps.length === 0 ? 'Nothing to do: all is as the files say.' : `Plan: ${counts.join(', ')}.`;
  const left =
    leftovers.length === 0
      ? []
      : [
          `Of topology ${name}, no longer in its files, and left alone:`,
          ...leftovers.map((each) => `    ${printable(each)}`),
        ];
  return `${[...lines, ...(lines.length > 0 ? [''] : []), summary, ...left].join('\n')}\n`;
}

/** Progress goes to stderr. A failure says what is done and what is not. */
async function executeAll(api: Parameters<typeof execute>[0], steps: readonly Step[]): Promise<void> {
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
