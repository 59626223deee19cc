import { describeKinds } from '../kinds/kinds.ts';

/** Examples as the end of a command's help: each with what it is for. */
export function examples(list: readonly (readonly [command: string, purpose: string])[]): string {
  return `\nExamples:\n${list.map(([command, purpose]) => `  # ${purpose}\n  ${command}`).join('\n')}`;
}

/** The end of the help of a command that takes a kind: all kinds there are, and examples. */
export function kindsAndExamples(list: Parameters<typeof examples>[0]): string {
  return `\n${describeKinds()}\n${examples(list)}`;
}

/** What every command's exit code means, for help and documentation. */
export const EXIT_CODES = `Exit codes:
  0    done
  1    failed: nobody answers, the controller refuses, something is not there, or it was not confirmed
  2    used wrongly, so that nothing was done: an unknown command, option or kind, a file that is not valid
  130  stopped by Ctrl-C`;
