import { Command, CommanderError } from 'commander';
import { ConfigError } from '#controller/config/config';
import { StoreError } from '#controller/store/errors';
import { VERSION } from '#controller/version';
import { backupCommand } from './backup.ts';
import { CliError } from './error.ts';
import { forgetCommand } from './forget.ts';
import { ofpCommand } from './ofp.ts';
import { restoreCommand } from './restore.ts';
import { serveCommand } from './serve.ts';
import { statusCommand } from './status.ts';

/** Runs the command line `tenantflow …`; resolves with the exit code: 0 fine, 1 failed, 2 used wrongly. */
export async function runCli(argv: readonly string[]): Promise<number> {
  const program = new Command('tenantflow')
    .description('A central OpenFlow 1.3 controller: tenants’ networks on stock Open vSwitch.')
    .version(VERSION, '-V, --version')
    .showHelpAfterError('(tenantflow --help tells more)')
    .exitOverride();
  const commands = [serveCommand(), statusCommand(), forgetCommand(), backupCommand(), restoreCommand()];
  for (const command of [...commands, ofpCommand()]) program.addCommand(command.exitOverride());
  try {
    await program.parseAsync(argv);
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (error instanceof ConfigError || error instanceof CliError || error instanceof StoreError) {
      process.stderr.write(`tenantflow: ${error.message}\n`);
      return error instanceof ConfigError ? 2 : 1;
    }
    throw error;
  }
}
