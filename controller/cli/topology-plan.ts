import { readFileSync } from 'node:fs';
import { text as readText } from 'node:stream/consumers';
import { type Command, Option } from 'commander';
import type { ApiClient } from './client/client.ts';
import type { ClientOptions } from './client/endpoint.ts';
import { addClientOptions, clientOf } from './client/options.ts';
import { UsageError } from './error.ts';
import { painted, printable, type Terminal } from './terminal.ts';
import type { Topology } from './topology/item.ts';
import { type Plan, planTopology } from './topology/plan.ts';
import { formatPlace, formatProblems } from './topology/problem.ts';
import { readTopology, type TopologyFile } from './topology/read.ts';
import { takeSnapshot } from './topology/snapshot.ts';

/** What commands are told that make a controller have what files say. */
export interface TopologyOptions extends ClientOptions {
  readonly filename: readonly string[];
  readonly prune?: true;
  readonly adopt?: true;
}

/** Adds the option for files. */
export function addFiles(command: Command): Command {
  return command.addOption(
    new Option(
      '-f, --filename <FILE>',
      'file of the topology, YAML or JSON; - is standard input; may be given several times',
    )
      .argParser((text: string, before: readonly string[] | undefined) => [...(before ?? []), text])
      .makeOptionMandatory(),
  );
}

/** Adds the options that say how far to go, and where the controller is. */
export function addReach(command: Command): Command {
  command
    .option('--prune', 'delete what this topology made and its files don’t say any more')
    .option(
      '--adopt',
      'take over what is there already and belongs to no topology, so that --prune may delete it one day',
    );
  return addClientOptions(command);
}

/** Reads the files and compares them with what the controller has. Throws UsageError for what they say wrongly. */
export async function planOf(
  options: TopologyOptions,
): Promise<{ readonly api: ApiClient; readonly topology: Topology; readonly plan: Plan }> {
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
  return { api, topology, plan };
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
export function formatPlan({ steps, leftovers }: Plan, { name }: Topology, { hasColours }: Terminal): string {
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
