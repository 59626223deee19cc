import { Command } from 'commander';
import { apiOption, request } from './request.ts';

/** `tenantflow forget ID`: removes a hypervisor that is gone for good, so that its names and addresses are free. */
export function forgetCommand(): Command {
  return new Command('forget')
    .description('Remove a hypervisor that is gone for good; its name and tunnel address are free then.')
    .argument('<system-id>', 'the hypervisor, as `tenantflow status` names it')
    .addOption(apiOption())
    .action(async (systemId: string, { api }: { api: string }) => {
      await request(api, 'DELETE', `/v1/switches/${encodeURIComponent(systemId)}`);
      process.stdout.write(`forgot ${systemId}\n`);
    });
}
