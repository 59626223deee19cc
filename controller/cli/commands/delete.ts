import { Command } from 'commander';
import type { ApiClient } from '../client/client.ts';
import type { ClientOptions } from '../client/endpoint.ts';
import { Refused } from '../client/failure.ts';
import type { ApiObject } from '../client/objects.ts';
import { addClientOptions, clientOf } from '../client/options.ts';
import { confirm } from '../confirm.ts';
import { CliError, UsageError } from '../error.ts';
import { findAll } from '../find.ts';
import type { Kind } from '../kinds/kind.ts';
import { kindNamed } from '../kinds/kinds.ts';
import { called } from '../kinds/related.ts';
import { few } from '../kinds/words.ts';
import { addSelectOptions, type SelectOptions, selectionOf } from '../selection.ts';
import { printable } from '../terminal.ts';
import { kindsAndExamples } from './help.ts';

interface DeleteOptions extends ClientOptions, SelectOptions {
  readonly yes?: true;
}

/** `tenantflow delete KIND NAME…`: asks, deletes, and reports each. */
export function deleteCommand(): Command {
  const command = new Command('delete')
    .summary('Delete objects, after asking.')
    .description(
      'Delete objects, after asking. Those that cannot be deleted are reported with what is in the way; the others go. A network takes its subnets with it. A switch is one that is gone for good, as by `tenantflow forget`.',
    )
    .argument('<KIND>', 'what: networks, ports, … (see below)')
    .argument(
      '[NAME...]',
      'which: names, ids, or the first 8 characters of ids; or select with --filter or --project',
    )
    .option('-y, --yes', 'do not ask');
  return addClientOptions(addSelectOptions(command))
    .addHelpText(
      'after',
      kindsAndExamples([
        ['tenantflow delete port vm1 vm2', 'two ports, after asking'],
        ['tenantflow delete ports --filter network_id=ID --yes', 'all ports of a network, without asking'],
      ]),
    )
    .action(async (word: string, refs: string[], options: DeleteOptions) => {
      const kind = kindNamed(word);
      const selection = selectionOf(kind, refs, options);
      if (refs.length === 0 && selection.filters.length === 0)
        throw new UsageError(`say which ${kind.plural}: by name or id, or with --filter or --project`);
      const api = clientOf(options);
      const objects = await findAll(api, kind, selection);
      if (objects.length === 0) {
        process.stderr.write(`There are no ${kind.plural} like that: nothing to delete.\n`);
        return;
      }
      if (!options.yes && !(await confirm(question(kind, objects))))
        throw new CliError('not confirmed: nothing was deleted');
      await deleteAll(api, kind, objects);
    });
}

function question(kind: Kind, objects: readonly ApiObject[]): string {
  const named = objects
    .map((object) => called(kind.name, { ...object, name: kind.nameOf(object) }))
    .map(printable);
  return named.length === 1
    ? `Delete ${named[0]}?`
    : `${few(named).join('\n')}\nDelete these ${named.length} ${kind.plural}?`;
}

/** Deletes one after the other; what is gone already counts as deleted. Throws CliError when some could not be. */
async function deleteAll(api: ApiClient, kind: Kind, objects: readonly ApiObject[]): Promise<void> {
  let failures = 0;
  for (const object of objects) {
    const name = printable(called(kind.name, { ...object, name: kind.nameOf(object) }));
    try {
      await kind.remove(api, object.id);
      process.stdout.write(`deleted ${name}\n`);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (error.status === 404) {
        process.stdout.write(`gone already: ${name}\n`);
        continue;
      }
      failures++;
      const obstacles = error.status === 409 ? await kind.inTheWay(object, api) : [];
      const told = [
        `cannot delete ${name}: ${error.message}`,
        ...(obstacles.length > 0 ? ['In the way, to be deleted or detached first:'] : []),
        ...few(obstacles).map((each) => `  ${each}`),
      ];
      process.stderr.write(
        `tenantflow: ${told.map((line) => line.split('\n').map(printable).join('\n')).join('\n')}\n`,
      );
    }
  }
  if (failures > 0)
    throw new CliError(
      objects.length === 1
        ? 'it was not deleted'
        : `${failures} of ${objects.length} ${kind.plural} were not deleted`,
    );
}
