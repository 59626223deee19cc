import { Command } from 'commander';
import { z } from 'zod';
import type { ClientOptions } from '../client/endpoint.ts';
import { addClientOptions, clientOf } from '../client/options.ts';
import { CliError } from '../error.ts';
import { formatTable } from '../table.ts';
import { printable, terminalOf } from '../terminal.ts';
import { examples } from './help.ts';

const answer = z.array(z.object({ app: z.string(), name: z.string(), doc: z.string(), packets: z.number() }));

/** `tenantflow drops ID`: what a hypervisor has dropped, and why. */
export function dropsCommand(): Command {
  const command = new Command('drops')
    .description('Show what a hypervisor has dropped, by reason, the most frequent first.')
    .argument('<system-id>', 'the hypervisor, as `tenantflow status` names it')
    .option('--json', 'print the answer as JSON');
  return addClientOptions(command)
    .addHelpText(
      'after',
      examples([['tenantflow drops hv3', 'why packets do not arrive there, or from there']]),
    )
    .action(async (systemId: string, options: ClientOptions & { readonly json?: true }) => {
      const path = `/v1/switches/${encodeURIComponent(systemId)}/drops`;
      const counts = answer.safeParse(await clientOf(options).request('GET', path));
      if (!counts.success) throw new CliError(`${path}: the answer is not that of a tenantflow`);
      process.stdout.write(options.json ? `${JSON.stringify(counts.data, null, 2)}\n` : table(counts.data));
    });
}

function table(counts: z.infer<typeof answer>): string {
  const rows = counts
    .filter(({ packets }) => packets > 0)
    .map(({ packets, name, app, doc }) => [`${packets}`, name, app, doc].map(printable));
  if (rows.length === 0) return 'Nothing has been dropped.\n';
  return formatTable(['PACKETS', 'REASON', 'APP', 'MEANING'], rows, terminalOf(process.stdout, process.env));
}
