import { Command, Option } from 'commander';
import { VERSION } from '#controller/version';
import type { ClientOptions } from '../client/endpoint.ts';
import { addClientOptions, clientOf } from '../client/options.ts';
import { Output } from '../output.ts';
import { exportTopology, formatTopology } from '../topology/export.ts';
import { takeSnapshot } from '../topology/snapshot.ts';
import { examples } from './help.ts';

interface ExportOptions extends ClientOptions {
  readonly project?: string;
  readonly output: 'yaml' | 'json';
}

/** `tenantflow export`: what a controller has, as a topology that `apply` takes. */
export function exportCommand(): Command {
  const command = new Command('export')
    .summary('Print what the controller has, as a topology that `apply` takes.')
    .description(
      'Print what the controller has, as a topology: `tenantflow apply` makes another controller have the same. Ids, keys and status are each controller’s own; for a copy with all that there is `tenantflow backup`.',
    )
    .option('--project <ID>', 'only what belongs to this project')
    .addOption(new Option('-o, --output <FORMAT>', 'format').choices(['yaml', 'json']).default('yaml'));
  return addClientOptions(command)
    .addHelpText(
      'after',
      examples([
        ['tenantflow export > lab.yaml', 'everything'],
        ['tenantflow export --project demo -o json', 'one project'],
      ]),
    )
    .action(async ({ project, output, ...options }: ExportOptions) => {
      const snapshot = await takeSnapshot(clientOf(options), project === undefined ? [] : [project]);
      const topology = exportTopology(snapshot, project);
      const text =
        output === 'json'
          ? `${JSON.stringify(topology, null, 2)}\n`
          : formatTopology(topology, `Exported by tenantflow ${VERSION}. \`tenantflow apply -f\` takes it.`);
      await new Output(process.stdout).write(text);
    });
}
