import { Command, CommanderError } from 'commander';
import { ConfigError } from '#controller/config/config';
import { StoreError } from '#controller/store/errors';
import { VERSION } from '#controller/version';
import { applyCommand } from './apply.ts';
import { backupCommand } from './backup.ts';
import { completeCommand, completionCommand } from './completion/commands.ts';
import { connectionsCommand } from './connections.ts';
import { deleteCommand } from './delete.ts';
import { deniedCommand } from './denied.ts';
import { describeCommand } from './describe.ts';
import { dropsCommand } from './drops.ts';
import { CliError, UsageError } from './error.ts';
import { exportCommand } from './export.ts';
import { forgetCommand } from './forget.ts';
import { getCommand } from './get.ts';
import { EXIT_CODES, examples } from './help.ts';
import { ofpCommand } from './ofp.ts';
import { planCommand } from './plan.ts';
import { restoreCommand } from './restore.ts';
import { schemaCommand } from './schema.ts';
import { serveCommand } from './serve.ts';
import { statusCommand } from './status.ts';

/** Runs the command line `tenantflow …`; resolves with the exit code: 0 fine, 1 failed, 2 used wrongly. */
export async function runCli(argv: readonly string[]): Promise<number> {
  try {
    await programOf().parseAsync(argv);
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (error instanceof ConfigError || error instanceof CliError || error instanceof StoreError) {
      process.stderr.write(`tenantflow: ${error.message}\n`);
      return error instanceof ConfigError || error instanceof UsageError ? 2 : 1;
    }
    throw error;
  }
}

/** The command line, with all its commands. */
function programOf(): Command {
  const program = new Command('tenantflow')
    .description('A central OpenFlow 1.3 controller: tenants’ networks on stock Open vSwitch.')
    .version(VERSION, '-V, --version');
  const groups = {
    'The controller:': [
      serveCommand(),
      statusCommand(),
      dropsCommand(),
      connectionsCommand(),
      deniedCommand(),
      forgetCommand(),
      backupCommand(),
      restoreCommand(),
    ],
    'What tenants have:': [getCommand(), describeCommand(), deleteCommand()],
    'Topologies in files:': [planCommand(), applyCommand(), exportCommand(), schemaCommand()],
    'Tools:': [ofpCommand(), completionCommand()],
  };
  for (const [heading, commands] of Object.entries(groups)) {
    program.commandsGroup(heading);
    for (const command of commands) program.addCommand(command);
  }
  program.addCommand(completeCommand(program), { hidden: true });
  prepare(program, program.name());
  return program.addHelpText(
    'after',
    `${examples([
      ['tenantflow serve --data-dir /var/lib/tenantflow', 'run the controller'],
      ['tenantflow status', 'who is attached'],
      ['tenantflow get ports', 'what tenants have'],
    ])}\n\n${EXIT_CODES}`,
  );
}

/** How a command and those below it tell that they were used wrongly: like all else that goes wrong, and where to read on. */
function prepare(command: Command, words: string): void {
  command
    .exitOverride()
    .showHelpAfterError(`\`${words} --help\` tells more.`)
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'tenantflow: ')) });
  for (const each of command.commands) prepare(each, `${words} ${each.name()}`);
}
