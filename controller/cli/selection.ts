import { type Command, Option } from 'commander';
import type { Query } from './client/objects.ts';
import { UsageError } from './error.ts';
import type { Kind } from './kinds/kind.ts';

/** Which objects of a kind a command is about. */
export interface Selection {
  /** Names, ids, or beginnings of ids; none selects all that the filters let through. */
  readonly refs: readonly string[];
  readonly filters: Query;
}

/** Options of a command that selects objects. */
export interface SelectOptions {
  readonly filter?: readonly string[];
  readonly project?: string;
}

/** Adds the options by which a command selects objects. */
export function addSelectOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--filter <KEY=VALUE>',
        'only those with this value of an attribute; values of one key are alternatives, several keys must all match',
      ).argParser((text: string, before: readonly string[] | undefined) => [...(before ?? []), text]),
    )
    .option('--project <ID>', 'only those of this project');
}

/** Reads `--filter KEY=VALUE` and `--project`. Throws UsageError. */
export function selectionOf(kind: Kind, refs: readonly string[], options: SelectOptions): Selection {
  const { filter = [], project } = options;
  if (project !== undefined && !kind.isOwned)
    throw new UsageError(`--project: ${kind.plural} belong to no project`);
  const filters = filter.map((text): readonly [string, string] => {
    const at = text.indexOf('=');
    if (at < 1) throw new UsageError(`--filter: '${text}' is not KEY=VALUE, such as status=ACTIVE`);
    return [text.slice(0, at), text.slice(at + 1)];
  });
  return { refs, filters: project === undefined ? filters : [...filters, ['project_id', project]] };
}
