import { Command, Option } from 'commander';
import type { ClientOptions } from '../client/endpoint.ts';
import { addClientOptions, clientOf } from '../client/options.ts';
import { findAll } from '../find.ts';
import { kindNamed } from '../kinds/kinds.ts';
import { Output } from '../output.ts';
import { FORMATS, type Format, render } from '../render.ts';
import { addSelectOptions, type SelectOptions, selectionOf } from '../selection.ts';
import { terminalOf } from '../terminal.ts';
import { kindsAndExamples } from './help.ts';
import { watch } from './watch.ts';

interface GetOptions extends ClientOptions, SelectOptions {
  readonly output: Format;
  readonly watch?: true;
}

/** `tenantflow get KIND [NAME…]`: a table, or the objects themselves. */
export function getCommand(): Command {
  const command = new Command('get')
    .summary('List objects, or show the named ones.')
    .description(
      'List objects of a kind, or show the named ones. NAME may also be an id, or the first 8 characters of one, as tables show them.',
    )
    .argument('<KIND>', 'what to list: networks, ports, … (see below)')
    .argument('[NAME...]', 'which; without any, all')
    .addOption(
      new Option(
        '-o, --output <FORMAT>',
        'table is as wide as the terminal; wide shows more columns, uncut; name and id print one a line',
      )
        .choices(FORMATS)
        .default('table'),
    )
    .option('-w, --watch', 'go on, and print what changes, until Ctrl-C');
  return addClientOptions(addSelectOptions(command))
    .addHelpText(
      'after',
      kindsAndExamples([
        ['tenantflow get ports', 'all ports, with their network, addresses and status'],
        ['tenantflow get port vm1 -o yaml', 'everything that the API says of one'],
        ['tenantflow get ports --filter status=DOWN --project lab', 'what is down in a project'],
        ['tenantflow get trunks --watch', 'a line for each that changes'],
        [
          'ovs-vsctl set Interface tap1 external_ids:iface-id=$(tenantflow get port vm1 -o id)',
          'plug an interface in',
        ],
      ]),
    )
    .action(async (word: string, refs: string[], options: GetOptions) => {
      const kind = kindNamed(word);
      const selection = selectionOf(kind, refs, options);
      const api = clientOf(options);
      const terminal = terminalOf(process.stdout, process.env);
      const output = new Output(process.stdout);
      const { output: format } = options;
      if (options.watch) return watch(api, kind, selection, { format, terminal, output });
      const objects = await findAll(api, kind, selection);
      if (objects.length === 0 && (format === 'table' || format === 'wide')) {
        process.stderr.write(
          `There are no ${kind.plural}${selection.filters.length > 0 ? ' like that' : ' yet'}.\n`,
        );
        return;
      }
      await output.write(await render(api, kind, objects, { format, terminal, isOne: refs.length === 1 }));
    });
}
