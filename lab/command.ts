import { spawn } from 'node:child_process';
import { LabError } from './errors.ts';

export interface CommandOptions {
  /** Network namespace to run in; by default the sandbox's own. */
  readonly namespace?: string | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly stdin?: string | undefined;
  /** Milliseconds after which the command is killed and counts as failed. Default 60 000. */
  readonly timeoutMs?: number | undefined;
}

export interface CommandResult {
  /** Exit status, or null when a signal ended it. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end and returns its standard output. Throws LAB_COMMAND, with its output, if it fails. */
export async function run(argv: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { status, stdout, stderr } = await attempt(argv, options);
  if (status !== 0) {
    const output = `${stderr}${stdout}`.trim();
    throw new LabError(
      'LAB_COMMAND',
      `${inNamespace(argv, options.namespace).join(' ')}: ${output || `status ${status}`}`,
    );
  }
  return stdout;
}

/** Runs a command to its end, whatever that is. Throws LAB_COMMAND only if it cannot be started. */
export function attempt(argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const [command = '', ...args] = inNamespace(argv, options.namespace);
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env: { ...process.env, ...options.env },
      timeout: options.timeoutMs ?? 60_000,
      killSignal: 'SIGKILL',
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    // A command may end without having read its input: that is not a failure.
    child.stdin.on('error', () => undefined).end(options.stdin ?? '');
    child.on('error', (cause) =>
      reject(new LabError('LAB_COMMAND', `${command}: ${cause.message}`, { cause })),
    );
    child.on('close', (status) => resolve({ status, stdout, stderr }));
  });
}

/** The command line that runs `argv` in a network namespace. It replaces itself by the command: same process id. */
export function inNamespace(argv: readonly string[], namespace: string | undefined): readonly string[] {
  return namespace === undefined ? argv : ['ip', 'netns', 'exec', namespace, ...argv];
}

/** Runs lines of ip(8), each without the leading `ip`, in one process; stops at the first that fails. */
export async function ip(lines: readonly string[], namespace?: string): Promise<void> {
  const where = namespace === undefined ? [] : ['-n', namespace];
  await run(['ip', ...where, '-batch', '-'], { stdin: `${lines.join('\n')}\n` });
}
