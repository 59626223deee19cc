import { Command } from 'commander';
import type { ClientOptions } from '../client/endpoint.ts';
import type { ApiObject } from '../client/objects.ts';
import { addClientOptions, clientOf } from '../client/options.ts';
import { Related } from '../kinds/related.ts';
import { switchKind } from '../kinds/switch.ts';
import { colourOf } from '../render.ts';
import { formatTable } from '../table.ts';
import { printable, terminalOf } from '../terminal.ts';
import { examples } from './help.ts';

/** `tenantflow status`: what the running controller knows of its switches. */
export function statusCommand(): Command {
  const command = new Command('status')
    .description('Show the switches of a running controller, their state, flows and ports.')
    .option('--json', 'print the answer as JSON');
  return addClientOptions(command)
    .addHelpText(
      'after',
      examples([
        ['tenantflow status', 'who is attached, and what keeps others from it'],
        ['tenantflow get switches --watch', 'the same, and what changes'],
      ]),
    )
    .action(async (options: ClientOptions & { readonly json?: true }) => {
      const switches = await switchKind.list(clientOf(options), []);
      process.stdout.write(options.json ? `${JSON.stringify(switches, null, 2)}\n` : describe(switches));
    });
}

/** A table, and below it the problems in full. */
function describe(switches: readonly ApiObject[]): string {
  if (switches.length === 0) return 'No hypervisor has connected yet.\n';
  const heads = switchKind.heads(false);
  const rows = switches.map((row) => switchKind.row(row, false, NOBODY).map(printable));
  const last = heads.length - 1;
  const table = formatTable(
    heads.slice(0, last),
    rows.map((row) => row.slice(0, last)),
    { ...terminalOf(process.stdout, process.env), colourOf },
  );
  const problems = rows.flatMap((row, at) =>
    row[last] ? [`${switches[at]?.id || row[2]}: ${row[last]}\n`] : [],
  );
  // A hypervisor that is not let in stands there twice: as it was, and as it calls.
  return table + (problems.length > 0 ? `\n${[...new Set(problems)].join('')}` : '');
}
const NOBODY = new Related([]);
