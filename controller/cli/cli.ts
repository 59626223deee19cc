import { Command, CommanderError } from 'commander';
import { ConfigError } from '#controller/config/config';
import { StoreError } from '#controller/store/errors';
import { VERSION } from '#controller/version';
import { applyCommand } from './commands/apply.ts';
import { backupCommand } from './commands/backup.ts';
import { connectionsCommand } from './commands/connections.ts';
import { deleteCommand } from './commands/delete.ts';
import { deniedCommand } from './commands/denied.ts';
import { describeCommand } from './commands/describe.ts';
import { dropsCommand } from './commands/drops.ts';
import { exportCommand } from './commands/export.ts';
import { forgetCommand } from './commands/forget.ts';
import { getCommand } from './commands/get.ts';
import { EXIT_CODES, examples } from './commands/help.ts';
import { ofpCommand } from './commands/ofp.ts';
import { planCommand } from './commands/plan.ts';
import { restoreCommand } from './commands/restore.ts';
import { schemaCommand } from './commands/schema.ts';
import { serveCommand } from './commands/serve.ts';
import { statusCommand } from './commands/status.ts';
import { completeCommand, completionCommand } from './completion/commands.ts';
import { CliError, UsageError } from './error.ts';

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
