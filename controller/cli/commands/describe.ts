import { Command } from 'commander';
import type { ClientOptions } from '../client/endpoint.ts';
import { addClientOptions, clientOf } from '../client/options.ts';
import { findAll } from '../find.ts';
import type { Fact } from '../kinds/kind.ts';
import { kindNamed } from '../kinds/kinds.ts';
import { Output } from '../output.ts';
import { colourOf } from '../render.ts';
import { selectionOf } from '../selection.ts';
import { painted, printable, type Terminal, terminalOf } from '../terminal.ts';
import { kindsAndExamples } from './help.ts';

/** `tenantflow describe KIND NAME…`: an object with all that belongs to it, for people. */
export function describeCommand(): Command {
  const command = new Command('describe')
    .summary('Show an object with all that belongs to it, and why it is as it is.')
    .description(
      'Show objects with all that belongs to them, in words: the network, addresses, security groups, trunk and host of a port, and why it is DOWN; the subports of a trunk; the problems of a switch. For programs there is `get -o json`.',
    )
    .argument('<KIND>', 'what: network, port, … (see below)')
    .argument('<NAME...>', 'which: names, ids, or the first 8 characters of ids');
  return addClientOptions(command)
    .addHelpText(
      'after',
      kindsAndExamples([
        ['tenantflow describe port vm1', 'where it is, what it may, and why it is down'],
        ['tenantflow describe switch hv1', 'what keeps a hypervisor from working'],
      ]),
    )
    .action(async (word: string, refs: string[], options: ClientOptions) => {
      const kind = kindNamed(word);
      const api = clientOf(options);
      const terminal = terminalOf(process.stdout, process.env);
      const objects = await findAll(api, kind, selectionOf(kind, refs, {}));
      const texts: string[] = [];
      for (const object of objects) texts.push(formatFacts(await kind.describe(object, api), terminal));
      await new Output(process.stdout).write(texts.join('\n'));
    });
}

/** Facts as lines, their labels lined up; several values are one below the other. */
export function formatFacts(facts: readonly Fact[], { hasColours }: Terminal): string {
  const width = Math.max(...facts.map(([label]) => label.length)) + 2;
  const lines = facts.flatMap(([label, value]) => {
    const values = typeof value === 'string' ? [value] : value.length === 0 ? ['none'] : value;
    return values.map((each, at) => {
      const text = printable(each);
      const colour = hasColours ? colourOf(text) : undefined;
      return `${(at === 0 ? label : '').padEnd(width)}${colour === undefined ? text : painted(text, colour)}`;
    });
  });
  return `${lines.join('\n')}\n`;
}
