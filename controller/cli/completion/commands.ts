import { Argument, Command } from 'commander';
import { examples } from '../commands/help.ts';
import { candidatesFor } from './candidates.ts';
import { FILES, SCRIPTS, SHELLS, type Shell } from './scripts.ts';
import { splitLine } from './walk.ts';

/** `tenantflow completion SHELL`: the script that makes a shell complete this command line. */
export function completionCommand(): Command {
  return new Command('completion')
    .summary('Print the script that makes a shell complete this command line.')
    .description(
      'Print the script that makes a shell complete commands, options, kinds, and the names of what a controller has. For names it asks the controller, as other commands do, and gives up after three seconds.',
    )
    .addArgument(new Argument('<SHELL>', 'the shell').choices(SHELLS))
    .addHelpText(
      'after',
      examples([
        ['source <(tenantflow completion bash)', 'for this bash; for each one: into ~/.bashrc'],
        ['source <(tenantflow completion zsh)', 'for zsh, after compinit'],
        ['tenantflow completion fish | source', 'for fish'],
      ]),
    )
    .action((shell: Shell) => {
      process.stdout.write(SCRIPTS[shell]);
    });
}

/**
 * `tenantflow __complete`, which those scripts ask: what a word may become, one a line, after a tab what it means.
 */
export function completeCommand(program: Command): Command {
  return new Command('__complete')
    .description('Print what the last of some words may become; for shells.')
    .argument('[WORD...]', 'words after `tenantflow`, the last as far as it is typed')
    .option('--line <TEXT>', 'all of the line up to the cursor instead')
    .action(async (words: string[], { line }: { line?: string }) => {
      const found = await candidatesFor(program, line === undefined ? words : splitLine(line).slice(1));
      const lines =
        found === 'files' ? [FILES] : found.map(([word, meaning]) => `${word}${meaning && `\t${meaning}`}`);
      process.stdout.write(lines.map((each) => `${each.split('\n', 1)[0]}\n`).join(''));
    });
}
