import { type Command, Option } from 'commander';
import { ApiClient } from './client.ts';
import { CLIENT_ENVIRONMENT, type ClientOptions, DEFAULT_API, endpointOf } from './endpoint.ts';

/** Adds the options that every command has which asks a running controller. */
export function addClientOptions(command: Command): Command {
  const variables = (name: keyof ClientOptions) => CLIENT_ENVIRONMENT[name].join(', ');
  return command
    .optionsGroup('Where the controller is:')
    .addOption(
      new Option(
        '--api <URL>',
        `where the controller’s API is: a URL, or HOST:PORT (default: ${DEFAULT_API}, or ${variables('api')})`,
      ),
    )
    .addOption(new Option('--token <TOKEN>', `what to be let in with (or ${variables('token')})`))
    .addOption(
      new Option('--token-file <FILE>', `file whose first line is the token (or ${variables('tokenFile')})`),
    )
    .addOption(
      new Option(
        '--ca-file <FILE>',
        `authorities to trust for https, PEM, instead of the system’s (or ${variables('caFile')})`,
      ),
    );
}

/** The client that a command's options and the environment ask for. Throws UsageError. */
export function clientOf(options: ClientOptions): ApiClient {
  return new ApiClient(endpointOf(options, process.env), undefined, (news) => {
    process.stderr.write(`tenantflow: ${news}\n`);
  });
}
