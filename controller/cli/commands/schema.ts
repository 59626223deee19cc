import { Command } from 'commander';
import { Output } from '../output.ts';
import { formatTopologySchema } from '../topology/json-schema.ts';
import { examples } from './help.ts';

/** `tenantflow schema`: the JSON Schema of topologies. */
export function schemaCommand(): Command {
  return new Command('schema')
    .summary('Print the JSON Schema of topology files, for editors.')
    .description(
      'Print the JSON Schema of topology files. Editors that know YAML complete and check by it: a first line `# yaml-language-server: $schema=topology.schema.json` says where it is.',
    )
    .addHelpText('after', examples([['tenantflow schema > topology.schema.json', 'beside your topology']]))
    .action(async () => {
      await new Output(process.stdout).write(formatTopologySchema());
    });
}
