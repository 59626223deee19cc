import { Command } from 'commander';
import type { ClientOptions } from '../client/endpoint.ts';
import { addClientOptions, clientOf } from '../client/options.ts';
import { switchKind } from '../kinds/switch.ts';
import { examples } from './help.ts';

/** `tenantflow forget ID`: removes a hypervisor that is gone for good, so that its names and addresses are free. */
export function forgetCommand(): Command {
  const command = new Command('forget')
    .description('Remove a hypervisor that is gone for good; its name and tunnel address are free then.')
    .argument('<system-id>', 'the hypervisor, as `tenantflow status` names it');
  return addClientOptions(command)
    .addHelpText('after', examples([['tenantflow forget hv3', 'its ports may be plugged in elsewhere then']]))
    .action(async (systemId: string, options: ClientOptions) => {
      await switchKind.remove(clientOf(options), systemId);
      process.stdout.write(`forgot ${systemId}\n`);
    });
}
